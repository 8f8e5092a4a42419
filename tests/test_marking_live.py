"""A marking that is watched: saved while it goes on, stopped, paused, cancelled, killed and resumed."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from sqlalchemy import select

from core import clock
from core.demo import build_video
from core.engine import Engine, load_engine
from core.errors import CancelledError, DiskFullError
from core.marking import MarkRequest, MarkResult, mark
from core.marking_live import Control, FaceEvent, Picture, Watching
from core.marking_record import Lesson, Moment, Recorder, Saved
from core.paths import Home
from core.recognising import Naming, recognise
from core.recognition.classifier import Thresholds
from core.recognition.evidence import Stretch
from core.recognition.files import load_classifier
from core.recognition.people import Person
from core.records import Frame, Image, Progress, no_progress
from core.review import confirm, open_items, reject
from core.sessions import SessionRequest, open_session
from core.settings import Settings
from core.store import marks, people, register, rejections, sessions, training_runs
from core.store.database import Store, open_store
from core.store.marks import MarkState, Wish
from core.store.sessions import SessionRow
from core.store.tables import SessionTable, SightingTable
from core.vision.follow import Following, follow_faces
from core.vision.images import read_image
from core.vision.sources import Source, SourceInfo, open_source
from tests.cli_support import ASTRONAUT, HOPPER, PHOTOGRAPHER, Cli, change_classifier, portrait
from tests.conftest import PROJECT
from tests.store_support import TEACHER

SCHOOL = Settings(time_zone="UTC")
MOST = 400
"""Pictures after which a camera ends although what was waited for did not come."""


@dataclass(slots=True)
class Camera(Source):
    """Shows one picture four times a second, as fast as it is taken, until ``enough``."""

    picture: Image = field(kw_only=True)
    enough: Callable[[], bool] = field(kw_only=True)

    def frames(self, every_s: float = 0.0) -> Iterator[Frame]:
        while self.frames_read < MOST and not self.enough():
            number, self.frames_read = self.frames_read, self.frames_read + 1
            self.seconds_read = number / 4
            yield Frame(self.picture, number, number / 4)


def room(*faces: Path) -> Image:
    """People side by side on a wall."""
    row = cv2.hconcat([portrait(one) for one in faces])
    return cv2.copyMakeBorder(row, 80, 80, 80, 80, cv2.BORDER_CONSTANT, value=(90, 90, 90))


@dataclass
class Watched:
    """Somebody who watches.  on_event: what they do about an event."""

    on_event: Callable[[FaceEvent], None] = lambda _: None
    events: list[FaceEvent] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    control: Control = field(default_factory=Control)

    def event(self, event: FaceEvent) -> None:
        self.events.append(event)
        self.on_event(event)

    def watching(self, opened: Callable[[str], Source] = open_source) -> Watching:
        return Watching(self.pictures.append, self.event, control=self.control, opened=opened)

    def told(self, kind: str) -> list[str | None]:
        return [one.student.roll if one.student else None for one in self.events if one.kind == kind]


def before_camera(
    store: Store, engine: Engine, watched: Watched, picture: Image, enough: Callable[[], bool], **more: object
) -> MarkResult:
    info = SourceInfo("camera", "camera 7", width=picture.shape[1], height=picture.shape[0])
    watching = watched.watching(lambda _: Camera(info, picture=picture, enough=enough))
    return mark(store, engine, SCHOOL, MarkRequest("C", "7", **more), watching=watching)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """These cameras show minutes in a moment."""
    monkeypatch.setattr("core.marking_live.SAVE_EVERY_S", 0.0)
    monkeypatch.setattr("core.marking_live.LOOK_EVERY_S", 0.0)
    monkeypatch.setattr("core.marking_live.LEAST_SHARE", 1.0)


@pytest.fixture
def store(ready: Home, capsys: pytest.CaptureFixture[str]) -> Iterator[Store]:
    Cli(ready, capsys).trained_class()
    with open_store(ready) as store:
        yield store


@pytest.fixture
def session(store: Store) -> SessionRow:
    return open_session(store, SCHOOL, TEACHER, SessionRequest("C"))


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eileen Collins and a stranger for six seconds."""
    path = tmp_path_factory.mktemp("video") / "lesson.mp4"
    build_video(path, no_progress)
    return path


def in_register(store: Store, session_id: int) -> dict[str, tuple[str, str]]:
    with store.read() as db:
        return {one.roll: (one.status, one.source) for one in register.register_rows(db, session_id)}


def say(store: Store, session_id: int, student_id: int, status: str | None) -> None:
    with store.transaction() as db:
        state = None if status is None else MarkState(status)
        marks.write_marks(db, TEACHER, [Wish(session_id, student_id, state)])


def careless(store: Store, sure: float, review: float) -> None:
    """Other cuts, so that faces come to review, or wrongly are sure."""
    with store.read() as db:
        run = training_runs.run_in_use(db, 1)
    assert run is not None
    cuts = Thresholds(sure=sure, sure_single=sure, review=review, gap=0.0)
    change_classifier(store.home, store.home.models / run.file, thresholds=cuts)


def test_all_that_was_seen_before_a_camera_is_known_when_its_next_picture_comes(store: Store, engine: Engine) -> None:
    known: list[int] = []
    following = Following()
    picture = room(ASTRONAUT)
    info = SourceInfo("camera", "camera 7", width=picture.shape[1], height=picture.shape[0])
    source = Camera(info, picture=picture, enough=lambda: len(known) == 4)

    def progressed(_: Progress) -> None:
        known.append(sum(len(one.embeddings) for one in following.still_open()))

    list(follow_faces(source, engine, 4.0, following, progressed))
    assert known == [0, 1, 2, 3]


def test_who_is_recognised_is_in_the_register_before_the_end(store: Store, engine: Engine, session: SessionRow) -> None:
    meanwhile: list[dict[str, tuple[str, str]]] = []
    sheets: list[list[Path]] = []

    def look(event: FaceEvent) -> None:
        meanwhile.append(in_register(store, event.session_id))
        sheets.append(list(store.home.attendance.rglob("*.xlsx")))

    watched = Watched(look)
    done = lambda: bool(watched.told("sure") and watched.told("unknown"))  # noqa: E731
    result = before_camera(store, engine, watched, room(ASTRONAUT, HOPPER), done, session_id=session.id)
    assert (watched.told("sure"), watched.told("unknown"), watched.told("withdrawn")) == (["R1"], [None], [])
    # Nobody is absent, and there is no sheet, while it goes on.
    assert meanwhile == [{"R1": ("P", "face")}] * 2
    assert sheets == [[], []]
    assert in_register(store, session.id) == {"R1": ("P", "face"), "R2": ("A", "face")}
    assert result.excel.is_file()
    sure, unknown = watched.events
    assert sure.crop is not None
    assert unknown.crop is not None
    assert unknown.crop.shape == (160, 160, 3)
    last = {face.state: face for face in watched.pictures[-1].faces}
    assert last["sure"].student is not None
    assert last["sure"].student.roll == "R1"
    assert last["unknown"].student is None
    # Left and right in the picture.
    assert last["sure"].box[2] < last["unknown"].box[0]
    assert {face.state for one in watched.pictures[:1] for face in one.faces} == {"open"}
    assert watched.pictures[0].image.dtype == np.uint8


@dataclass(slots=True)
class Door(Source):
    """Shows one picture for three seconds, then another for three, and so on, twice a second, so many times."""

    pictures: tuple[Image, Image] = field(kw_only=True)
    times: int = field(kw_only=True)

    def frames(self, every_s: float = 0.0) -> Iterator[Frame]:
        for number in range(12 * self.times):
            self.frames_read, self.seconds_read = number + 1, number / 2
            yield Frame(self.pictures[number // 6 % 2], number, number / 2)


def test_a_long_lesson_keeps_little_of_what_is_over(
    store: Store, engine: Engine, session: SessionRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two people who come and go all the time, of whom everything is soon old."""
    monkeypatch.setattr("core.recognition.condense.OLD_S", 4.0)
    monkeypatch.setattr("core.vision.follow.MOST_LOOKS", 2)
    kept: list[int] = []
    parts: list[Stretch] = []
    condense, add = Naming.condense, Naming.add

    def counted(naming: Naming, persons: Sequence[Person]) -> None:
        condense(naming, persons)
        kept.append(len(naming.finished))

    monkeypatch.setattr(Naming, "condense", counted)
    monkeypatch.setattr(Naming, "add", lambda naming, one: (parts.append(one), add(naming, one)))
    there = room(ASTRONAUT, HOPPER)
    watched, info = Watched(), SourceInfo("camera", "camera 7", width=there.shape[1], height=there.shape[0])
    door = Door(info, pictures=(there, np.full_like(there, 90)), times=8)
    request = MarkRequest("C", "7", session_id=session.id)
    mark(store, engine, SCHOOL, request, watching=watched.watching(lambda _: door))
    assert (watched.told("sure"), watched.told("unknown")) == (["R1"], [None])
    assert watched.told("withdrawn") == watched.told("gone") == []
    assert in_register(store, session.id) == {"R1": ("P", "face"), "R2": ("A", "face")}
    # Two people were there eight times, and more than one part of each time was handed out.
    assert len(parts) > 2 * 8
    assert max(kept) < len(parts) / 2
    with store.read() as db:
        seen = [one.last_seen - one.first_seen for one in db.scalars(select(SightingTable))]
    assert [one.total_seconds() > 40 for one in seen] == [True, True]


@pytest.mark.parametrize("status", ["E", "A", None])
def test_what_a_teacher_says_meanwhile_wins(
    store: Store, engine: Engine, session: SessionRow, status: str | None
) -> None:
    left = [60]

    def enough() -> bool:
        left[0] -= bool(watched.events)
        return left[0] < 0

    watched = Watched(lambda event: say(store, session.id, 1, status) if event.kind == "sure" else None)
    before_camera(store, engine, watched, room(ASTRONAUT), enough, session_id=session.id)
    found = in_register(store, session.id)
    assert found.get("R1") == (None if status is None else (status, "manual"))
    assert found["R2"] == ("A", "face")


def test_a_face_said_not_to_be_somebody_is_not_marked_as_that_again(
    store: Store, engine: Engine, session: SessionRow
) -> None:
    left = [40]

    def enough() -> bool:
        left[0] -= bool(watched.events)
        return left[0] < 0

    def refuse(event: FaceEvent) -> None:
        if event.kind == "sure" and event.sighting is not None and len(watched.events) == 1:
            reject(store, engine, SCHOOL, TEACHER, event.sighting, "R1")

    watched = Watched(refuse)
    before_camera(store, engine, watched, room(ASTRONAUT), enough, session_id=session.id)
    assert in_register(store, session.id)["R1"] == ("A", "manual")
    with store.read() as db:
        assert rejections.count_rejections(db, [1]) == 1
        [row] = db.query(SightingTable).all()
    assert (row.kind, row.student_id) == ("unknown", None)
    assert "a person said" in row.reason
    assert {face.state for face in watched.pictures[-1].faces} <= {"unknown", "unsure"}


def test_faces_are_reviewed_while_the_camera_runs(store: Store, engine: Engine, session: SessionRow) -> None:
    careless(store, 90.0, -9.0)
    said: list[int] = []
    left = [40]

    def enough() -> bool:
        left[0] -= bool(said)
        return left[0] < 0

    def decide(event: FaceEvent) -> None:
        items = {one.id: one for one in open_items(store, session.id)}
        assert event.kind != "review" or event.sighting in items
        if event.kind == "review" and event.student and event.student.roll == "R1" and not said:
            assert event.sighting is not None
            said.append(event.sighting)
            confirm(store, engine, SCHOOL, TEACHER, event.sighting, "R1")

    watched = Watched(decide)
    before_camera(store, engine, watched, room(ASTRONAUT), enough, session_id=session.id)
    assert in_register(store, session.id) == {"R1": ("P", "manual"), "R2": ("A", "face")}
    with store.read() as db:
        rows = db.query(SightingTable).all()
    assert [(one.id, one.kind, one.student_id) for one in rows] == [(said[0], "present", 1)]
    assert open_items(store, session.id) == ()


def test_a_lesson_goes_on_after_it_was_stopped(store: Store, engine: Engine, session: SessionRow) -> None:
    watched = Watched()
    watched.on_event = lambda _: threading.Thread(target=watched.control.stop).start()
    never = lambda: False  # noqa: E731
    first = before_camera(store, engine, watched, room(ASTRONAUT), never, session_id=session.id)
    assert in_register(store, session.id) == {"R1": ("P", "face"), "R2": ("A", "face")}
    assert any("stopped by hand" in note for note in first.notes)
    say(store, session.id, 1, "E")
    other = Watched()
    done = lambda: bool(other.told("sure"))  # noqa: E731
    before_camera(store, engine, other, room(PHOTOGRAPHER), done, session_id=session.id)
    assert in_register(store, session.id) == {"R1": ("E", "manual"), "R2": ("P", "face")}
    with store.read() as db:
        # Both runs of the camera left their faces.
        assert sorted(one.student_id for one in db.query(SightingTable)) == [1, 2]


def test_cancelling_keeps_only_what_was_saved(store: Store, engine: Engine, video: Path) -> None:
    watched = Watched()
    watched.on_event = lambda _: watched.control.cancel()
    with pytest.raises(CancelledError):
        mark(store, engine, SCHOOL, MarkRequest("C", str(video)), watching=watched.watching())
    [event] = watched.events
    assert in_register(store, event.session_id) == {"R1": ("P", "face")}
    assert list(store.home.attendance.rglob("*.xlsx")) == []


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """A disk that is full until this is set."""
    room, save = threading.Event(), Recorder.save

    def saved(recorder: Recorder, persons: Sequence[Person], *, final: bool = True) -> Saved:
        if not room.is_set():
            raise DiskFullError("The disk is full.")
        return save(recorder, persons, final=final)

    monkeypatch.setattr(Recorder, "save", saved)
    monkeypatch.setattr("core.marking_live.STORE_AGAIN_S", 0.0)
    return room


def test_who_was_seen_while_the_disk_was_full_is_stored_once_there_is_room(
    store: Store, engine: Engine, session: SessionRow, video: Path, disk: threading.Event
) -> None:
    told: list[str] = []

    def note(text: str) -> None:
        told.append(text)
        if len([one for one in told if "Eileen Collins" in one]) == 2:
            disk.set()

    request = MarkRequest("C", str(video), session_id=session.id)
    mark(store, engine, SCHOOL, request, watching=Watching(note=note))
    assert told[-1] == ("The disk is full. Seen, but not in the register yet: R1 Eileen Collins. It is tried again.")
    assert in_register(store, session.id) == {"R1": ("P", "face"), "R2": ("A", "face")}


def test_who_was_seen_and_cannot_be_stored_is_told_by_name(
    store: Store, engine: Engine, session: SessionRow, video: Path, disk: threading.Event
) -> None:
    request, watched = MarkRequest("C", str(video), session_id=session.id), Watched()

    def note(text: str) -> None:
        if "Eileen" in text:
            watched.control.cancel()

    with pytest.raises(CancelledError, match=r"cancelled\. Seen, but not in the register yet: R1 Eileen Collins\."):
        mark(store, engine, SCHOOL, request, watching=Watching(note=note, control=watched.control))
    with pytest.raises(DiskFullError, match="not in the register yet: R1 Eileen Collins"):
        mark(store, engine, SCHOOL, request)
    assert in_register(store, session.id) == {}
    assert not disk.is_set()


def test_cancelling_before_anything_was_saved_leaves_nothing(store: Store, engine: Engine, video: Path) -> None:
    watched = Watched()
    watched.control.cancel()
    with pytest.raises(CancelledError):
        mark(store, engine, SCHOOL, MarkRequest("C", str(video)), watching=watched.watching())
    watched.control = Control()
    watched.control.stop()
    with pytest.raises(CancelledError, match="before a picture"):
        mark(store, engine, SCHOOL, MarkRequest("C", str(video)), watching=watched.watching())
    with store.read() as db:
        assert db.query(SessionTable).count() == 0


def test_a_recording_is_stopped_and_what_was_seen_counts(store: Store, engine: Engine, video: Path) -> None:
    watched = Watched()
    watched.on_event = lambda _: watched.control.stop()
    result = mark(store, engine, SCHOOL, MarkRequest("C", str(video)), watching=watched.watching())
    assert [one.roll for one in result.present] == ["R1"]
    assert [one.roll for one in result.absent] == ["R2"]
    assert any("stopped by hand" in note for note in result.notes)
    assert result.excel.is_file()


def everything(store: Store, session_id: int) -> list[object]:
    with store.read() as db:
        rows = register.register_rows(db, session_id)
        seen = db.query(SightingTable).filter_by(session_id=session_id).all()
        columns = [one.name for one in SightingTable.__table__.columns if one.name not in ("id", "session_id")]
        sealed = columns.pop(columns.index("thumbnail"))
        return [rows, [[str(getattr(one, name)) for name in columns] + [bool(getattr(one, sealed))] for one in seen]]


def test_watching_changes_nothing_of_the_result(store: Store, engine: Engine, video: Path) -> None:
    at = clock.now()
    alone = mark(store, engine, SCHOOL, MarkRequest("C", str(video), at=at, new=True))
    watched, advances, halted = Watched(), [], []
    watching = watched.watching()
    control = watched.control

    def seen(picture: Picture) -> None:
        if not halted:
            control.pause()
            halted.append(threading.Timer(0.2, control.resume))
            halted[0].start()

    watching = Watching(seen, watched.event, advances.append, control=control)
    together = mark(store, engine, SCHOOL, MarkRequest("C", str(video), at=at, new=True), watching=watching)
    assert together.session.id != alone.session.id
    assert everything(store, together.session.id) == everything(store, alone.session.id)
    assert together.notes == alone.notes
    assert watched.told("sure") == ["R1"]
    assert [one.frames for one in advances] == sorted(one.frames for one in advances)
    last = advances[-1]
    assert last.of_frames == together.frames
    assert last.left_s is not None
    assert last.left_s < advances[0].left_s
    # The recording again, in the same session, doubles nothing.
    again = MarkRequest("C", str(video), session_id=together.session.id)
    mark(store, engine, SCHOOL, again, watching=Watched().watching())
    assert everything(store, together.session.id) == everything(store, alone.session.id)


def test_photos_are_watched_the_same_way(store: Store, engine: Engine, tmp_path: Path) -> None:
    for number, face in enumerate((ASTRONAUT, HOPPER, PHOTOGRAPHER)):
        (tmp_path / f"{number}.png").write_bytes(cv2.imencode(".png", read_image(face))[1].tobytes())
    (tmp_path / "3.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    watched = Watched()
    result = mark(store, engine, SCHOOL, MarkRequest("C", str(tmp_path)), watching=watched.watching())
    assert {one.roll for one in result.present} == set(watched.told("sure")) == {"R1", "R2"}
    assert len(watched.pictures) == 3
    assert any("3.jpg" in note for note in result.notes)
    alone = Watched()
    single = MarkRequest("C", str(ASTRONAUT), new=True)
    assert [one.roll for one in mark(store, engine, SCHOOL, single, watching=alone.watching()).present] == ["R1"]
    assert alone.told("sure") == ["R1"]


def test_who_turns_out_not_to_be_sure_is_not_left_marked(
    store: Store, engine: Engine, session: SessionRow, video: Path
) -> None:
    recorder, persons = _judged(store, engine, session, video)
    recorder.save(persons["careless"], final=False)
    assert in_register(store, session.id) == {"R1": ("P", "face"), "R2": ("P", "face")}
    numbers = recorder.numbers
    saved = recorder.save(persons["strict"])
    assert in_register(store, session.id) == {"R1": ("P", "face"), "R2": ("A", "face")}
    assert saved.withdrawn == (2,)
    assert recorder.numbers == numbers
    with store.read() as db:
        history = [(one.before and one.before.status, one.after) for one in marks.changes_of(db, student_id=2)]
    assert history == [("P", None)]


def test_what_a_person_said_of_a_face_holds_when_it_is_taken_for_somebody_else(
    store: Store, engine: Engine, session: SessionRow, video: Path
) -> None:
    recorder, persons = _judged(store, engine, session, video)
    faces = recorder.save(persons["strict"], final=False).faces
    stranger = next(one for one in faces if one.kind == "unknown")
    confirm(store, engine, SCHOOL, TEACHER, stranger.number, "R2")
    # Later the same face is taken for part of R1, who is there as well.
    [other] = [one for one in persons["strict"] if one.decision.outcome == "sure"]
    joined = replace(other, stretches=(*stranger.person.stretches, *other.stretches))
    recorder.save([joined])
    assert in_register(store, session.id) == {"R1": ("P", "face"), "R2": ("P", "manual")}
    with store.read() as db:
        assert sorted((one.kind, one.student_id) for one in db.query(SightingTable)) == [("present", 1), ("present", 2)]


def test_a_wrong_early_mark_that_a_person_confirmed_stays(
    store: Store, engine: Engine, session: SessionRow, video: Path
) -> None:
    recorder, persons = _judged(store, engine, session, video)
    recorder.save(persons["careless"], final=False)
    say(store, session.id, 2, "P")
    assert recorder.save(persons["strict"]).withdrawn == ()
    assert in_register(store, session.id)["R2"] == ("P", "manual")


def test_what_another_run_says_is_not_withdrawn(store: Store, engine: Engine, session: SessionRow, video: Path) -> None:
    earlier, persons = _judged(store, engine, session, video, "hall.mp4")
    earlier.save(persons["careless"])
    recorder, _ = _judged(store, engine, session, video)
    recorder.save(persons["careless"], final=False)
    assert recorder.save(persons["strict"]).session.source == "hall.mp4"
    assert in_register(store, session.id)["R2"] == ("P", "face")


def _judged(
    store: Store, engine: Engine, session: SessionRow, video: Path, label: str = "lesson.mp4"
) -> tuple[Recorder, dict[str, Sequence]]:
    """A recorder, and who is in the video: when the stranger is carelessly taken for R2, and when not."""
    with store.read() as db:
        run = training_runs.run_in_use(db, 1)
        assert run is not None
        roster = {one.id: one for one in people.roster(db, 1)}
        school_class = people.get_class(db, "C")
    classifier = load_classifier(store.home.models / run.file, "C", store.vault)
    with open_source(video) as source:
        seen = recognise(store, engine, SCHOOL, 1, classifier, source, no_progress)
    strict = seen.persons
    stranger = next(one for one in strict if one.decision.outcome == "unknown")
    best = replace(stranger.decision.candidates[0], student_id=2)
    taken = replace(stranger.decision, outcome="sure", candidates=(best,))
    wrong = [replace(one, decision=taken) if one is stranger else one for one in strict]
    lesson = Lesson(school_class, roster, run, classifier, ())
    info = replace(source.info, label=label)
    moment = Moment(SessionRequest("C", session_id=session.id), session, clock.now())
    return Recorder(store, SCHOOL, lesson, info, moment), {"careless": wrong, "strict": strict}


def run_until_killed(root: str, session_id: int) -> None:
    """What the process does that is killed: it says when somebody was saved, and goes on."""
    home = Home(Path(root))
    with open_store(home) as store:
        watched = Watched(lambda event: print(event.kind, flush=True))
        engine = load_engine(home, 30)
        picture = room(ASTRONAUT)
        info = SourceInfo("camera", "camera 7", width=picture.shape[1], height=picture.shape[0])
        never = lambda: False  # noqa: E731
        watching = watched.watching(lambda _: Camera(info, picture=picture, enough=never))
        mark(store, engine, SCHOOL, MarkRequest("C", "7", session_id=session_id), watching=watching)


def test_a_killed_run_loses_nothing_and_the_next_goes_on(store: Store, engine: Engine, session: SessionRow) -> None:
    script = (
        "import core.marking_live as live, tests.test_marking_live as here\n"
        "live.SAVE_EVERY_S, live.LOOK_EVERY_S, live.LEAST_SHARE, here.MOST = 0.0, 0.0, 1.0, 10**9\n"
        f"here.run_until_killed({str(store.home.root)!r}, {session.id})"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=PROJECT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "sure\n"
        child.kill()
    assert in_register(store, session.id) == {"R1": ("P", "face")}
    watched = Watched()
    done = lambda: bool(watched.told("sure"))  # noqa: E731
    before_camera(store, engine, watched, room(PHOTOGRAPHER), done, session_id=session.id)
    assert in_register(store, session.id) == {"R1": ("P", "face"), "R2": ("P", "face")}
    with store.read() as db:
        assert sessions.get_session(db, session.id).source == "camera 7"
        assert sorted(one.student_id for one in db.query(SightingTable)) == [1, 2]
