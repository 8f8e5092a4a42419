"""What other programs write: rosters and corrections."""

from collections.abc import Sequence
from http import HTTPStatus

from core.correcting import set_mark
from core.errors import ConflictError, NotFoundError
from core.registers import register_of
from core.rosters.plan import PersonPlan
from core.rosters.pushing import Pushed, PushOutcome, PushWishes, push_roster
from web.api import shapes
from web.api.door import class_of, describe, gives, pages, program
from web.api.reading import session_now, states_of, version_of
from web.problems import InvalidError
from web.site import site
from web.wording import reader_language

BAD_ROWS = "Nothing was changed, because some people cannot be taken in. Look at “errors”."
CHANGED = "The mark was changed since you read it, so nothing was done. Read it again."


@pages.put("/classes/<int(max=2147483647):class_id>/roster")
@describe.validate(resp=gives(shapes.Pushed), tags=["Rosters"], operation_id="push_class")
def push_class(class_id: int, json: shapes.ClassPush) -> shapes.Pushed:
    """Push the roster of a class: everybody or, with one who cannot be taken in, nobody.  The same twice is one."""
    wishes = PushWishes(json.rename, json.create, json.remove_missing, json.dry_run)
    people = [_person(one, ()) for one in json.people]
    return _pushed(people, wishes, class_of(class_id).school_class.code)


@pages.put("/roster")
@describe.validate(resp=gives(shapes.Pushed), tags=["Rosters"], operation_id="push_school")
def push_school(json: shapes.SchoolPush) -> shapes.Pushed:
    """Push people of the whole school with their classes; as for one class, but nobody is taken off."""
    wishes = PushWishes(json.rename, json.create, remove=False, dry_run=json.dry_run)
    return _pushed([_person(one, one.classes) for one in json.people], wishes, None)


def _person(one: shapes.PushedStudent, classes: Sequence[str]) -> Pushed:
    return Pushed(
        one.roll, one.name, one.email, tuple(one.parents_email), tuple(classes), tuple(one.groups), one.active
    )


def _pushed(people: Sequence[Pushed], wishes: PushWishes, class_code: str | None) -> shapes.Pushed:
    made = push_roster(site().store, site().settings, people, wishes, class_code)
    bad = made.people.of("bad")
    if bad and not wishes.dry_run:
        errors = [
            {"rows": list(one.rows), "roll": one.roll, "problem": problem} for one in bad for problem in _problems(one)
        ]
        raise InvalidError(BAD_ROWS, errors, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _outcome(made)


def _outcome(made: PushOutcome) -> shapes.Pushed:
    found = made.people
    return shapes.Pushed(
        applied=found.applied,
        counts={action: len(found.of(action)) for action in ("new", "changed", "same", "bad")},
        new_classes=list(found.new_classes),
        new_groups=[f"{code}: {name}" for code, name in found.new_groups],
        left=list(made.left),
        people=[
            shapes.PushedResult(
                rows=list(one.rows),
                roll=one.roll,
                name=one.name,
                action=one.action,
                changes=[shapes.PushedChange(field=each.field, old=each.old, new=each.new) for each in one.changes],
                problems=_problems(one),
                warnings=list(one.warnings),
            )
            for one in found.people
            if one.action != "same"
        ],
    )


def _problems(one: PersonPlan) -> list[str]:
    return [reader_language().told(problem) for problem in one.problems]


@pages.put("/sessions/<int(max=2147483647):session_id>/marks/<int(max=2147483647):student_id>")
@describe.validate(resp=gives(shapes.Mark), tags=["Register"], operation_id="set_mark")
def put_mark(session_id: int, student_id: int, json: shapes.MarkWish) -> shapes.Mark:
    """Correct a mark; only as long as it still is what was read (409 else)."""
    here = site()
    found = register_of(here.store, session_id)
    states = states_of(found)
    if student_id not in states:
        raise NotFoundError(f"There is no student {student_id} in the register of this lesson. Read it again.")
    before = states[student_id]
    if version_of(before) != json.version:
        raise ConflictError(CHANGED)
    set_mark(
        here.store,
        here.settings,
        program(),
        session_id,
        next(one.roll for one in found.rows if one.student_id == student_id),
        json.status,
        minutes=json.minutes_late,
        reason=json.reason or None,
        before={(session_id, student_id): before},
    )
    return next(one for one in session_now(session_id).marks if one.student_id == student_id)
