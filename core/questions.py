"""Students ask about a mark, or to be excused; their teachers answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypedDict

from sqlalchemy.orm import Session

from core import audit, clock
from core.access import guarded, own_classes
from core.actor import Actor, current_actor
from core.calendar.holidays import check_days
from core.errors import InputError, NotFoundError
from core.records import SchoolClass, Student
from core.settings import Settings
from core.store import marks, people, questions, sessions, timetable
from core.store.database import Store
from core.store.questions import AbsenceAsked, MarkQuery
from core.store.register_grid import students_by_id
from core.store.sessions import SessionRow
from core.store.statuses import EXCUSED
from core.store.timetable import PlannedAbsence

WHY = "Write why, so that your teacher can decide."


class _Limits(TypedDict, total=False):
    student_id: int
    class_ids: set[int] | None


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a mark with what it is about.  status: code of the mark as of now, "" for none."""

    query: MarkQuery
    student: Student
    school_class: SchoolClass
    session: SessionRow
    status: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Days somebody asked for, and who."""

    asked: AbsenceAsked
    student: Student


@guarded
def ask_about_mark(store: Store, actor: Actor, student_id: int, session_id: int, question: str) -> MarkQuery:
    """A student asks about their own mark.  Raises InputError without words, NotFoundError for another's lesson."""
    if not question.strip():
        raise InputError("Write what you want to ask.")
    with store.transaction() as db:
        if (session_id, student_id) not in marks.marks_of(db, [session_id]):
            raise NotFoundError("You have no mark in this lesson, so there is nothing to ask about.")
        made = questions.add_query(db, session_id, student_id, question)
        audit.record(db, actor, "queries.ask", session_id=session_id, student_id=student_id)
        return made


@guarded
def list_questions(store: Store, *, only_open: bool = False) -> list[Question]:
    """The questions that who acts may see, the newest first: a student their own, a teacher those of their classes."""
    with store.read() as db:
        return _named(db, questions.queries(db, only_open=only_open, **_mine(db)))


@guarded
def answer_question(store: Store, actor: Actor, query_id: int, answer: str) -> MarkQuery:
    """Answer a question; the mark itself is changed as every mark is.

    Raises NotFoundError, ConflictError where somebody answered already, InputError without words.
    """
    if not answer.strip():
        raise InputError("Write an answer, even a short one.")
    with store.transaction() as db:
        made = questions.answer_query(db, query_id, answer, actor.name)
        audit.record(db, actor, "queries.answer", session_id=made.session_id, student_id=made.student_id)
        return made


@guarded
def ask_for_absence(
    store: Store, settings: Settings, actor: Actor, student_id: int, first: date, last: date, reason: str
) -> AbsenceAsked:
    """A student asks to be excused on days to come, both included.

    Raises InputError for days in the wrong order or gone by, or without a reason; ConflictError when asked twice.
    """
    check_days(first, last)
    if last < clock.today(clock.school_zone(settings)):
        raise InputError("These days are over. Talk to your teacher about them.")
    if not reason.strip():
        raise InputError(WHY)
    with store.transaction() as db:
        made = questions.add_absence_asked(db, student_id, first, last, reason)
        audit.record(db, actor, "absences.ask", student_id=student_id)
        return made


@guarded
def list_absences_asked(store: Store, *, only_open: bool = False) -> list[Asked]:
    """What who acts may see, the newest first: a student their own, a teacher those of their classes."""
    with store.read() as db:
        found = questions.absences_asked(db, only_open=only_open, **_mine(db))
        students = students_by_id(db, {one.student_id for one in found})
        return [Asked(one, students[one.student_id]) for one in found]


@guarded
def answer_absence(store: Store, actor: Actor, number: int, *, accepted: bool, answer: str = "") -> AbsenceAsked:
    """Excuse the student for the days they asked for, or do not.  Raises NotFoundError, ConflictError."""
    with store.transaction() as db:
        made = questions.answer_absence(db, number, accepted=accepted, answer=answer, by=actor.name)
        audit.record(db, actor, "absences.answer", student_id=made.student_id, after={"accepted": accepted})
        if accepted:
            days = made.first_day, made.last_day
            timetable.add_absence(db, actor, PlannedAbsence(0, made.student_id, None, *days, EXCUSED, made.reason, ""))
        return made


def _mine(db: Session) -> _Limits:
    actor = current_actor()
    if actor is not None and actor.role == "student":
        return {"student_id": actor.student_id or 0}
    return {"class_ids": own_classes(db)}


def _named(db: Session, found: Sequence[MarkQuery]) -> list[Question]:
    students = students_by_id(db, {one.student_id for one in found})
    lessons = sessions.sessions_by_id(db, {one.session_id for one in found})
    classes = {one.id: one for one in people.list_classes(db)}
    known = marks.marks_of(db, lessons)
    return [
        Question(
            one,
            students[one.student_id],
            classes[lessons[one.session_id].class_id],
            lessons[one.session_id],
            known[one.session_id, one.student_id].status if (one.session_id, one.student_id) in known else "",
        )
        for one in found
    ]
