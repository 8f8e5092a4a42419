"""What a call of a service is about: classes, students and lessons, found by its arguments or its result."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from core.store import confirmations, people, questions, sightings, timetable

Target = Mapping[str, int]
"""``class_id``, ``student_id``, ``session_id``: what :func:`core.access.check` takes."""
Objects = Callable[[Session, Mapping[str, Any]], Iterable[Target]]


def nothing(_db: Session, _given: Mapping[str, Any]) -> Iterable[Target]:
    """About nobody in particular."""
    return ()


def class_code(db: Session, given: Mapping[str, Any]) -> Iterable[Target]:
    """The class that is named."""
    return [{"class_id": people.get_class(db, given["class_code"]).id}]


def class_if_named(db: Session, given: Mapping[str, Any]) -> Iterable[Target]:
    """The class that is named, or none."""
    return () if given.get("class_code") is None else class_code(db, given)


def request(db: Session, given: Mapping[str, Any]) -> Iterable[Target]:
    """The class of a request."""
    return [{"class_id": people.get_class(db, given["request"].class_code).id}]


def student_of_class(db: Session, given: Mapping[str, Any]) -> Iterable[Target]:
    """The class and the student of a request."""
    asked = given["request"]
    return [
        {"class_id": people.get_class(db, asked.class_code).id, "student_id": people.get_student(db, asked.roll).id}
    ]


def session(_db: Session, given: Mapping[str, Any]) -> Iterable[Target]:
    """One lesson."""
    return [{"session_id": given["session_id"]}]


def sessions(_db: Session, given: Mapping[str, Any]) -> Iterable[Target]:
    """Several lessons."""
    return [{"session_id": one} for one in given["session_ids"]]


def wishes(_db: Session, given: Mapping[str, Any]) -> Iterable[Target]:
    """The lessons whose marks are wished for."""
    return [{"session_id": one} for one in sorted({wish.session_id for wish in given["wishes"]})]


def sighting(db: Session, given: Mapping[str, Any]) -> Iterable[Target]:
    """The lesson of one face that was seen."""
    return [{"session_id": sightings.get_sighting(db, given["sighting_id"]).session_id}]


def confirmation(db: Session, given: Mapping[str, Any]) -> Iterable[Target]:
    """The lesson of what a phone sent."""
    return [{"session_id": confirmations.get_confirmation(db, given["confirmation_id"]).session_id}]


def query(db: Session, given: Mapping[str, Any]) -> Iterable[Target]:
    """The lesson and the student of a question."""
    asked = questions.get_query(db, given["query_id"])
    return [{"session_id": asked.session_id, "student_id": asked.student_id}]


def absence_asked(db: Session, given: Mapping[str, Any]) -> Iterable[Target]:
    """The student who asked for an absence."""
    return [{"student_id": questions.get_absence_asked(db, given["number"]).student_id}]


def student_id(_db: Session, given: Mapping[str, Any]) -> Iterable[Target]:
    """The student with a number."""
    return [{"student_id": given["student_id"]}]


def sayings(db: Session, given: Mapping[str, Any]) -> Iterable[Target]:
    """The lessons of the faces that somebody says something about."""
    return [{"session_id": sightings.get_sighting(db, one.sighting_id).session_id} for one in given["sayings"]]


def whole_school(_db: Session, _given: Mapping[str, Any]) -> Iterable[Target]:
    """Of no object that could be somebody's own."""
    return ()


def roll(db: Session, given: Mapping[str, Any]) -> Iterable[Target]:
    """The student with a roll number."""
    return [{"student_id": people.get_student(db, given["roll"]).id}]


def absence_request(db: Session, given: Mapping[str, Any]) -> Iterable[Target]:
    """The student, and the class if one is named, of a planned absence."""
    asked = given["request"]
    of_class = {} if asked.class_code is None else {"class_id": people.get_class(db, asked.class_code).id}
    return [{"student_id": people.get_student(db, asked.roll).id, **of_class}]


def absence(db: Session, given: Mapping[str, Any]) -> Iterable[Target]:
    """The student, and the class if it is of one, of an absence that is stored."""
    planned = timetable.get_absence(db, given["absence_id"])
    of_class = {} if planned.class_id is None else {"class_id": planned.class_id}
    return [{"student_id": planned.student_id, **of_class}]


def report(db: Session, given: Mapping[str, Any]) -> Iterable[Target]:
    """A report of a student, class or session that is named; else it is of the whole school."""
    asked = {name: text.strip() for name, text in given["given"].items() if text.strip()}
    target = {}
    if "class" in asked:
        target["class_id"] = people.get_class(db, asked["class"]).id
    if "student" in asked:
        target["student_id"] = people.get_student(db, asked["student"]).id
    if asked.get("session", "").isascii() and asked.get("session", "").isdecimal():
        target["session_id"] = int(asked["session"][:15])
    return [target] if target else ()


def mail(db: Session, given: Mapping[str, Any]) -> Iterable[Target]:
    """Mail about a class or a lesson; of one student only as far as it is about these, for others are of others."""
    asked, target = given["request"], {}
    if asked.class_code is not None:
        target["class_id"] = people.get_class(db, asked.class_code).id
    if asked.session_id is not None:
        target["session_id"] = asked.session_id
    if target and asked.roll is not None:
        target["student_id"] = people.get_student(db, asked.roll).id
    return [target] if target else ()


def plan(_db: Session, given: Mapping[str, Any]) -> Iterable[Target]:
    """What is planned for a register."""
    return planned(given["plan"])


def planned(plan: Any) -> Iterable[Target]:  # noqa: ANN401 - an ImportPlan, which is not loaded for every start
    """The lessons that a plan changes."""
    chosen = plan.chosen(overwrite_conflicts=True)
    return [{"session_id": one} for one in sorted({change.session.id for change in chosen})]


def only_own(_result: object) -> Iterable[Target]:
    """Of a service that limits what it lists to :func:`core.access.own_classes` by itself."""
    return ()
