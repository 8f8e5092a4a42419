"""A camera that runs all day: who passes is recorded once, strangers never, and nothing grows with the hours."""

import gc
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import cv2
import numpy as np
import pytest

from core.engine import Engine
from core.enrolment import EnrolRequest, enrol
from core.enrolment_folder import StudentName
from core.erasure import erase_student
from core.errors import BusyError, ClassifierError, InputError, NotFoundError
from core.paths import Home
from core.records import Frame, Image
from core.settings import Settings
from core.store import marks, passages, people, rooms, sessions
from core.store.database import Store, open_store
from core.store.passages import Passage
from core.store.tables import ClassTable, PassageTable, RoomTable, SightingTable, StudentTable
from core.vision.images import read_image
from core.vision.sources import Source, SourceInfo
from core.vision.tracker import Look, Track
from core.watching import WatchEvent, WatchRequest, WatchResult, watch
from core.watching_faces import Spotted
from core.watching_record import PICTURE_PX, Post, Recorder
from core.watching_source import Moments, Patience, Stamp
from tests.cli_support import ASTRONAUT, HOPPER, PHOTOGRAPHER, Cli, portrait
from tests.store_support import begin_session
from tests.walking import Walk, record_walks

EIGHT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
DAY = EIGHT.date()
ON_UTC = Settings(time_zone="UTC", quiet_minutes=5)
SECONDS = Settings(time_zone="UTC", quiet_minutes=0)
"""Everything that is not one look is another passage, so that a short recording can show several."""


@pytest.fixture
def cli(ready: Home, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Eileen Collins (R1) and the photographer (R2) in class C."""
    cli = Cli(ready, capsys)
    cli.trained_class()
    return cli


@pytest.fixture
def store(cli: Cli) -> Iterator[Store]:
    with open_store(cli.home) as store:
        yield store


@pytest.fixture(scope="session")
def entrance(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Walk]]:
    """R1, a stranger, R2 and R1 again pass a door."""
    people_there = [("R1", ASTRONAUT), ("stranger", HOPPER), ("R2", PHOTOGRAPHER), ("R1", ASTRONAUT)]
    path = tmp_path_factory.mktemp("door") / "door.mp4"
    return path, record_walks(path, [(name, portrait(one)) for name, one in people_there])


@dataclass
class Told:
    """What was told while it was watched."""

    events: list[WatchEvent] = field(default_factory=list)

    def __call__(self, event: WatchEvent) -> None:
        self.events.append(event)

    @property
    def lines(self) -> list[tuple[str, str | None]]:
        return [(one.kept.student.roll, one.kept.kind) for one in self.events if one.kept]

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.events if one.kept is None]


def watched(
    store: Store, engine: Engine, source: Path | str, settings: Settings = SECONDS, **more: object
) -> tuple[WatchResult, Told]:
    told = Told()
    request = WatchRequest(str(source), **{"at": EIGHT, **more})  # type: ignore[arg-type]
    return watch(store, engine, settings, request, told), told


def stored(store: Store) -> list[Passage]:
    with store.read() as db:
        days = (DAY - timedelta(days=1), DAY + timedelta(days=1))
        found = [one for student in people.list_students(db) for one in passages.events_of(db, student.id, *days)]
    return sorted(found, key=lambda one: one.first_at)


def test_everybody_who_passes_is_recorded_and_no_stranger(
    store: Store, engine: Engine, entrance: tuple[Path, list[Walk]]
) -> None:
    video, walks = entrance
    result, told = watched(store, engine, video, camera="main gate")
    assert told.lines == [("R1", "arrived"), ("R2", "arrived"), ("R1", "seen again")]
    assert (result.passages, result.students, result.camera) == (3, 2, "main gate")
    ours = [walk for walk in walks if walk.name != "stranger"]
    for passage, walk in zip(stored(store), ours, strict=True):
        assert passage.roll == walk.name
        assert abs((passage.first_at - EIGHT).total_seconds() - walk.starts_s) < 2
        # Told while still there, and widened when gone.
        assert 2 <= (passage.last_at - passage.first_at).total_seconds() <= 5
        assert passage.camera == "main gate"
        assert passage.confidence > 0.9
    with store.read() as db:
        assert db.query(SightingTable).count() == 0
        [day] = passages.days_of(db, DAY, DAY, [people.get_student(db, "R1").id])
        assert day.departure is not None
        arrival, departure = day.arrival.passage_id, day.departure.passage_id
        pictures = passages.pictures_of(db, [arrival, departure])
    assert arrival != departure
    shown = [pictures[arrival][0], pictures[departure][1]]
    assert shown[0] != shown[1]
    for png in shown:
        assert cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR).shape == (PICTURE_PX, PICTURE_PX, 3)


def test_within_the_quiet_minutes_nothing_is_new(
    store: Store, engine: Engine, entrance: tuple[Path, list[Walk]]
) -> None:
    _, told = watched(store, engine, entrance[0], ON_UTC)
    assert told.lines == [("R1", "arrived"), ("R2", "arrived")]
    first, _ = stored(store)
    assert (first.last_at - first.first_at).total_seconds() > 20
    # The same recording again adds nothing.
    assert watched(store, engine, entrance[0], ON_UTC)[1].lines == []
    assert len(stored(store)) == 2
    _, told = watched(store, engine, entrance[0], ON_UTC, at=EIGHT + timedelta(hours=6), direction="out")
    assert told.lines == [("R1", "left"), ("R2", "left")]


def test_a_camera_of_one_class_records_that_class_only(
    store: Store, engine: Engine, entrance: tuple[Path, list[Walk]]
) -> None:
    with store.transaction() as db:
        other = people.add_class(db, "D", "Other")
        people.add_to_roster(db, other.id, people.get_student(db, "R2").id)
    _, told = watched(store, engine, entrance[0], class_code="d")
    assert told.lines == [("R2", "arrived")]
    with pytest.raises(NotFoundError):
        watched(store, engine, entrance[0], class_code="nothing")


def test_an_open_lesson_before_the_camera_is_marked_and_nobody_is_absent(
    store: Store, engine: Engine, entrance: tuple[Path, list[Walk]]
) -> None:
    video = entrance[0]
    with store.transaction() as db:
        db.add(RoomTable(id=1, name="Room", name_key="room", camera=str(video)))
        db.flush()
        db.query(ClassTable).update({"room_id": 1})
        people.add_to_roster(db, 1, people.add_student(db, "R3", "Somebody Else").id)
        lesson = begin_session(db, 1, EIGHT - timedelta(minutes=9, seconds=50))
        elsewhere = begin_session(db, people.add_class(db, "D", "Other").id, EIGHT)
        later = begin_session(db, 1, EIGHT + timedelta(hours=5))
    _, told = watched(store, engine, video)
    with store.read() as db:
        found = marks.marks_of(db, [lesson.id, elsewhere.id, later.id])
        # Whoever passes a camera does not take the register for everybody else.
        assert sessions.get_session(db, lesson.id).taken_at is None
        rolls = {one.id: one.roll for one in people.list_students(db)}
    # R1 comes within the ten minutes of grace, R2 fifteen seconds later.
    by_roll = {
        rolls[student]: (session, one.state.status, one.state.minutes_late) for (session, student), one in found.items()
    }
    assert by_roll == {"R1": (lesson.id, "P", None), "R2": (lesson.id, "L", 10)}
    first = told.events[0].kept
    assert first is not None
    assert [(one.class_code, one.letter) for one in first.marked] == [("C", "P")]


def test_who_left_was_erased_or_has_no_consent_is_not_recorded(
    store: Store, engine: Engine, entrance: tuple[Path, list[Walk]]
) -> None:
    told = Told()

    def on_event(event: WatchEvent) -> None:
        told(event)
        with store.transaction() as db:
            db.query(StudentTable).filter_by(roll="R2").update({"active": False})
        erase_student(store, "R1")

    # While it is watched, so that the faces are still in memory.
    watch(store, engine, SECONDS, WatchRequest(str(entrance[0]), at=EIGHT), on_event)
    assert told.lines == [("R1", "arrived")]
    with store.read() as db:
        assert db.query(PassageTable).count() == 0
    with store.transaction() as db:
        db.query(StudentTable).filter_by(roll="R2").update({"active": True, "consent_text": None})
    with pytest.raises(ClassifierError, match="Nobody in the school"):
        watched(store, engine, entrance[0])


@dataclass(slots=True)
class Played(Source):
    """Pictures given as a live camera gives them, as fast as they are taken; ``each`` sees the number of every one."""

    pictures: Sequence[Image] = field(kw_only=True)
    step_s: float = field(kw_only=True, default=0.25)
    each: Callable[[int], None] = field(kw_only=True, default=lambda _: None)

    def frames(self, every_s: float = 0.0) -> Iterator[Frame]:
        for number, picture in enumerate(self.pictures):
            self.each(number)
            self.frames_read, self.seconds_read = number + 1, number * self.step_s
            yield Frame(picture, number, number * self.step_s)
        self.problems.append("it stopped")


def camera(pictures: Sequence[Image], **more: object) -> Played:
    height, width = pictures[0].shape[:2]
    info = SourceInfo("camera", "camera 7", width=width, height=height)
    return Played(info, pictures=pictures, **more)  # type: ignore[arg-type]


def photographer(height: int) -> Image:
    """Head and shoulders, in pixels of height."""
    cut = read_image(PHOTOGRAPHER)[20:240, 130:350]
    return cv2.resize(cut, (height, height), interpolation=cv2.INTER_AREA)


def walk_by(face: Image) -> list[Image]:
    """Somebody before a camera for eight pictures, then nobody for twelve."""
    wall = np.full((300, 420, 3), 90, np.uint8)
    shown = []
    for i in range(8):
        picture = wall.copy()
        picture[:, 2 * i : 2 * i + face.shape[1]] = face
        shown.append(picture)
    return shown + [wall] * 12


@pytest.fixture(scope="session")
def moving() -> list[Image]:
    return walk_by(portrait(ASTRONAUT, 300))


def test_a_camera_that_drops_out_is_tried_again(store: Store, engine: Engine, moving: list[Image]) -> None:
    stop = Event()
    tries: list[str] = []
    later = walk_by(photographer(300))

    def opened(spec: str) -> Source:
        tries.append(spec)
        if len(tries) in (2, 3):
            raise InputError("The camera does not answer.")
        if len(tries) == 4:
            return camera(moving[-1:])
        if len(tries) == 5:
            return camera(later, each=lambda number: stop.set() if number == 18 else None)
        return camera(moving)

    told, request = Told(), WatchRequest("7")
    result = watch(store, engine, ON_UTC, request, told, stop=stop, patience=Patience(opened, first_s=0.01))
    assert tries == ["7"] * 5
    assert told.lines == [("R1", "arrived"), ("R2", "arrived")]
    assert [text.split(" after ")[0] for text in told.texts] == [
        "camera 7 sends no pictures; it is tried again until it does.",
        "camera 7 is back",
    ] * 2
    assert [one.lost for one in told.events if one.text] == [True, False] * 2
    assert result.notes == tuple(told.texts)


def test_the_camera_of_a_room_is_named_by_the_room(store: Store, engine: Engine, moving: list[Image]) -> None:
    with store.transaction() as db:
        rooms.add_room(db, "Hall", "7")
        rooms.add_room(db, "Attic")
    tries: list[str] = []

    def opened(spec: str) -> Source:
        tries.append(spec)
        stop.set()
        return camera(moving)

    stop = Event()
    result = watch(store, engine, ON_UTC, WatchRequest("room:hall"), Told(), stop=stop, patience=Patience(opened))
    assert (tries, result.camera) == (["7"], "hall")
    with pytest.raises(InputError, match="has no camera"):
        watch(store, engine, ON_UTC, WatchRequest("room:Attic"), Told())
    with pytest.raises(NotFoundError):
        watch(store, engine, ON_UTC, WatchRequest("room:Cellar"), Told())


def test_a_camera_that_never_shows_anything_is_a_sentence(store: Store, engine: Engine, moving: list[Image]) -> None:
    @dataclass(slots=True)
    class Dark(Played):
        def frames(self, every_s: float = 0.0) -> Iterator[Frame]:
            raise InputError("camera 7 opens but shows no picture.")
            yield

    dark = Dark(SourceInfo("camera", "camera 7"), pictures=moving)
    with pytest.raises(InputError, match="shows no picture"):
        watch(store, engine, SECONDS, WatchRequest("7"), Told(), patience=Patience(lambda _: dark))
    with pytest.raises(InputError, match="Photos cannot be watched"):
        watched(store, engine, ASTRONAUT)
    with pytest.raises(InputError, match="does not exist"):
        watched(store, engine, "nothing.mp4")
    with pytest.raises(InputError, match="direction"):
        watched(store, engine, ASTRONAUT, direction="up")


@pytest.mark.parametrize("where", ["in the camera", "while telling"])
def test_control_c_ends_cleanly(store: Store, engine: Engine, moving: list[Image], where: str) -> None:
    told = Told()

    def each(number: int) -> None:
        if where == "in the camera" and number == 15:
            raise KeyboardInterrupt

    def on_event(event: WatchEvent) -> None:
        told(event)
        if where == "while telling":
            raise KeyboardInterrupt

    source = camera(moving * 20, each=each)
    result = watch(store, engine, ON_UTC, WatchRequest("7"), on_event, patience=Patience(lambda _: source))
    assert told.lines == [("R1", "arrived")]
    assert (result.passages, result.frames < 30) == (1, True)


def test_somebody_enrolled_meanwhile_is_known_without_starting_again(store: Store, engine: Engine) -> None:
    told, stop = Told(), Event()
    pictures = walk_by(portrait(HOPPER, 300)) * 100

    def each(number: int) -> None:
        if number == 30:
            assert told.lines == []
            student = StudentName("R3", "Grace Hopper")
            enrol(store, engine, ON_UTC, EnrolRequest("C", str(HOPPER), "test", student))
        if told.lines:
            stop.set()

    patience = once(camera(pictures, each=each), stop)
    watch(store, engine, ON_UTC, WatchRequest("7"), told, stop=stop, patience=patience, refresh_s=0.0)
    assert told.lines == [("R3", "arrived")]


def test_nothing_grows_with_the_hours(store: Store, engine: Engine, moving: list[Image]) -> None:
    """A face that stays all the time, one that comes and goes, and a stranger on a poster; five minutes of them."""
    stay, poster = photographer(200), portrait(HOPPER, 160)
    pictures: list[Image] = []
    for shown in moving:
        picture = np.full((300, 800, 3), 90, np.uint8)
        picture[:, :420] = shown
        picture[:200, 430 : 430 + stay.shape[1]] = stay
        picture[:160, 650 : 650 + poster.shape[1]] = poster
        pictures.append(picture)
    alive: list[tuple[int, int, int]] = []

    def each(number: int) -> None:
        if number % 20 == 19:
            gc.collect()
            objects = gc.get_objects()
            tracks = [one for one in objects if isinstance(one, Track)]
            looks = sum(isinstance(one, Look) for one in objects)
            alive.append((len(tracks), looks, max((len(one.boxes) for one in tracks), default=0)))

    source = camera(pictures * 16, step_s=1.0, each=each)
    told, stop = Told(), Event()
    patience = once(source, stop)
    result = watch(store, engine, ON_UTC, WatchRequest("7"), told, stop=stop, patience=patience)
    assert result.seconds > 310
    assert len(alive) == 16
    tracks, looks, boxes = np.array(alive).max(axis=0)
    assert tracks <= 8
    assert looks <= 8 * 40
    assert boxes <= 60 / 1.0 + 5
    first, second = np.array(alive[:8]).max(axis=0), np.array(alive[8:]).max(axis=0)
    assert (second[:2] <= first[:2] + np.array([2, 40])).all()
    # All of it happened within the quiet minutes of real time: one passage each, and never the stranger.
    assert sorted(told.lines) == [("R1", "arrived"), ("R2", "arrived")]


def once(source: Source, stop: Event) -> Patience:
    """Opens a camera once; when it drops out the watch is over."""

    def opened(_: str) -> Source:
        if source.frames_read:
            stop.set()
            raise InputError("gone")
        return source

    return Patience(opened, first_s=0.01)


def spotted(student_id: int, at_s: float = 1.0, since_s: float = 0.0) -> Spotted:
    return Spotted(student_id, 0.95, since_s, at_s, np.zeros((160, 160, 3), np.uint8))


def test_a_moved_clock_makes_no_second_passage(store: Store) -> None:
    recorder = Recorder(store, ON_UTC, Post("7", "gate", "both"))
    for moved in (0, 3600, -3600, 3600):
        stamp = Stamp(EIGHT + timedelta(seconds=moved), 1000.0)
        recorder.record(spotted(1), stamp)
    assert len(stored(store)) == 1
    # Long after it, the clock counts as it is now.
    kept = recorder.record(spotted(1), Stamp(EIGHT + timedelta(minutes=-50), 1600.0))
    assert kept is not None
    assert (kept.kind, len(stored(store))) == ("arrived", 2)
    assert all(one.first_at <= one.last_at for one in stored(store))


def test_only_those_of_the_last_minutes_are_remembered(store: Store) -> None:
    recorder = Recorder(store, ON_UTC, Post("7", "gate", "both"))
    with store.transaction() as db:
        ids = [people.add_student(db, f"S{i}", "Somebody").id for i in range(40)]
        db.query(StudentTable).update({"consent_text": "test"})
    for i, one in enumerate(ids):
        recorder.record(spotted(one), Stamp(EIGHT + timedelta(minutes=i), 60.0 * i))
        assert recorder.remembered <= 6


def test_a_passage_that_cannot_be_saved_waits(
    store: Store, engine: Engine, entrance: tuple[Path, list[Walk]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program holds the database while R1 passes; nobody is told of before they are saved."""
    from core import watching

    monkeypatch.setattr(watching, "RETRY_S", 0.0)
    record, refused = Recorder.record, []

    def busy(self: Recorder, one: Spotted, stamp: Stamp) -> object:
        if len(refused) < 3:
            refused.append(one)
            raise BusyError("The database is in use.")
        return record(self, one, stamp)

    monkeypatch.setattr(Recorder, "record", busy)
    _, told = watched(store, engine, entrance[0])
    assert told.lines == [("R1", "arrived"), ("R2", "arrived"), ("R1", "seen again")]
    assert len(told.texts) == 1
    assert told.texts[0].startswith("The database is in use.")
    assert [one.roll for one in stored(store)] == ["R1", "R2", "R1"]


def test_the_moments_of_a_recording_and_of_a_camera() -> None:
    recording = Moments(EIGHT)
    assert recording.stamp(90.0) == Stamp(EIGHT + timedelta(seconds=90), 90.0)
    clock = iter([EIGHT, EIGHT + timedelta(hours=1)])
    live = Moments(None, lambda: next(clock))
    source = camera([np.zeros((8, 8, 3), np.uint8)])
    live.shown(source, Frame(source.pictures[0], 0, 12.0))
    stamp = live.stamp(10.0)
    assert stamp.at == EIGHT + timedelta(hours=1, seconds=-2)


def test_other_commands_work_while_it_watches(cli: Cli, store: Store, engine: Engine, moving: list[Image]) -> None:
    seen: list[int] = []

    def each(number: int) -> None:
        if number == 15:
            seen.append(cli("class", "add", "E", "Another"))
            seen.append(cli("onsite"))
            assert "R1" in cli.printed

    stop = Event()
    source = camera(moving, each=each)
    watch(store, engine, SECONDS, WatchRequest("7"), Told(), stop=stop, patience=once(source, stop))
    assert seen == [0, 0]


def test_the_command_prints_a_line_for_each(cli: Cli, entrance: tuple[Path, list[Walk]]) -> None:
    (cli.home.data / "settings.toml").write_text('quiet_minutes = 0\ntime_zone = "Asia/Kolkata"\n', encoding="utf-8")
    said = cli.json("watch", entrance[0], "--camera", "gate [1]", "--at", "2026-11-20T08:00", "--direction", "IN")
    assert [one["roll"] for one in said["events"]] == ["R1", "R2", "R1"]
    assert said["events"][0]["first_at"].startswith("2026-11-20T02:30:0")
    assert (said["camera"], said["passages"], said["students"], said["notes"]) == ("gate [1]", 3, 2, [])
    lines = [line for line in cli.printed.splitlines() if "Eileen" in line]
    assert lines[0].startswith("08:00:0")
    assert "R1 Eileen Collins  C  arrived" in lines[0]
    assert "seen again" in lines[1]
    assert "3 passages of 2 students at gate [1]" in cli.printed
    assert len(cli.json("last")["events"]) == 3
    told = cli.json("history", "R1", "--from", "2026-11-20", "--to", "2026-11-20")
    assert (len(told["days"]), len(told["passages"])) == (1, 2)
    assert "is no direction" in cli.refused("watch", entrance[0], "--direction", "up")
    assert "Photos cannot be watched" in cli.refused("watch", ASTRONAUT)
    assert "Camera 99 cannot be opened" in cli.refused("watch", "99")


def test_a_watched_classroom_names_only_who_is_there(shared: Path, engine: Engine, ready: Home, tmp_path: Path) -> None:
    """Real faces that change their pictures every few seconds, with strangers among them."""
    build = [sys.executable, str(shared / "classroom.py"), str(shared / "faces" / "known"), str(tmp_path / "lesson")]
    options = "--present 5 --absent 3 --unknown 4 --enrol 5 --seconds 12 --fps 10 --width 1280 --height 720 --seed 3"
    strangers = ["--unknown-from", str(shared / "faces" / "unknown")]
    subprocess.run([*build, *options.split(), *strangers], check=True, capture_output=True)
    truth = json.loads((tmp_path / "lesson" / "truth.json").read_text(encoding="utf-8"))
    with open_store(ready) as store:
        with store.transaction() as db:
            people.add_class(db, "C", "Class")
        enrol(store, engine, ON_UTC, EnrolRequest("C", str(tmp_path / "lesson" / "enrol"), "test"))
        _, told = watched(store, engine, tmp_path / "lesson" / "class.mp4", ON_UTC)
        present = {truth["rolls"][name] for name in truth["present"]}
        found = {one.roll for one in stored(store)}
    assert found <= present
    assert len(found) >= len(present) - 1
    assert [kind for _, kind in told.lines] == ["arrived"] * len(found)
