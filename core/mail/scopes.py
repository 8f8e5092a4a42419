"""From what a person asks for to the days, the class and the people that are meant."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from core import clock
from core.errors import InputError
from core.mail.letters import Kind, Role, Scope, Unit, period_label, whole_period
from core.settings import Settings
from core.store import people, sessions
from core.store.tallies import Scope as Lessons

To = Literal["parents", "student", "both", "teacher"]


@dataclass(frozen=True, slots=True)
class MailRequest:
    """What is to be mailed.

    kind: a name of :data:`core.mail.kinds.KINDS`.  day: a day of the week or month that is meant; None: today, but the
    last whole week or month.  since: for warnings, the first day that counts.  to: None as the kind does by itself.
    roll: only what is about this student.
    """

    kind: str
    class_code: str | None = None
    session_id: int | None = None
    day: date | None = None
    unit: Unit | None = None
    since: date | None = None
    to: To | None = None
    roll: str | None = None


def scope_of(db: Session, settings: Settings, kind: Kind, request: MailRequest) -> Scope:
    """What ``request`` means.  Raises InputError for what does not fit the kind, NotFoundError."""
    unit = _unit(kind, request)
    roles = _roles(kind, request.to)
    class_id = None if request.class_code is None else people.get_class(db, request.class_code).id
    if unit == "session":
        return _of_session(db, roles, class_id, request)
    if request.since is not None and unit != "always":
        raise InputError("--from is for warnings. Give --day, --week or --month instead.")
    class_ids = None if class_id is None else [class_id]
    student_ids = None if request.roll is None else [people.get_student(db, request.roll).id]
    now = clock.today(clock.school_zone(settings))
    if unit == "always":
        return Scope(Lessons(request.since, now, class_ids, student_ids), unit, "so far", roles)
    day = request.day or (now if unit == "day" else whole_period(unit, now)[0] - timedelta(days=1))
    first, last = whole_period(unit, day)
    if first > now:
        raise InputError(f"{period_label(unit, day)} lies in the future, so there is nothing to tell yet.")
    over = last < now or unit == "day"
    note = f"The {unit} {period_label(unit, day)} is not over; what comes until {last} will not be mailed again."
    return Scope(
        Lessons(first, last, class_ids, student_ids), unit, period_label(unit, day), roles, () if over else (note,)
    )


def _of_session(db: Session, roles: tuple[Role, ...], class_id: int | None, request: MailRequest) -> Scope:
    row = sessions.get_session(db, request.session_id or 0)
    if class_id not in (None, row.class_id):
        raise InputError(f"Session {row.id} is not of {request.class_code}. Leave the class out, or correct it.")
    return Scope(Lessons(session_id=row.id), "session", f"session {row.id}", roles)


def _unit(kind: Kind, request: MailRequest) -> Unit:
    unit: Unit = request.unit or kind.units[0]
    if request.session_id is not None:
        if request.day is not None or request.unit not in (None, "session"):
            raise InputError("Give either a session or days, not both.")
        unit = "session"
    elif unit == "always" and request.day is not None:
        raise InputError("A warning is about all lessons so far. Leave the day out; --from DAY sets the first.")
    if unit not in kind.units:
        ways = {"session": "--session N", "day": "--day D", "week": "--week", "month": "--month", "always": "no day"}
        raise InputError(f"“{kind.name}” is mailed by {' or '.join(ways[one] for one in kind.units)}. Choose one.")
    return unit


def _roles(kind: Kind, to: To | None) -> tuple[Role, ...]:
    if to is None:
        return kind.roles[:1]
    if to == "both" and len(kind.roles) > 1:
        return kind.roles
    if to not in kind.roles:
        raise InputError(f"“{kind.name}” is mailed to {' or '.join(kind.roles)}, not to {to}.")
    return tuple(one for one in kind.roles if one == to)
