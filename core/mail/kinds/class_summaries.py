"""A class's week or month for its teachers, from every register that was taken."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from core.mail.kinds.summaries import figure_words
from core.mail.letters import Found, Kind, Letter, School, Scope, in_words
from core.records import SchoolClass
from core.settings import Settings
from core.store import mail_facts
from core.store.mail_facts import Figures
from core.store.text import natural_order


def _find(db: Session, settings: Settings, scope: Scope) -> Found:
    school = School.read(db)
    of_class: dict[int, dict[int, Figures]] = {}
    for (student_id, class_id), one in mail_facts.figures(db, scope.span, reviewed=False).items():
        of_class.setdefault(class_id, {})[student_id] = one
    held: dict[int, int] = {}
    for session in mail_facts.taken_sessions(db, scope.span):
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
    settings: Settings, scope: Scope, school: School, school_class: SchoolClass, by_student: Mapping[int, Figures]
) -> dict[str, object]:
    students = sorted((school.students[one] for one in by_student), key=lambda one: natural_order(one.roll))
    return {
        "class_code": school_class.code,
        "class_name": school_class.name,
        "period": scope.label,
        "first_day": in_words(scope.span.first) if scope.span.first else "",
        "last_day": in_words(scope.span.last) if scope.span.last else "",
        "minimum": f"{settings.minimum_percent:g} %",
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


def _is_below(settings: Settings, figures: Figures) -> bool:
    return figures.percent is not None and figures.percent < settings.minimum_percent


CLASS_SUMMARY = Kind(
    name="class-summary",
    about="each class's week or month, for its teachers",
    template="class-summary",
    units=("week", "month", "day"),
    roles=("teacher",),
    find=_find,
)
