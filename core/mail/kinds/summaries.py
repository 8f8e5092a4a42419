"""A student's own figures of a week or month, over all classes, from reviewed sessions."""

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from core.mail.letters import Found, Kind, Letter, School, Scope, class_words, period_words, student_letter
from core.settings import Settings
from core.store.tallies import Tally, by_class, total
from core.store.text import natural_order
from core.words import per_cent


def figure_words(figures: Tally) -> dict[str, Any]:
    """A student's figures as words for a template."""
    return {
        "sessions": figures.marks,
        "present": figures.present,
        "late": figures.late,
        "excused": figures.excused,
        "absent": figures.absent,
        "percent": per_cent(figures.percent, "–"),
    }


def _find(db: Session, settings: Settings, scope: Scope) -> Found:
    school = School.read(db)
    # A class only picks its students: their mail tells of all their classes, so that there is one a week.
    found = by_class(db, replace(scope.lessons, class_ids=None, reviewed=True))
    of_student: dict[int, dict[int, Tally]] = {}
    for (student_id, class_id), one in found.items():
        of_student.setdefault(student_id, {})[class_id] = one
    if scope.lessons.class_ids is not None:
        chosen = set(scope.lessons.class_ids)
        of_student = {one: tallies for one, tallies in of_student.items() if chosen & tallies.keys()}
    active = {one: tallies for one, tallies in of_student.items() if school.students[one].active}
    letters = [
        letter
        for student_id in sorted(active, key=lambda one: natural_order(school.students[one].roll))
        for letter in _letters(settings, scope, school, student_id, active[student_id])
    ]
    return Found(tuple(letters), len(of_student) - len(active), scope.notes)


def _letters(
    settings: Settings, scope: Scope, school: School, student_id: int, tallies: dict[int, Tally]
) -> list[Letter]:
    classes = sorted((school.classes[one] for one in tallies), key=lambda one: natural_order(one.code))
    words = {
        **period_words(settings, scope),
        "rows": [{**class_words(one), **figure_words(tallies[one.id])} for one in classes],
        **figure_words(total(tallies.values())),
    }
    event = f"summary:{scope.label}:student:{student_id}"
    return [student_letter(event, role, school.students[student_id], words) for role in scope.roles]


SUMMARY = Kind(
    name="summary",
    about="each student's week or month",
    template="summary",
    units=("week", "month"),
    roles=("parents", "student"),
    find=_find,
)
