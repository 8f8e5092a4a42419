"""Faces of students by the pages of teachers: taken from photos, learned, deleted; and what goes wrong with that."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.actor import acting
from core.consent import withdraw
from core.paths import Home
from core.store import accounts, people
from core.store.database import open_store
from core.versions import Version
from tests.cli_support import HOPPER, PHOTOGRAPHER
from tests.take_support import ADA, Room, Teacher, grey, jpeg_of, opened_room
from tests.web.faces_support import (
    PEOPLE,
    add,
    class_of,
    faces_page,
    learned,
    number_of,
    send_photos,
    stored,
    train,
    versions,
    wait_done,
)
from tests.web_support import MOST_BYTES, TEACHER, Portal, weight
from web.taking.here import desk_of
from web.taking.messages import Enrol, Train

PHOTOS = 6
BROKEN = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20


@pytest.fixture
def no_networks_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process of the server may load no network."""

    def refuse(*_given: object, **_how: object) -> None:
        raise AssertionError("the server loads a network")

    for place in ("core.vision.embedder.load_network", "core.vision.mtcnn.load_network"):
        monkeypatch.setattr(place, refuse)


@pytest.fixture
def new_room(engine_home: Home, tmp_path: Path) -> Iterator[Room]:
    """A school whose class C knows nobody's face."""
    home = Home(tmp_path / "new")
    home.create()
    shutil.copytree(engine_home.networks, home.networks)
    with open_store(home) as store, store.transaction() as db:
        people.add_class(db, "C", "Class")
    with opened_room(home) as room:
        for roll in PEOPLE:
            add(room, roll)
        yield room


@pytest.mark.usefixtures("no_networks_here")
def test_photos_are_sent_learned_and_deleted_again(shared: Path, new_room: Room) -> None:
    room, grace = new_room, new_room.teacher()
    for roll, name in PEOPLE.items():
        files = sorted((shared / "faces" / "known" / name).iterdir())[:PHOTOS]
        photos = [(one.name, one.read_bytes()) for one in files]
        if roll == "R1":
            photos += [("wall.jpg", grey()), ("broken.jpg", BROKEN), ("again.jpg", photos[0][1])]
        said = send_photos(room, grace, roll, *photos)
        assert f"{PHOTOS} faces are taken." in said
        assert stored(room, roll) == PHOTOS
        if roll == "R1":
            assert "photo 7.jpg: no face found" in said
            assert " photo 8.jpg is not a picture that Rollcall can read. Use JPEG, PNG or HEIC." in said
            assert "photo 9.jpg: the same picture as another one" in said
        assert "C is not trained yet." in said
        assert "app.py" not in said
    assert weight(grace, grace.get(faces_page(number_of(room, "R1")))) < MOST_BYTES
    assert room.leftovers == []
    assert "Learned: 3 students, 18 photos." in train(room, grace)
    [first] = versions(room)
    assert (first.in_use, first.run.samples) == (True, 18)
    place = f"/teach/training/{class_of(room)}/"
    assert re.search(r"3 students, 18 photos\s+in use", grace.get(place).words)
    accuracy = grace.get(f"{place}accuracy")
    assert accuracy.status == 200
    assert all(name.replace("_", " ") in accuracy.words for name in PEOPLE.values())
    assert grace.get(f"{place}chart.png").body.startswith(b"\x89PNG")
    _delete_and_choose(room, grace, first)


def _delete_and_choose(room: Room, grace: Teacher, first: Version) -> None:
    """The classifiers follow what is deleted, and an older one is taken up again."""
    kidman, sharon = number_of(room, "R3"), number_of(room, "R1")
    chosen = re.findall(r'name="face" value="(\d+)"', grace.get(faces_page(sharon)).text)
    assert grace.post(faces_page(sharon), face=chosen[0]).status == 303
    wait_done(room.desk, f"faces {sharon}")
    assert "1 face is deleted." in grace.get(faces_page(sharon)).words
    newest = versions(room)[0]
    assert (newest.in_use, newest.run.samples, newest.extended_from) == (True, 17, first.run.id)
    assert kidman in learned(room, newest)
    chosen = re.findall(r'name="face" value="(\d+)"', grace.get(faces_page(kidman)).text)
    assert grace.post(faces_page(kidman), face=chosen).status == 303
    wait_done(room.desk, f"faces {kidman}")
    page = grace.get(faces_page(kidman)).words
    assert "6 faces are deleted." in page
    assert "No face is stored." in page
    assert [kidman in learned(room, one) for one in versions(room)] == [False, False]
    place = f"/teach/training/{class_of(room)}/"
    assert grace.post(f"{place}version", run=first.run.id).status == 303
    assert [one.in_use for one in versions(room)] == [False, True]


def test_photos_without_a_use_are_refused_with_the_reason(room: Room) -> None:
    grace = room.teacher()
    assert "selfie" in (said := send_photos(room, grace, "R1", ("selfie.jpg", BROKEN)))
    assert "0 faces are taken." in said
    assert "is not a picture that Rollcall can read" in said
    assert "no face found" in send_photos(room, grace, "R1", ("wall.jpg", grey()))
    # The photographer sent as somebody else.
    said = send_photos(room, grace, "R1", ("me.jpg", jpeg_of(PHOTOGRAPHER)))
    assert "this face is already enrolled as R2 The Photographer" in said
    assert (stored(room, "R1"), room.leftovers) == (1, [])
    for files, words in (
        ([("notes.txt", b"words")], "notes.txt is neither a photo nor a video."),
        ([("a.jpg", b"")], "a.jpg is empty."),
        ([], "Choose photos first."),
    ):
        refused = grace.send_form(f"{faces_page(number_of(room, 'R1'))}photos", *files, field="photo")
        assert (refused.status, words in refused.words) == (400, True), refused.words
    assert room.leftovers == []


def test_who_did_not_agree_and_whom_others_teach_stay_as_they_are(room: Room) -> None:
    grace, photo = room.teacher(), ("a.jpg", jpeg_of(HOPPER))
    silent, foreign = add(room, "R5", consent=False), add(room, "R9", "D")
    refused = grace.send_form(f"{faces_page(silent)}photos", photo, field="photo")
    assert (refused.status, "Record the consent first." in refused.words) == (400, True)
    assert grace.send_form(f"{faces_page(foreign)}photos", photo, field="photo").status == 403
    assert grace.post(faces_page(foreign), face="1").status == 403
    other = f"/teach/training/{class_of(room, 'D')}/"
    assert [grace.post(f"{other}{one}").status for one in ("", "version")] == [404, 404]
    assert [grace.get(f"{one}work.json").status for one in (other, faces_page(foreign))] == [404, 403]
    assert (room.desk.pid, room.leftovers) == (None, [])
    # What changes while a work waits counts as well: the process judges whoever asked once more.
    with acting(room.office):
        withdraw(room.store, "R1")
    folder = room.home.data / ".rollcall-upload-test"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(photo[1])
    room.desk.ask(room.office, "late", Enrol("C", "R1", "Eileen Collins", "test", "a.jpg", str(folder)))
    late = wait_done(room.desk, "late")
    assert str(late.problem).startswith("R1 refused or withdrew consent, so no face is taken")
    assert (stored(room, "R1"), room.leftovers) == (0, [])
    with room.store.read() as db:
        [ada] = [one.actor() for one in accounts.list_accounts(db) if one.name == ADA]
    room.desk.ask(ada, "foreign", Train("C"))
    assert str(wait_done(room.desk, "foreign").problem).startswith("A teacher may train")
    assert len(versions(room)) == 1


def test_no_page_waits_for_networks_to_be_prepared(portal: Portal) -> None:
    browser, desk = portal.browser(TEACHER), desk_of(portal.app)
    try:
        assert browser.post("/teach/training/1/").status == 303
        wait_done(desk, "train 1")
        words = browser.get("/teach/training/1/").words
        assert "The networks are not prepared yet" in words
        assert "Train the class" in words
    finally:
        desk.close()
