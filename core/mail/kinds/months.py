"""A class's month as a workbook, for the teachers of the class."""

from collections import Counter

from sqlalchemy.orm import Session

from core.mail.letters import Found, Kind, Letter, MonthOf, School, Scope, class_words, period_words
from core.records import SchoolClass
from core.settings import Settings
from core.store import mail_facts
from core.store.teachers import Teacher


def _find(db: Session, settings: Settings, scope: Scope) -> Found:
    school = School.read(db)
    held = Counter(one.class_id for one in mail_facts.taken_sessions(db, scope.lessons))
    told = mail_facts.teachers_to_tell(db, held)
    letters = [
        _letter(settings, scope, one, teacher, held[one.id])
        for one in school.classes.values()
        if one.id in held
        for teacher in told.get(one.id, ())
    ]
    alone = sorted(school.classes[one].code for one in held if not told.get(one))
    notes = (f"No teacher is named for {', '.join(alone)}.",) if alone else ()
    return Found(tuple(letters), 0, scope.notes + notes)


def _letter(settings: Settings, scope: Scope, school_class: SchoolClass, teacher: Teacher, held: int) -> Letter:
    first, last = scope.lessons.first, scope.lessons.last
    if first is None or last is None:
        raise ValueError("a month has a first and a last day")
    return Letter(
        event=f"month:{scope.label}:class:{school_class.id}:teacher:{teacher.id}",
        role="teacher",
        who=teacher.name,
        addresses=teacher.email,
        words={
            "teacher": teacher.name,
            **class_words(school_class),
            **period_words(settings, scope),
            "held": held,
        },
        month_of=MonthOf(school_class.code, first.year, first.month),
    )


MONTH = Kind(
    name="month",
    about="each class's month as a workbook, for its teachers",
    template="month",
    units=("month",),
    roles=("teacher",),
    find=_find,
)
