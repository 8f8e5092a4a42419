"""One student before a camera: good and different faces are chosen and stored while they move their head.

Three things go on side by side, and none waits for another.  Whoever shows takes the newest picture of a camera as
often as they like; the newest is looked at, so that who stands there is told what to do; and what is good goes to a
thread that compares and stores it, each handful in one transaction, so that nothing is lost when the capture ends,
however it ends.  No picture is even taken without a consent that stands.
"""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from core.access import guarded
from core.capture_store import CaptureStore, Offer, check_student
from core.engine import Engine
from core.errors import InputError
from core.marking_live import Control
from core.records import Floats, Frame, Image, Student
from core.settings import Settings
from core.store.database import Store
from core.vision.candidates import Candidate
from core.vision.feed import CameraState, LiveOptions, Picture
from core.vision.live import LiveSource, start_camera
from core.vision.pose import Pose, PoseSense, first_lacking
from core.vision.sources import Source, is_camera, open_source
from core.vision.viewing import USABLE, Problem, View, Viewer, view, viewing_engine

PLAN: Mapping[Pose, int] = MappingProxyType({"front": 30, "left": 16, "right": 16, "up": 14, "down": 14})
"""How many pictures of each pose are taken: 90, of which the most different stay."""
LOOK_EVERY_S = 1 / 16
"""A camera is looked at so often at most: more would take the processor from showing and storing."""
RECORDED_EVERY_S = 0.15
"""Pictures of a film are looked at so far apart."""
OFFER_EVERY_S = 0.15
"""Two pictures that are offered by themselves are so far apart; of those only what differs is stored."""


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """Whom to capture from what.

    source: as ``open_source`` takes it; size: ``(width, height)`` to ask a camera for; plan: how many of each pose.
    """

    class_code: str
    roll: str
    source: str
    size: tuple[int, int] | None = None
    plan: Mapping[Pose, int] = field(default_factory=lambda: PLAN)


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken until now.  poses: how many of each; others: by hand, of no pose; kept: the student's stored
    faces now; said: why the newest good picture was not taken, empty when it was.
    """

    poses: Mapping[Pose, int]
    others: int = 0
    kept: int = 0
    said: str = ""

    @property
    def total(self) -> int:
        """All together."""
        return sum(self.poses.values()) + self.others


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A picture that was judged, not to be written into.

    image: ``(h, w, 3) uint8 BGR``; box: ``(4,) xyxy`` pixels of the face it is about; problem: what is wrong with it;
    pose: how it is turned; asked: the pose to ask for, None when there are enough of all.
    """

    image: Image
    box: Floats | None
    problem: Problem | None
    pose: Pose | None
    asked: Pose | None
    taken: Taken


@dataclass(frozen=True, slots=True)
class CaptureReport:
    """What came of it.  taken: stored by this capture; kept: the student's stored faces now; problems: sentences."""

    student: Student
    taken: Taken
    source: str
    problems: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether anything was stored."""
        return self.taken.total > 0


class CaptureControl(Control):
    """Steers a capture from any thread.  While paused a camera goes on to be shown, but nothing is taken by itself."""

    def __init__(self, *, automatic: bool = True) -> None:
        super().__init__()
        self.automatic = automatic
        """Whether good pictures are taken by themselves."""
        self._asked = threading.Event()
        self._camera: LiveSource | None = None

    def save_now(self) -> None:
        """Take the next picture that shows one clear face."""
        self._asked.set()

    def stop(self) -> None:
        """End; what was taken is stored."""
        super().stop()
        camera = self._camera
        if camera is not None:
            camera.stop()

    def retry(self) -> None:
        """Open the camera again now, not after the wait."""
        camera = self._camera
        if camera is not None:
            camera.retry()

    @property
    def is_live(self) -> bool:
        """Whether a camera is read, whose pictures :meth:`newest` gives; else only what is looked at can be shown."""
        return self._camera is not None

    def newest(self, after: int = -1) -> Picture | None:
        """The newest picture of the camera without waiting; None when its ``number`` is not above ``after``."""
        camera = self._camera
        return None if camera is None else camera.newest(after)

    def use(self, camera: LiveSource) -> None:
        """The camera that is being read; called by the capture."""
        self._camera = camera
        if self.stopped:
            self.stop()

    @property
    def asked(self) -> bool:
        """Whether a picture is to be taken now."""
        return self._asked.is_set()

    def answered(self) -> None:
        """The picture that was asked for was taken."""
        self._asked.clear()


def _ignore(_: object) -> None:
    """For whoever does not want to know."""


@dataclass(frozen=True, slots=True)
class Capturing:
    """How a capture is watched and steered; all sinks are called by other threads and return at once.

    look: every picture that was looked at; state: every change of a camera, in its own words.
    """

    look: Callable[[Look], None] = _ignore
    state: Callable[[CameraState], None] = _ignore
    control: CaptureControl = field(default_factory=CaptureControl)


@guarded
def capture(
    store: Store, engine: Engine, settings: Settings, request: CaptureRequest, capturing: Capturing | None = None
) -> CaptureReport:
    """Take faces of one student until it is stopped, there are enough, or the source ends.

    A camera is opened again by itself until it is stopped.  Raises ConsentError without a consent that stands, before
    any picture is taken and at any later moment; NotFoundError for an unknown class or student, InputError for one who
    is not of the class and for a source that cannot be used.
    """
    capturing = capturing or Capturing()
    with store.read() as db:
        student, class_id = check_student(db, request.class_code, request.roll)
    limit = settings.samples_per_student
    with (
        _opened(request, capturing) as source,
        CaptureStore(store, engine, student, class_id, source.info.label, limit) as faces,
    ):
        _Capture(engine, request, capturing, source, faces).run()
        faces.finish()
    return CaptureReport(student, _taken(faces), source.info.label, tuple(source.problems))


def _opened(request: CaptureRequest, capturing: Capturing) -> Source:
    if not _is_camera(request.source):
        return open_source(request.source)
    options = LiveOptions(request.size, on_state=capturing.state, reconnect=True)
    camera = start_camera(request.source, options)
    capturing.control.use(camera)
    return camera


def _is_camera(spec: str) -> bool:
    try:
        return is_camera(spec)
    except OSError as error:
        raise InputError(f"{spec} cannot be read ({error.strerror}). Check the name.") from error


def _taken(faces: "CaptureStore") -> Taken:
    poses, others, kept, said = faces.state()
    return Taken(MappingProxyType(poses), others, kept, said)


class _Capture:
    """One capture while it goes on."""

    def __init__(
        self, engine: Engine, request: CaptureRequest, capturing: Capturing, source: Source, faces: CaptureStore
    ) -> None:
        self._engine, self._plan = viewing_engine(engine), dict(request.plan)
        self._viewer = Viewer(self._engine)
        self._capturing, self._source, self._faces = capturing, source, faces
        self._sense = PoseSense()
        self._next_s = 0.0

    def run(self) -> None:
        source, control = self._source, self._capturing.control
        for frame in source.frames(LOOK_EVERY_S if source.live else RECORDED_EVERY_S):
            if not source.live:
                control.wait()
            if control.stopped or self._see(frame) is None:
                return

    def _see(self, frame: Frame) -> Pose | None:
        """Judge a picture, offer it, show it; the pose that is still asked for."""
        self._faces.check()
        # Photos have nothing to do with one another.
        seen = self._viewer.view(frame.image) if self._source.continuous else view(frame.image, self._engine)
        taken = _taken(self._faces)
        asked = first_lacking(dict(taken.poses), self._plan)
        pose = None
        if seen.problem is None and seen.quality is not None:
            pose = self._sense.pose(seen.quality.yaw, seen.pitch)
            if pose == "front" and asked == "front":
                self._sense.learn(seen.pitch)
        self._offer(frame, seen, pose)
        self._capturing.look(Look(frame.image, seen.box, seen.problem, pose, asked, taken))
        return asked

    def _offer(self, frame: Frame, seen: View, pose: Pose | None) -> None:
        control = self._capturing.control
        if seen.crop is None or seen.quality is None:
            return
        by_hand = control.asked and (seen.problem is None or seen.problem in USABLE)
        if not by_hand and not self._is_due(frame, seen, pose):
            return
        self._next_s = frame.time_s + OFFER_EVERY_S
        if by_hand:
            control.answered()
        self._faces.offer(
            Offer(Candidate(seen.crop, seen.quality, self._source.info.label), pose, by_hand),
            wait=not self._source.live,
        )

    def _is_due(self, frame: Frame, seen: View, pose: Pose | None) -> bool:
        """Whether a picture is taken by itself; photos that somebody chose are, whatever the pose."""
        control, source = self._capturing.control, self._source
        if seen.problem is not None or control.paused or not control.automatic:
            return False
        if not source.continuous:
            return True
        if pose is None or frame.time_s < self._next_s:
            return False
        poses: Counter[Pose] = self._faces.with_waiting()
        return poses[pose] < self._plan.get(pose, 0)
