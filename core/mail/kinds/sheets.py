"""The sheet of a session, for the teachers of its class."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from core.mail.letters import Found, Kind, Letter, School, Scope, class_words, session_words
from core.records import SchoolClass
from core.settings import Settings
from core.store import mail_facts, register
from core.store.sessions import SessionRow
from core.store.statuses import Status, status_set
from core.store.teachers import Teacher


def _find(db: Session, settings: Settings, scope: Scope) -> Found:
    school, known = School.read(db), status_set(db)
    taken = mail_facts.taken_sessions(db, scope.lessons)
    told = mail_facts.teachers_to_tell(db, {one.class_id for one in taken})
    counts = register.mark_counts(db, [one.id for one in taken])
    letters = [
        _letter(settings, school.classes[one.class_id], one, teacher, _counted(counts.get(one.id, {}), known))
        for one in taken
        for teacher in told.get(one.class_id, ())
    ]
    alone = {school.classes[one.class_id].code for one in taken if not told.get(one.class_id)}
    notes = (f"No teacher is named for {', '.join(sorted(alone))}.",) if alone else ()
    return Found(tuple(letters), 0, notes)


def _counted(marks: Mapping[str, int], known: Mapping[str, Status]) -> dict[str, int]:
    found = dict.fromkeys(("present", "late", "excused", "absent"), 0)
    for code, count in marks.items():
        found[known[code].counts_as] += count
    return found


def _letter(
    settings: Settings, school_class: SchoolClass, session: SessionRow, teacher: Teacher, counted: dict[str, int]
) -> Letter:
    words = {"teacher": teacher.name, **class_words(school_class), **session_words(settings, session), **counted}
    return Letter(
        event=f"sheet:session:{session.id}:teacher:{teacher.id}",
        role="teacher",
        who=teacher.name,
        addresses=teacher.email,
        words=words,
        session_id=session.id,
        sheet_of=session.id,
    )


SHEET = Kind(
    name="sheet",
    about="the sheet of each session, for its teachers",
    template="sheet",
    units=("day", "session", "week", "month"),
    roles=("teacher",),
    find=_find,
)
