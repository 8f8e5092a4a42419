"""Students' phones: paired once with a code from the teacher or their card, shown, taken away."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core import audit, clock
from core.access import guarded
from core.accounts import passwords
from core.actor import MACHINE, Actor
from core.errors import LoginError, NotFoundError
from core.records import Student
from core.store import devices, people
from core.store.database import Store
from core.store.devices import Device, Pairing

PAIRING_LASTS = timedelta(days=7)
WRONG = "This code is wrong, was used already or is too old. Ask your teacher for a new one."
USED = "This code was used already, and works once. Ask your teacher for a new one if no phone of yours is paired."
REPLACED = "This code is an old one, for a newer one was made for you since. Use that, or ask your teacher."
TOO_OLD = "This code is too old. Ask your teacher for a new one."
OF_ANOTHER = "This phone is another student’s already. Ask your teacher to remove it there, then try again."


@dataclass(frozen=True, slots=True)
class PairingCode:
    """A code to hand over; it is shown once and stored nowhere.  until: aware UTC."""

    code: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """What a code would do for the browser that has it.

    name: whose phone it makes it; is_theirs: it is that already; ends_another: one that they have now.
    """

    name: str
    is_theirs: bool
    ends_another: bool


@dataclass(frozen=True, slots=True)
class Paired:
    """Whose phone it is now, and what its cookie has to hold."""

    student_id: int
    device: str


@dataclass(frozen=True, slots=True)
class ClassPhone:
    """A student of a class, and whether a phone is paired for them."""

    student: Student
    has_phone: bool


@guarded
def new_pairing(store: Store, actor: Actor, roll: str) -> PairingCode:
    """A code with which a student's phone becomes theirs; an older code of theirs ends.  Raises NotFoundError."""
    made = PairingCode(passwords.new_code(), clock.now() + PAIRING_LASTS)
    with store.transaction() as db:
        student = people.get_student(db, roll)
        devices.set_pairing(db, student.id, passwords.read_code(made.code), made.until, actor.name)
        audit.record(db, actor, "phones.code", student_id=student.id)
    return made


@guarded
def look_at_code(store: Store, token: str | None, code: str) -> Offer:
    """What a code would do for the browser with this cookie; it is not used up.  Raises LoginError saying why nothing.

    Whoever has a code is told whose it is, for cards get mixed up.
    """
    with store.read() as db:
        found = _usable(db, token, code)
        owned = devices.devices_of(db, found.student_id)
        here = None if token is None else devices.find_device(db, token)
        is_theirs = here is not None and here.id in {one.id for one in owned}
        name = people.get_student_by_id(db, found.student_id).name
    return Offer(name, is_theirs, ends_another=bool(owned) and not is_theirs)


@guarded
def pair(store: Store, token: str | None, code: str, kind: str) -> Paired:
    """Make the browser with this cookie the phone of the student whose code it is.

    A student has one phone: an older one confirms nothing any more.  Raises LoginError.
    """
    with store.transaction() as db:
        found = _usable(db, token, code)
        devices.use_pairing(db, found.id)
        device, secret = devices.known_or_new(db, token, kind)
        devices.set_owner(db, device.id, found.student_id)
        audit.record(db, MACHINE, "phones.paired", student_id=found.student_id, subject=f"device:{device.id}")
    return Paired(found.student_id, secret)


def _usable(db: Session, token: str | None, code: str) -> Pairing:
    """Raises LoginError for a code that does nothing, and for a phone that another student confirms with."""
    found = devices.find_pairing(db, passwords.read_code(code))
    if found is None:
        raise LoginError(WRONG)
    if found.ended is not None:
        raise LoginError(USED if found.ended == "used" else REPLACED)
    if clock.now() >= found.until:
        raise LoginError(TOO_OLD)
    here = None if token is None else devices.find_device(db, token)
    if here is not None and here.active and here.student_id not in (None, found.student_id):
        raise LoginError(OF_ANOTHER)
    return found


@guarded
def is_known(store: Store, token: str) -> bool:
    """Whether this computer knows the browser with this cookie."""
    with store.read() as db:
        return devices.find_device(db, token) is not None


@guarded
def phones_of(store: Store, roll: str) -> tuple[Device, ...]:
    """A student's paired phones that still count.  Raises NotFoundError."""
    with store.read() as db:
        return tuple(devices.devices_of(db, people.get_student(db, roll).id))


@guarded
def phones_of_class(store: Store, class_code: str) -> tuple[ClassPhone, ...]:
    """Who of a class has a phone, by roll number; without who left.  Raises NotFoundError."""
    with store.read() as db:
        students = [one for one in people.roster(db, people.get_class(db, class_code).id) if one.active]
        having = devices.with_phones(db, [one.id for one in students])
    return tuple(ClassPhone(one, one.id in having) for one in students)


@guarded
def unpair(store: Store, actor: Actor, roll: str, device_id: int) -> None:
    """Take a student's phone away: it confirms nothing any more.  Raises NotFoundError."""
    with store.transaction() as db:
        student = people.get_student(db, roll)
        if device_id not in {one.id for one in devices.devices_of(db, student.id)}:
            raise NotFoundError("This phone is not paired any more. Look at the list again.")
        devices.take_away(db, device_id)
        audit.record(db, actor, "phones.removed", student_id=student.id, subject=f"device:{device_id}")
