"""``app.py set``, ``undo`` and ``all-present``: marks changed by a person."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from core.commands.choices import AsAdmin, By, ClassCode, Json, SessionNumber, headline, session_of
from core.commands.console import out, write_json
from core.commands.context import Context, of
from core.correcting import Corrected, mark_all_present, set_mark
from core.correcting import undo as take_back
from core.store.marks import MarkState
from core.store.statuses import Status

NO_MARK = "-"


def register(app: typer.Typer) -> None:
    """Add what this module offers to the command line."""
    app.command("set")(set_)
    app.command("undo")(undo)
    app.command("all-present")(all_present)


def set_(
    context: typer.Context,
    class_code: ClassCode,
    roll: Annotated[str, typer.Argument(help="Roll number.")],
    status: Annotated[str, typer.Argument(help="A letter or name of a status: P, L, E, A; - takes the mark away.")],
    reason: Annotated[str | None, typer.Option(help="Why; needed where a mark is changed.")] = None,
    minutes: Annotated[int | None, typer.Option(help="Minutes late.")] = None,
    session: SessionNumber = None,
    by: By = None,
    as_admin: AsAdmin = False,
    json: Json = None,
) -> None:
    """Set a student's mark; what it was, who changed it and why are kept."""
    here = of(context)
    with here.changing() as store:
        row = session_of(store, here.settings, class_code, session, to_mark=True)[1]
        actor, asked = here.actor(by, admin=as_admin), None if status.strip() == NO_MARK else status
        done = set_mark(store, here.settings, actor, row.id, roll, asked, minutes=minutes, reason=reason)
    _tell(here, done, json)


def undo(
    context: typer.Context,
    class_code: ClassCode,
    session: SessionNumber = None,
    by: By = None,
    as_admin: AsAdmin = False,
    json: Json = None,
) -> None:
    """Take back the last change that a person made in a lesson; again takes back the one before."""
    here = of(context)
    with here.changing() as store:
        row = session_of(store, here.settings, class_code, session)[1]
        done = take_back(store, here.settings, here.actor(by, admin=as_admin), row.id)
    _tell(here, done, json)


def all_present(
    context: typer.Context,
    class_code: ClassCode,
    session: SessionNumber = None,
    by: By = None,
    as_admin: AsAdmin = False,
    json: Json = None,
) -> None:
    """Mark everybody present who has no mark yet; marks that exist stay."""
    here = of(context)
    with here.changing() as store:
        row = session_of(store, here.settings, class_code, session, to_mark=True)[1]
        done = mark_all_present(store, here.settings, here.actor(by, admin=as_admin), row.id)
    _tell(here, done, json)


def _tell(here: Context, done: Corrected, json: Path | None) -> None:
    write_json(json, as_json(done))
    who, known = done.about.students, done.about.statuses
    told = None
    for one in done.changes:
        if one.session_id != told:
            session = done.about.sessions[one.session_id]
            out.print(headline(here, done.about.classes[session.class_id], session), markup=False)
            told = one.session_id
        student = who[one.student_id]
        was, now = _letter(one.before, known), _letter(one.after, known)
        out.print(f"{student.roll} {student.name}: {was} → {now}", markup=False)
    if not done.changes:
        out.print("Nothing changed.")
    for note in done.notes:
        out.print(note, markup=False)


def _letter(state: MarkState | None, known: Mapping[str, Status]) -> str:
    if state is None:
        return "no mark"
    late = "" if state.minutes_late is None else f" {state.minutes_late} min"
    return f"{known[state.status].letter}{late}"


def as_json(done: Corrected) -> dict[str, Any]:
    """The contract of ``set --json``."""
    who = done.about.students
    return {
        "act": done.act,
        "changes": [
            {
                "session": one.session_id,
                "roll": who[one.student_id].roll,
                "name": who[one.student_id].name,
                "before": None if one.before is None else one.before.as_json(),
                "after": None if one.after is None else one.after.as_json(),
                "by": one.by,
                "why": one.why,
            }
            for one in done.changes
        ],
        "notes": list(done.notes),
    }
