"""``app.py set``, ``undo`` and ``all-present``: marks changed by a person."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from core.commands.choices import AsAdmin, By, ClassCode, Json, SessionNumber, headline, session_of
from core.commands.console import out, write_json
from core.commands.context import Context, of
from core.correcting import Corrected, mark_all_present, set_marks
from core.correcting import undo as take_back
from core.records import Student
from core.store import people, sessions, statuses
from core.store.database import Store
from core.store.marks import MarkState, Wish
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
        with store.read() as db:
            student = people.get_student(db, roll)
            wanted = None if status.strip() == NO_MARK else statuses.read_status(db, status)
        # Why somebody is absent belongs to the mark; why a mark was corrected to present, to the history only.
        stays = None if wanted is None or wanted.counts_as == "present" else reason
        state = None if wanted is None else MarkState(wanted.code, minutes, stays)
        wish = Wish(row.id, student.id, state)
        done = set_marks(store, here.settings, here.actor(by, admin=as_admin), [wish], why=reason)
        _tell(here, store, done, json)


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
        _tell(here, store, take_back(store, here.settings, here.actor(by, admin=as_admin), row.id), json)


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
        _tell(here, store, mark_all_present(store, here.settings, here.actor(by, admin=as_admin), row.id), json)


def _tell(here: Context, store: Store, done: Corrected, json: Path | None) -> None:
    with store.read() as db:
        known = statuses.status_set(db)
        rows = [sessions.get_session(db, one) for one in dict.fromkeys(change.session_id for change in done.changes)]
        heads = {row.id: headline(here, people.get_class_by_id(db, row.class_id), row) for row in rows}
        who = {one: people.get_student_by_id(db, one) for one in {change.student_id for change in done.changes}}
    write_json(json, as_json(done, who, known))
    told = None
    for one in done.changes:
        if one.session_id != told:
            out.print(heads[one.session_id], markup=False)
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


def as_json(done: Corrected, who: Mapping[int, Student], known: Mapping[str, Status]) -> dict[str, Any]:
    """The contract of ``set --json``."""
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
