"""A student's own figures of a week or month, over all classes, from reviewed sessions."""

from dataclasses import replace
from functools import reduce
from operator import add
from typing import Any

from sqlalchemy.orm import Session

from core.mail.letters import Found, Kind, Letter, School, Scope, in_words, percent_text
from core.settings import Settings
from core.store import mail_facts
from core.store.mail_facts import Figures
from core.store.text import natural_order


def figure_words(figures: Figures) -> dict[str, Any]:
    """A student's figures as words for a template."""
    return {
        "sessions": figures.marks,
        "present": figures.present,
        "late": figures.late,
        "excused": figures.excused,
        "absent": figures.absent,
        "percent": percent_text(figures.percent),
    }


def _find(db: Session, settings: Settings, scope: Scope) -> Found:
    school = School.read(db)
    # A class only picks its students: their mail tells of all their classes, so that there is one a week.
    found = mail_facts.figures(db, replace(scope.span, class_id=None), reviewed=True)
    of_student: dict[int, dict[int, Figures]] = {}
    for (student_id, class_id), one in found.items():
        of_student.setdefault(student_id, {})[class_id] = one
    if scope.span.class_id is not None:
        of_student = {one: by_class for one, by_class in of_student.items() if scope.span.class_id in by_class}
    active = {one: by_class for one, by_class in of_student.items() if school.students[one].active}
    letters = [
        letter
        for student_id in sorted(active, key=lambda one: natural_order(school.students[one].roll))
        for letter in _letters(settings, scope, school, student_id, active[student_id])
    ]
    return Found(tuple(letters), len(of_student) - len(active), scope.notes)


def _letters(
    settings: Settings, scope: Scope, school: School, student_id: int, by_class: dict[int, Figures]
) -> list[Letter]:
    student = school.students[student_id]
    classes = sorted((school.classes[one] for one in by_class), key=lambda one: natural_order(one.code))
    rows = [{"class_code": one.code, "class_name": one.name, **figure_words(by_class[one.id])} for one in classes]
    words = {
        "name": student.name,
        "roll": student.roll,
        "period": scope.label,
        "first_day": in_words(scope.span.first) if scope.span.first else "",
        "last_day": in_words(scope.span.last) if scope.span.last else "",
        "minimum": f"{settings.minimum_percent:g} %",
        "rows": rows,
        **figure_words(reduce(add, by_class.values())),
    }
    return [
        Letter(
            event=f"summary:{scope.label}:student:{student_id}",
            role=role,
            who=f"{student.roll} {student.name}",
            addresses=student.email if role == "student" else student.parents_email,
            words=words,
            student_id=student_id,
        )
        for role in scope.roles
    ]


SUMMARY = Kind(
    name="summary",
    about="each student's week or month",
    template="summary",
    units=("week", "month"),
    roles=("parents", "student"),
    find=_find,
)
