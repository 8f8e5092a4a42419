"""Cards that pair phones: one for each student of a class, printed, cut apart and handed out."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from core import addresses, audit, clock
from core.access import guarded
from core.accounts import passwords
from core.actor import Actor
from core.errors import BusyError, InputError
from core.files import Written, write_private
from core.languages.language import Language
from core.languages.language import language as language_of
from core.records import SchoolClass, Student
from core.settings import Settings
from core.store import devices, people
from core.store.database import Store
from core.surfaces import PORT

T = TypeVar("T")

ENGLISH = language_of("en")
LONGEST_ADDRESS = 80
"""Letters; a longer one makes a QR code that is too fine for a card."""
_ADDRESS = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?", re.IGNORECASE)
ABOUT = "Class {code}, roll {roll}"
LASTS = "Works once, until {day}"
SCAN = "Scan the square in the school’s network and press “Pair”."
TYPE = "Or type the code at {address}"
KEEP = "Keep it to yourself: with it any phone becomes yours."
MARGIN = "Phone cards of {code}, {moment}. Earlier cards of these students do nothing any more."


@dataclass(frozen=True, slots=True)
class Printed(Generic[T]):
    """students: so many cards; last_day: on which they work; kept: what became of the document."""

    students: int
    last_day: date
    kept: T


def usual_address() -> str:
    """Where the portal is reached unless it was told otherwise.  Raises InputError where this is in no network."""
    found = addresses.lan_addresses()
    if not found:
        raise InputError("This computer is in no network, so no phone could open what the cards say. Connect it first.")
    return f"https://{found[0]}:{PORT}"


def saved_as(path: Path) -> Callable[[bytes], Written]:
    """What keeps the document in a file that only its owner can read.  Raises InputError unless it is called .pdf."""
    if path.suffix.lower() != ".pdf":
        raise InputError(f"The cards are a PDF. End the name “{path.name[:60]}” with .pdf")
    return lambda document: write_private(path, document, beside=True)


@guarded
def print_cards(
    store: Store,
    settings: Settings,
    actor: Actor,
    class_code: str,
    address: str,
    keep: Callable[[bytes], T],
    *,
    only_without: bool = False,
    language: Language = ENGLISH,
) -> Printed[T]:
    """Make a card with a new code for each student of a class; their earlier codes and cards end with that.

    address: of the portal, as phones open it.  keep: gets the document (PDF) and saves it; when that fails, nothing has
    changed.  only_without: for students who have no phone yet.  language: of the cards.

    Raises NotFoundError, InputError for an address that is none and where there is nobody, BusyError.
    """
    address = _checked(address)
    with store.read() as db:
        school_class, students = _wanted(db, class_code, only_without=only_without)
    zone = clock.school_zone(settings)
    last_day = clock.today(zone) + timedelta(days=settings.card_days)
    until = clock.parse_local(f"{last_day + timedelta(days=1)}T00:00", zone)
    codes = [passwords.new_code() for _ in students]
    # Drawn before the database is asked to wait.
    document = _drawn(settings.school, school_class, list(zip(students, codes, strict=True)), address, last_day,
                      clock.local(clock.now(), zone), language)  # fmt: skip
    with store.transaction() as db:
        if _wanted(db, class_code, only_without=only_without) != (school_class, students):
            raise BusyError("Somebody changed this class or its phones meanwhile. Print the cards again.")
        for student, code in zip(students, codes, strict=True):
            devices.set_pairing(db, student.id, passwords.read_code(code), until, actor.name)
        numbers = [one.id for one in students]
        audit.record(db, actor, "phones.cards", class_id=school_class.id, after={"students": numbers})
        kept = keep(document)
    return Printed(len(students), last_day, kept)


def _wanted(db: Session, class_code: str, *, only_without: bool) -> tuple[SchoolClass, list[Student]]:
    """Raises NotFoundError, InputError for nobody."""
    school_class = people.get_class(db, class_code)
    students = [one for one in people.roster(db, school_class.id) if one.active]
    if not students:
        raise InputError(f"Nobody is in {school_class.code}, so there is no card to print. Put students in first.")
    if only_without:
        having = devices.with_phones(db, [one.id for one in students])
        students = [one for one in students if one.id not in having]
        if not students:
            raise InputError(f"Every student of {school_class.code} has a phone already. Print cards for all of them.")
    return school_class, students


def _checked(address: str) -> str:
    """Raises InputError."""
    text = address.strip().rstrip("/")
    if not _ADDRESS.fullmatch(text) or len(text) > LONGEST_ADDRESS:
        raise InputError(f"“{address[:80]}” is no address of a portal. Write it like https://192.168.1.20:{PORT}")
    return text


def _drawn(
    school: str,
    school_class: SchoolClass,
    given: list[tuple[Student, str]],
    address: str,
    last_day: date,
    now: datetime,
    language: Language,
) -> bytes:
    """now: on the school's clock."""
    from core.reports.pairing_cards import Card, Cards, as_pdf  # Loads Matplotlib.

    code, say = school_class.code, language.one
    cards = [
        Card(
            one.name,
            say(ABOUT).format(code=code, roll=one.roll),
            secret,
            # Capitals take less room in a QR code.
            f"{address}/p/{passwords.read_code(secret)}".upper(),
        )
        for one, secret in given
    ]
    told = [say(SCAN), say(TYPE).format(address=f"{address}/pair"), say(KEEP)]
    lasts = say(LASTS).format(day=language.day_text(last_day, "long"))
    margin = say(MARGIN).format(code=code, moment=language.moment_text(now, now.tzinfo))
    return as_pdf(
        Cards(school, f"{code} {school_class.name}", cards, lasts, told, margin, now.replace(tzinfo=None),
              language.is_right_to_left)
    )  # fmt: skip
