"""The students of a register as a board shows them, and the rules of the keys; nothing here knows Tk."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeVar

from core.store.text import natural_order
from gui.texts import _, ngettext

if TYPE_CHECKING:
    from core.confirming.lessons import Board
    from core.registers import Register
    from core.store.statuses import Status

T = TypeVar("T")
Direction = Literal["left", "right", "up", "down", "first", "last"]
UNKNOWN = "?"
"""The letter of who has no mark yet."""
PHONE = {"accepted": "✓", "waiting": "…", "review": "?", "refused": "✗"}
"""What stands behind “QR” for who has confirmed by phone: counted, not looked at yet, doubtful, not counted."""
BLANK = ("#E3E6EA", "#4A5460")
"""Colours of field and letter of who has no mark yet."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One student.  status: a code, "" while there is no mark; by_machine: recognition or the clock set it.

    phone: what became of their confirmation, see :data:`PHONE`; "" for none.
    """

    student_id: int
    roll: str
    name: str
    status: str = ""
    by_machine: bool = False
    minutes_late: int | None = None
    reason: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """How many students have a status: its letter, name and colours."""

    code: str
    letter: str
    name: str
    number: int
    colour: str
    ink: str


def seats_of(register: Register, board: Board | None = None) -> tuple[Seat, ...]:
    """The rows of a register by roll number, so that nobody moves when they are marked.

    board: of the phones, None where they do not matter.
    """
    from core.store.marks import BY_MACHINE

    rows = () if board is None else board.rows
    phones = {one.student.id: one.phone.state for one in rows if one.phone is not None}
    seats = (
        Seat(
            one.student_id,
            one.roll,
            one.name,
            one.status,
            bool(one.status) and one.source in BY_MACHINE,
            one.minutes_late,
            one.reason or "",
            phones.get(one.student_id, ""),
        )
        for one in register.rows
    )
    return tuple(sorted(seats, key=lambda one: natural_order(one.roll)))


def two_lines(name: str) -> tuple[str, str]:
    """The first name, and the rest of the name."""
    first, _blank, rest = name.strip().partition(" ")
    return first, rest.strip()


def initials(name: str) -> str:
    """At most two letters that stand for a name without a photo."""
    words = [word for word in name.split() if unicodedata.category(word[0])[0] in "LN"]
    ends = words[:1] + (words[-1:] if len(words) > 1 else [])
    return "".join(word[0].upper() for word in ends) or "·"


class BoardModel:
    """Who is on the board, who is selected, and what a key means."""

    def __init__(self) -> None:
        self.seats: dict[int, Seat] = {}
        self.statuses: Mapping[str, Status] = {}
        self.selected: int | None = None

    def take(self, seats: Sequence[Seat], statuses: Mapping[str, Status]) -> set[int] | None:
        """Show these; ids of the students who changed, None when all is to be drawn anew."""
        same = [one.student_id for one in seats] == list(self.seats) and statuses == self.statuses
        changed = {one.student_id for one in seats if self.seats.get(one.student_id) != one} if same else None
        self.seats, self.statuses = {one.student_id: one for one in seats}, statuses
        if self.selected not in self.seats:
            self.selected = next(iter(self.seats), None)
        return changed

    @property
    def active(self) -> list[Status]:
        """The statuses that a new mark can have, in the school's order."""
        return [one for one in self.statuses.values() if one.active]

    def at(self, student_id: int | None) -> Seat | None:
        """The student with this id."""
        return None if student_id is None else self.seats.get(student_id)

    def of_roll(self, roll: str) -> Seat | None:
        """The student with this roll number."""
        return next((one for one in self.seats.values() if one.roll == roll), None)

    def counts(self) -> list[Count]:
        """Of each status in use, and of who has no mark yet."""
        numbers: dict[str, int] = {}
        for one in self.seats.values():
            numbers[one.status] = numbers.get(one.status, 0) + 1
        shown = [one for one in self.statuses.values() if one.active or one.code in numbers]
        found = [
            Count(one.code, one.letter, _(one.name), numbers.get(one.code, 0), one.colour, one.ink) for one in shown
        ]
        return [*found, Count("", UNKNOWN, _("No mark yet"), numbers.get("", 0), *BLANK)]

    def badge(self, seat: Seat) -> tuple[str, str, str]:
        """Letter, colour and ink of a student's mark."""
        status = self.statuses.get(seat.status)
        return (UNKNOWN, *BLANK) if status is None else (status.letter, status.colour, status.ink)

    def details(self, seat: Seat) -> str:
        """What stands beside the mark: minutes late, or why."""
        late = seat.minutes_late
        minutes = "" if late is None else ngettext("{} min late", "{} min late", late).format(late)
        phone = f"QR {PHONE[seat.phone]}" if seat.phone in PHONE else ""
        return " · ".join(part for part in (phone, minutes, seat.reason) if part)

    def status_for_key(self, key: str) -> Status | None:
        """The status whose letter was typed; where a school has other letters, the usual P, A, L, E mean the same."""
        if not key or not key.isprintable():
            return None
        typed = key.casefold()
        for told in ("letter", "code"):
            for one in self.active:
                if getattr(one, told).casefold() == typed:
                    return one
        return None

    def next_status(self, seat: Seat) -> Status | None:
        """What Space makes of a mark: the status after it, around and around."""
        codes = [one.code for one in self.active]
        if not codes:
            return None
        place = codes.index(seat.status) + 1 if seat.status in codes else 0
        return self.active[place % len(codes)]


def marked(seat: Seat, status: str, minutes_late: int | None = None) -> Seat:
    """The student as they will be once the mark is saved; shown at once."""
    return replace(seat, status=status, by_machine=False, minutes_late=minutes_late, reason="")


def stepped(all_of_them: Sequence[T], here: T | None, direction: Direction, columns: int) -> T | None:
    """The neighbour among things in rows of so many columns; the same one at an edge, None where nothing is."""
    if not all_of_them:
        return None
    place = 0 if here is None or here not in all_of_them else all_of_them.index(here)
    steps = {"left": -1, "right": 1, "up": -columns, "down": columns}
    if direction in steps:
        there = place + steps[direction]
        return all_of_them[there if 0 <= there < len(all_of_them) else place]
    return all_of_them[0 if direction == "first" else -1]
