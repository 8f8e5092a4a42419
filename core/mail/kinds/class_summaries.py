"""A class's week or month for its teachers, from every register that was taken."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from core.mail.kinds.summaries import figure_words
from core.mail.letters import Found, Kind, Letter, School, Scope, class_words, period_words
from core.records import SchoolClass
from core.settings import Settings
from core.store import mail_facts
from core.store.tallies import Tally, by_class
from core.store.text import natural_order


def _find(db: Session, settings: Settings, scope: Scope) -> Found:
    school = School.read(db)
    of_class: dict[int, dict[int, Tally]] = {}
    for (student_id, class_id), one in by_class(db, scope.lessons).items():
        of_class.setdefault(class_id, {})[student_id] = one
    held: dict[int, int] = {}
    for session in mail_facts.taken_sessions(db, scope.lessons):
        held[session.class_id] = held.get(session.class_id, 0) + 1
    told = mail_facts.teachers_to_tell(db, held)
    letters = [
        Letter(
            event=f"class-summary:{scope.label}:class:{one.id}:teacher:{teacher.id}",
            role="teacher",
            who=teacher.name,
            addresses=teacher.email,
            words={
                "teacher": teacher.name,
                "held": held[one.id],
                **_words(settings, scope, school, one, of_class.get(one.id, {})),
            },
        )
        for one in school.classes.values()
        if one.id in held
        for teacher in told.get(one.id, ())
    ]
    alone = [school.classes[one].code for one in held if not told.get(one)]
    notes = (f"No teacher is named for {', '.join(alone)}.",) if alone else ()
    return Found(tuple(letters), 0, scope.notes + notes)


def _words(
    settings: Settings, scope: Scope, school: School, school_class: SchoolClass, by_student: Mapping[int, Tally]
) -> dict[str, object]:
    students = sorted((school.students[one] for one in by_student), key=lambda one: natural_order(one.roll))
    return {
        **class_words(school_class),
        **period_words(settings, scope),
        "rows": [
            {
                "name": one.name,
                "roll": one.roll,
                "below": _is_below(settings, by_student[one.id]),
                **figure_words(by_student[one.id]),
            }
            for one in students
        ],
    }


def _is_below(settings: Settings, figures: Tally) -> bool:
    return figures.percent is not None and figures.percent < settings.minimum_percent


CLASS_SUMMARY = Kind(
    name="class-summary",
    about="each class's week or month, for its teachers",
    template="class-summary",
    units=("week", "month", "day"),
    roles=("teacher",),
    find=_find,
)
