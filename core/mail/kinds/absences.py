"""Absence and lateness: told for sessions that a teacher has reviewed, one mail a session and student."""

from sqlalchemy.orm import Session

from core.mail.letters import Found, Kind, Letter, Role, School, Scope, class_words, session_words, student_letter
from core.records import SchoolClass, Student
from core.settings import Settings
from core.store import mail_facts
from core.store.mail_facts import MarkFact
from core.store.outbox import Mail
from core.store.tallies import Scope as Lessons
from core.words import counted


def _find(db: Session, settings: Settings, scope: Scope, name: str, meaning: str) -> Found:
    school = School.read(db)
    facts = mail_facts.marks_counting_as(db, meaning, scope.lessons)
    active = [one for one in facts if school.students[one.student_id].active]
    letters = [
        _letter(settings, name, role, one, school.students[one.student_id], school.classes[one.session.class_id])
        for one in active
        for role in scope.roles
    ]
    gone = {one.student_id for one in facts} - {one.student_id for one in active}
    waiting = mail_facts.unreviewed(db, scope.lessons)
    notes = (
        f"{counted(waiting, 'lesson')} not looked through and saved by a person yet, so nobody is told of it: "
        "app.py session reviewed CLASS",
    )
    return Found(tuple(letters), len(gone), notes if waiting else ())


def _letter(
    settings: Settings, name: str, role: Role, fact: MarkFact, student: Student, school_class: SchoolClass
) -> Letter:
    session = fact.session
    words = {
        **class_words(school_class),
        "teacher": session.teacher or "",
        **session_words(settings, session),
        "status": fact.status,
        "minutes_late": fact.minutes_late,
        "reason": fact.reason or "",
    }
    return student_letter(f"{name}:session:{session.id}:student:{student.id}", role, student, words, session.id)


def _still(db: Session, mail: Mail, meaning: str) -> bool:
    if mail.session_id is None or mail.student_id is None:
        return False
    mark = Lessons(student_ids=[mail.student_id], session_id=mail.session_id)
    return bool(mail_facts.marks_counting_as(db, meaning, mark))


ABSENCE = Kind(
    name="absence",
    about="who was absent in a reviewed session",
    template="absence",
    units=("day", "session", "week", "month"),
    roles=("parents", "student"),
    find=lambda db, settings, scope: _find(db, settings, scope, "absence", "absent"),
    still_true=lambda db, _, mail: _still(db, mail, "absent"),
)
LATENESS = Kind(
    name="lateness",
    about="who was late in a reviewed session",
    template="lateness",
    units=ABSENCE.units,
    roles=ABSENCE.roles,
    find=lambda db, settings, scope: _find(db, settings, scope, "lateness", "late"),
    still_true=lambda db, _, mail: _still(db, mail, "late"),
)
