"""Taking faces of one person before a camera: what is told, what is taken, what is refused, what stays."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import pytest
from sqlalchemy import event

from core import consent
from core.actor import Actor, acting
from core.capturing import CaptureControl, CaptureReport, CaptureRequest, Capturing, Look, capture
from core.engine import Engine
from core.errors import ConsentError, DiskFullError, InputError, NotFoundError
from core.face_gallery import faces_of
from core.paths import Home
from core.records import Image
from core.settings import Settings
from core.store import audit, samples
from core.store.consents import ConsentDraft
from core.store.database import Store, open_store
from core.vision.pose import PoseSense, first_lacking, pitch_of, yaw_of
from core.vision.viewing import WHOLE_EVERY, View, Viewer, view, viewing_engine
from tests.capture_support import add_pupil, before_camera, film, photos, swaying

WHO, OTHER = "Hans_Blix", "Colin_Powell"
ONE_POSE = {"front": 6, "left": 6, "right": 6, "up": 6, "down": 6}


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with open_store(home) as store, acting(Actor("Ada", "admin")):
        yield store


@pytest.fixture
def pupil(store: Store) -> int:
    return add_pupil(store, "R1", "Hans Blix")


def seen(engine: Engine, picture: Image) -> View:
    return view(picture, viewing_engine(engine))


def take(store: Store, engine: Engine, source: object, roll: str = "R1", **more: object) -> CaptureReport:
    settings = Settings(samples_per_student=more.pop("limit", 60))  # type: ignore[arg-type]
    asked = CaptureRequest("C", roll, str(source), plan=more.pop("plan", ONE_POSE))  # type: ignore[arg-type]
    return capture(store, engine, settings, asked, Capturing(**more))  # type: ignore[arg-type]


def stored(store: Store, student_id: int) -> int:
    with store.read() as db:
        return samples.count_by_student(db, [student_id])[student_id]


def captures(store: Store) -> list[audit.AuditRow]:
    with store.read() as db:
        return [one for one in audit.rows(db, audit.Filter(), 100) if one.action == "faces.capture"]


def test_each_thing_that_can_be_wrong_is_told(engine: Engine, shared: Path) -> None:
    [good] = photos(shared, WHO, 1)
    [other] = photos(shared, OTHER, 1)
    fine = before_camera(good)
    judged = seen(engine, fine)
    assert judged.problem is None
    assert judged.box is not None
    both = before_camera(good, zoom=1.2, at=0.25)
    both[:, 320:] = before_camera(other, zoom=1.2, at=0.75)[:, 320:]
    wrong = {
        "no face": np.full((480, 640, 3), 90, np.uint8),
        "two faces": both,
        "too far": before_camera(good, zoom=0.7),
        "cut off": fine[:, int(judged.box[0] + 12) :].copy(),
        "too near": before_camera(good, zoom=2.4)[150:390, 200:440].copy(),
        "too dark": cv2.convertScaleAbs(fine, alpha=0.15),
        "blurred": cv2.GaussianBlur(fine, (0, 0), 11),
    }
    found = {name: seen(engine, picture).problem for name, picture in wrong.items()}
    assert found.pop("too near") in ("cut off", "too near")
    assert found == {name: name for name in found}


def test_who_steps_in_is_seen_though_mostly_the_last_face_is_searched(engine: Engine, shared: Path) -> None:
    [good], [other] = photos(shared, OTHER, 1), photos(shared, WHO, 1)
    alone = [before_camera(good, zoom=1.2, at=0.25, angle=angle) for angle in range(WHOLE_EVERY)]
    viewer = Viewer(viewing_engine(engine))
    for picture in alone:
        near, whole = viewer.view(picture), seen(engine, picture)
        assert near.problem is whole.problem is None
        assert near.box is not None
        assert whole.box is not None
        assert np.abs(near.box - whole.box).max() < 0.12 * (whole.box[2] - whole.box[0])
    both = alone[0].copy()
    both[:, 320:] = before_camera(other, zoom=1.2, at=0.75)[:, 320:]
    assert "two faces" in [viewer.view(both).problem for _ in range(WHOLE_EVERY)]
    gone = viewer.view(before_camera(good, zoom=1.2, at=0.75))
    assert gone.box is not None
    assert gone.box[0] > 320, "a face that is elsewhere is found at once"


def test_mirrored_pictures_look_the_other_way(engine: Engine, shared: Path) -> None:
    """Of all photos of two people: what is clearly turned one way is turned the other way in the mirror."""
    sides = []
    for photo in photos(shared, WHO, 12) + photos(shared, OTHER, 12):
        faces = [engine.detector.detect(np.ascontiguousarray(one)) for one in (photo, photo[:, ::-1])]
        if all(len(found) == 1 for found in faces):
            sides.append([(yaw_of(found[0]), pitch_of(found[0])) for found in faces])
    turned = [(one, two) for one, two in sides if abs(one[0]) > 0.3]
    assert len(sides) >= 10
    assert turned
    assert {PoseSense().pose(*one) for one, _ in turned} <= {"left", "right"}
    for one, two in turned:
        assert one[0] * two[0] < 0
        assert PoseSense().pose(*one) != PoseSense().pose(*two)
    assert np.median([abs(one[1] - two[1]) for one, two in sides]) < 0.05, "a mirror does not nod"


def test_a_nod_is_told_from_the_persons_own_level() -> None:
    for level in (0.45, 0.56, 0.68):
        sense = PoseSense()
        assert sense.pose(0.0, 0.9) == "front", "nobody knows yet"
        for _ in range(5):
            sense.learn(level)
        told = [sense.pose(0.0, level + nod) for nod in (-0.12, -0.075, 0.0, 0.12)]
        assert told == ["up", None, "front", "down"]
        assert (sense.pose(0.4, level), sense.pose(-0.4, level), sense.pose(0.24, level)) == ("left", "right", None)


def test_poses_are_asked_for_in_turn() -> None:
    wanted = {"front": 2, "left": 1}
    assert first_lacking({}, wanted) == "front"  # type: ignore[arg-type]
    assert first_lacking({"front": 2}, wanted) == "left"  # type: ignore[arg-type]
    assert first_lacking({"front": 3, "left": 1}, wanted) is None  # type: ignore[arg-type]


def test_a_film_gives_different_faces_and_one_row_of_audit(
    store: Store, engine: Engine, shared: Path, tmp_path: Path, pupil: int
) -> None:
    looks: list[Look] = []
    source = film(tmp_path / "me.mp4", swaying(photos(shared, WHO, 5)))
    report = take(store, engine, source, look=looks.append)
    assert report.taken.total >= 5
    assert report.taken.total == report.taken.kept == stored(store, pupil) == len(faces_of(store, "R1"))
    assert sum(one.box is not None for one in looks) > len(looks) / 2
    with store.read() as db:
        _, embeddings, _ = samples.load_embeddings(db, [pupil], engine.model_key)
    likeness = np.triu(embeddings @ embeddings.T, 1)
    assert likeness.max() < 0.9905, "two that are alike were taken"
    [row] = captures(store)
    assert (row.student_id, row.after) == (pupil, {"source": "me.mp4"})


def test_no_more_than_the_cap_is_kept(store: Store, engine: Engine, shared: Path, tmp_path: Path, pupil: int) -> None:
    report = take(store, engine, film(tmp_path / "me.mp4", swaying(photos(shared, WHO, 8))), limit=5)
    assert report.taken.total > 5
    assert report.taken.kept == stored(store, pupil) == 5


def test_photos_of_a_folder_are_taken_whatever_the_pose(
    store: Store, engine: Engine, shared: Path, tmp_path: Path, pupil: int
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, photo in enumerate(photos(shared, WHO, 4)):
        cv2.imwrite(str(folder / f"{number}.png"), before_camera(photo))
    cv2.imwrite(str(folder / "same.png"), before_camera(photos(shared, WHO, 1)[0]))
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    report = take(store, engine, folder)
    assert 2 <= stored(store, pupil) <= 4
    assert any("broken.jpg" in one for one in report.problems)


@pytest.mark.parametrize("how", ["never asked", "refused", "withdrawn"])
def test_without_a_consent_no_picture_is_taken(
    store: Store, engine: Engine, shared: Path, tmp_path: Path, how: str
) -> None:
    pupil = add_pupil(store, "R1", "Hans Blix", consent=None if how == "never asked" else "paper")
    if how == "refused":
        consent.refuse(store, "R1", ConsentDraft("said so"))
    elif how == "withdrawn":
        consent.withdraw(store, "R1")
    looks: list[Look] = []
    with pytest.raises(ConsentError, match="R1 has no recorded consent" if how == "never asked" else "R1 refused or"):
        take(store, engine, film(tmp_path / "me.mp4", swaying(photos(shared, WHO, 1))), look=looks.append)
    assert looks == []
    assert stored(store, pupil) == 0
    assert captures(store) == []


def test_a_consent_withdrawn_meanwhile_ends_it_and_nothing_stays(
    store: Store, engine: Engine, shared: Path, tmp_path: Path, pupil: int
) -> None:
    def look(one: Look) -> None:
        if one.taken.total >= 2 and stored(store, pupil):
            with acting(Actor("Ada", "admin")):
                consent.withdraw(store, "R1")

    source = film(tmp_path / "me.mp4", swaying(photos(shared, WHO, 6)))
    with pytest.raises(ConsentError, match="refused or withdrew"):
        take(store, engine, source, look=look)
    assert stored(store, pupil) == 0


def test_a_face_that_is_enrolled_already_is_not_taken_for_another(
    store: Store, engine: Engine, shared: Path, tmp_path: Path, pupil: int
) -> None:
    source = film(tmp_path / "me.mp4", swaying(photos(shared, WHO, 4)))
    assert take(store, engine, source).taken.total
    second = add_pupil(store, "R2", "Somebody Else")
    told: set[str] = set()
    report = take(store, engine, source, "R2", look=lambda one: told.add(one.taken.said))
    assert report.taken.total == stored(store, second) == 0
    assert "this face is already enrolled as R1 Hans Blix" in {*told, report.taken.said}


def test_somebody_else_who_steps_in_is_not_taken(
    store: Store, engine: Engine, shared: Path, tmp_path: Path, pupil: int
) -> None:
    take(store, engine, film(tmp_path / "me.mp4", swaying(photos(shared, WHO, 4))))
    before = stored(store, pupil)
    report = take(store, engine, film(tmp_path / "other.mp4", swaying(photos(shared, OTHER, 2))))
    assert report.taken.total <= 1
    assert stored(store, pupil) - before == report.taken.total


def test_a_camera_is_stopped_and_what_was_taken_stays(
    store: Store, engine: Engine, shared: Path, tmp_path: Path, pupil: int
) -> None:
    control = CaptureControl()

    def look(one: Look) -> None:
        if one.taken.total >= 3:
            control.stop()

    source = film(tmp_path / "me.mp4", swaying(photos(shared, WHO, 4)))
    report = take(store, engine, f"loop:{source}", look=look, control=control)
    assert report.taken.total >= 3
    assert stored(store, pupil) == report.taken.total


def test_what_waits_when_it_goes_wrong_is_stored(
    store: Store, engine: Engine, shared: Path, tmp_path: Path, pupil: int
) -> None:
    fit = 0

    def look(one: Look) -> None:
        nonlocal fit
        fit += one.problem is None and one.pose is not None
        if fit == 2:
            raise InputError("The cable was cut.")

    with pytest.raises(InputError, match="cable"):
        take(store, engine, film(tmp_path / "me.mp4", swaying(photos(shared, WHO, 2))), look=look)
    assert stored(store, pupil) >= 1


def test_a_full_disk_ends_it_and_what_was_stored_stays(
    store: Store, engine: Engine, shared: Path, tmp_path: Path, pupil: int
) -> None:
    with store.read() as db:
        pages = int(db.connection().exec_driver_sql("PRAGMA page_count").scalar_one())
    limit = f"PRAGMA max_page_count={pages + 20}"
    event.listen(store._engine, "checkout", lambda connection, *_: connection.execute(limit).close())
    looks: list[Look] = []
    with pytest.raises(DiskFullError):
        take(store, engine, film(tmp_path / "me.mp4", swaying(photos(shared, WHO, 8))), look=looks.append)
    assert stored(store, pupil) >= looks[-1].taken.total
    assert len(faces_of(store, "R1")) == stored(store, pupil)


def test_while_another_program_writes_it_goes_on_and_stores_later(
    home: Home, store: Store, engine: Engine, shared: Path, tmp_path: Path, pupil: int
) -> None:
    told: set[str] = set()
    control = CaptureControl()
    with open_store(home) as other, ExitStack() as writing, open_store(home, busy_seconds=0.2) as hasty:
        writing.enter_context(other.transaction())

        def look(one: Look) -> None:
            told.add(one.taken.said)
            if any("another program" in said.lower() for said in told):
                writing.close()
            if one.taken.total >= 3:
                control.stop()

        source = film(tmp_path / "me.mp4", swaying(photos(shared, WHO, 4)))
        report = take(hasty, engine, f"loop:{source}", look=look, control=control)
    assert any("another program" in said.lower() for said in told), told
    assert stored(store, pupil) == report.taken.total >= 3


def test_by_hand_one_picture_is_taken_though_saving_is_off(
    store: Store, engine: Engine, shared: Path, tmp_path: Path, pupil: int
) -> None:
    control, looks = CaptureControl(automatic=False), []

    def look(one: Look) -> None:
        looks.append(one)
        if len(looks) == 5:
            assert one.taken.total == 0, "nothing is taken by itself"
            control.save_now()
        if one.taken.total or len(looks) > 200:
            control.stop()

    source = film(tmp_path / "me.mp4", swaying(photos(shared, WHO, 2)))
    take(store, engine, f"loop:{source}", look=look, control=control)
    assert stored(store, pupil) == 1


def test_stopping_before_a_camera_answers_ends_it(store: Store, engine: Engine, tmp_path: Path, pupil: int) -> None:
    control = CaptureControl()
    control.stop()
    report = take(store, engine, "camera:7:Nothing of that name", control=control)
    assert report.taken.total == 0


def test_what_cannot_be_is_said(store: Store, engine: Engine, tmp_path: Path, pupil: int) -> None:
    for source, words in {
        "nowhere.mp4": "does not exist",
        "camera:0:": "does not exist",
        "1" * 12: "cannot be opened",
    }.items():
        with pytest.raises(InputError, match=words):
            take(store, engine, source)
    with pytest.raises(NotFoundError):
        take(store, engine, "x.mp4", "R9")
    add_pupil(store, "R5", "Of another class", code="D")
    with pytest.raises(InputError, match="R5 Of another class is not on the roster of C"):
        take(store, engine, "x.mp4", "R5")
