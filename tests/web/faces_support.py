"""What a teacher does with faces on the pages, and what is stored then."""

from core import clock
from core.actor import acting
from core.face_gallery import faces_of
from core.networks.prepare import network_key
from core.recognition.files import load_classifier
from core.store import people
from core.versions import Version, list_versions
from tests.take_support import Room, Teacher
from web.taking.desk import Desk
from web.taking.job import Errand

PEOPLE = {"R1": "Ariel_Sharon", "R2": "Gerhard_Schroeder", "R3": "Nicole_Kidman"}
"""Roll number and real faces."""


def number_of(room: Room, roll: str) -> int:
    with room.store.read() as db:
        return people.get_student(db, roll).id


def class_of(room: Room, code: str = "C") -> int:
    with room.store.read() as db:
        return people.get_class(db, code).id


def add(room: Room, roll: str, code: str = "C", *, consent: bool = True) -> int:
    """Another student."""
    with room.store.transaction() as db:
        made = people.add_student(db, roll, PEOPLE.get(roll, f"Student {roll}").replace("_", " "))
        people.add_to_roster(db, people.get_class(db, code).id, made.id)
        if consent:
            people.record_consent(db, made.id, "paper form", clock.now())
        return made.id


def wait_done(desk: Desk, about: str) -> Errand:
    """The newest work about this, when it is over."""
    found = desk.errand(about)
    assert found is not None
    with desk._changed:
        assert desk._changed.wait_for(lambda: found.is_over, 300), found.state
    return found


def faces_page(number: int) -> str:
    return f"/teach/student/{number}/faces/"


def send_photos(room: Room, teacher: Teacher, roll: str, *photos: tuple[str, bytes]) -> str:
    """Send photos of a student; what the page says in the end."""
    number = number_of(room, roll)
    assert teacher.send_form(f"{faces_page(number)}photos", *photos, field="photo").status == 303
    wait_done(room.desk, f"faces {number}")
    return teacher.get(faces_page(number)).words


def train(room: Room, teacher: Teacher) -> str:
    """Train class C; what the page says in the end."""
    number = class_of(room)
    assert teacher.post(f"/teach/training/{number}/").status == 303
    wait_done(room.desk, f"train {number}")
    return teacher.get(f"/teach/training/{number}/").words


def stored(room: Room, roll: str) -> int:
    with acting(room.office):
        return len(faces_of(room.store, roll))


def versions(room: Room) -> list[Version]:
    """The newest first."""
    with acting(room.office):
        return list_versions(room.store, "C", network_key(room.home))[1]


def learned(room: Room, version: Version) -> set[int]:
    """The students a version knows."""
    path = room.store.home.models / version.run.file
    return {int(one) for one in load_classifier(path, "C", room.store.vault).student_ids}
