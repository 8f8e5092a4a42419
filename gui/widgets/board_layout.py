"""Where each student stands on a board: as cards, as a list, or on the seats of the room; nothing here draws."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from core.seats import Place
from gui.preferences import View
from gui.texts import is_right_to_left
from gui.widgets.board_model import Direction, Seat, stepped, two_lines

if TYPE_CHECKING:
    from core.seats import Seats

Key = TypeVar("Key", bound=Hashable)
PHOTO_PX: Mapping[View, int] = {"grid": 68, "list": 38, "seats": 36}
LEAST_CARD, LIST_HEIGHT, GAP = 118, 52, 8
LEAST_SEAT, MOST_SEAT, SEAT_GAP, BADGE = 72, 150, 6, 28
"""Pixels at 100 %."""

MOVES: Mapping[str, Direction] = {
    "<Up>": "up", "<Down>": "down", "<Left>": "left", "<Right>": "right", "<Home>": "first", "<End>": "last"
}  # fmt: skip


class Area(NamedTuple):
    """A rectangle in pixels of the canvas."""

    left: int
    top: int
    width: int
    height: int

    @property
    def middle(self) -> tuple[int, int]:
        return self.left + self.width // 2, self.top + self.height // 2

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom, a pixel within."""
        return self.left + 1, self.top + 1, self.left + self.width - 1, self.top + self.height - 1

    def holds(self, x: int, y: int) -> bool:
        return 0 <= x - self.left < self.width and 0 <= y - self.top < self.height


@dataclass(frozen=True, slots=True)
class Spots:
    """Where the parts of a card are, in pixels of the canvas.  side: of the texts, as Tk's anchor."""

    photo: tuple[int, int]
    name: tuple[int, int]
    more: tuple[int, int]
    badge: tuple[int, int]
    side: Literal["n", "w", "e"]


@dataclass(frozen=True, slots=True)
class Measures:
    """What sizes follow from.  scaled: pixels for pixels at 100 %; body, small: heights of a line in pixels."""

    scaled: Callable[[int], int]
    body: int
    small: int


class Layout(ABC):
    """Areas by student, and how big the whole is."""

    view: View

    def __init__(self, measures: Measures) -> None:
        self.measures = measures
        self.areas: dict[int, Area] = {}
        self.whole = (1, 1)

    @abstractmethod
    def lay(self, students: Sequence[int], width: int) -> None:
        """Give each student an area on a canvas of ``width`` pixels."""

    @abstractmethod
    def spots(self, area: Area) -> Spots:
        """Where the parts of the card in this area are."""

    @abstractmethod
    def room(self, area: Area) -> int:
        """How wide texts may be, pixels."""

    @abstractmethod
    def texts(self, seat: Seat, details: str) -> tuple[str, str]:
        """The two lines of a card.  details: what stands beside the mark."""

    @abstractmethod
    def neighbour(self, student: int | None, direction: Direction) -> int | None:
        """Who comes next that way on the screen; the same one where nobody does, None for an empty board."""


class Cards(Layout):
    """Cards in as many columns as fit, by roll number."""

    view: View = "grid"
    columns = 1

    def lay(self, students: Sequence[int], width: int) -> None:
        px = self.measures.scaled
        gap = px(GAP)
        self.columns = self.fitting(width, gap)
        height, across = self.height(), (width - gap * (self.columns - 1) - 1) // self.columns
        self.areas = {}
        for number, one in enumerate(students):
            row, column = divmod(number, self.columns)
            column = self.columns - 1 - column if is_right_to_left() else column
            self.areas[one] = Area(column * (across + gap), row * (height + gap), across, height)
        self.whole = (width, max(1, -(-len(students) // self.columns) * (height + gap)))

    def fitting(self, width: int, gap: int) -> int:
        """How many columns."""
        return max(1, (width + gap) // (self.measures.scaled(LEAST_CARD) + gap))

    def height(self) -> int:
        """Of a card."""
        return self.measures.scaled(PHOTO_PX["grid"] + 22) + 2 * self.measures.small + self.measures.scaled(4)

    def spots(self, area: Area) -> Spots:
        px, size = self.measures.scaled, self.measures.scaled(PHOTO_PX["grid"])
        pad, centre = px(8), area.middle[0]
        top = area.top + pad + size + px(5)
        badge = _along(area, area.width - pad - px(10)), area.top + pad + px(10)
        return Spots(
            (centre, area.top + pad + size // 2), (centre, top), (centre, top + self.measures.small), badge, "n"
        )

    def room(self, area: Area) -> int:
        return area.width - self.measures.scaled(10)

    def texts(self, seat: Seat, details: str) -> tuple[str, str]:
        return seat.name, details or seat.roll

    def neighbour(self, student: int | None, direction: Direction) -> int | None:
        mirrored: Mapping[Direction, Direction] = {"left": "right", "right": "left"}
        asked = mirrored.get(direction, direction) if is_right_to_left() else direction
        return stepped(list(self.areas), student, asked, self.columns)


class Lines(Cards):
    """One below the other, by roll number."""

    view: View = "list"

    def fitting(self, width: int, gap: int) -> int:
        return 1

    def height(self) -> int:
        return max(self.measures.scaled(LIST_HEIGHT), 2 * self.measures.body)

    def spots(self, area: Area) -> Spots:
        px, size = self.measures.scaled, self.measures.scaled(PHOTO_PX["list"])
        pad, middle, line = px(8), area.middle[1], self.measures.small // 2
        beside, badge = _along(area, 2 * pad + size), (_along(area, area.width - pad - px(14)), middle)
        photo = _along(area, pad + size // 2), middle
        return Spots(photo, (beside, middle - line), (beside, middle + line), badge, "e" if is_right_to_left() else "w")

    def room(self, area: Area) -> int:
        return area.width - self.measures.scaled(112)

    def texts(self, seat: Seat, details: str) -> tuple[str, str]:
        return seat.name, "  ".join(filter(None, (seat.roll, details)))


class Room(Layout):
    """On the seats of the room, the front at the top; who has no seat stands in rows below.

    A room is the same in every language, so nothing is mirrored.  free: areas of empty seats by place; desk: the
    teacher's; line: where the words about those without a seat stand.
    """

    view: View = "seats"

    def __init__(
        self, measures: Measures, seats: Seats | None, *, turned: bool = False, has_badges: bool = True
    ) -> None:
        """seats: None where there is no plan; turned: as the teacher sees it, the front at the bottom."""
        super().__init__(measures)
        self.seats, self.turned, self._badge = seats, turned, 3 + BADGE if has_badges else 0
        self.free: dict[Place, Area] = {}
        self.desk: Area | None = None
        self.line: tuple[int, int] | None = None

    def lay(self, students: Sequence[int], width: int) -> None:
        seats, self.areas, self.free = self.seats, {}, {}
        self.desk = self.line = None
        across, gap = self._across(width), self.measures.scaled(SEAT_GAP)
        bottom = 0
        if seats is not None:
            wide = seats.columns * (across + gap) - gap
            left, bottom = max(0, (width - wide) // 2), self._lay_seats(seats, set(students), width, across)
            width = max(width, left + wide)
        standing = [one for one in students if one not in self.areas]
        if standing:
            self.line = 0, bottom
            bottom = self._lay_standing(standing, width, across, bottom + self.measures.small + gap)
        self.whole = width, max(1, bottom)

    def _across(self, width: int) -> int:
        """Width of a seat, pixels."""
        px, columns = self.measures.scaled, self.seats.columns if self.seats else MOST_SEAT
        fitting = (width - 1) // columns - px(SEAT_GAP)
        return max(px(LEAST_SEAT), min(px(MOST_SEAT), fitting))

    def height(self) -> int:
        """Of a seat, pixels."""
        return self.measures.scaled(PHOTO_PX["seats"] + 12) + 2 * self.measures.small

    def _lay_seats(self, seats: Seats, students: set[int], width: int, across: int) -> int:
        """Where what is below begins."""
        px, high = self.measures.scaled, self.height()
        gap, desk_high = px(SEAT_GAP), self.measures.small + px(12)
        wide = seats.columns * (across + gap) - gap
        left, desk_wide = max(0, (width - wide) // 2), min(wide, 2 * across + gap)
        top = 0 if self.turned else desk_high + 2 * gap
        for row in range(seats.rows):
            for column in range(seats.columns):
                far, along = (seats.rows - 1 - row, seats.columns - 1 - column) if self.turned else (row, column)
                area = Area(left + along * (across + gap), top + far * (high + gap), across, high)
                self.free[Place(row + 1, column + 1)] = area
        for who, place in seats.places.items():
            if who in students:
                self.areas[who] = self.free.pop(place)
        below = top + seats.rows * (high + gap) + gap
        self.desk = Area(left + (wide - desk_wide) // 2, below if self.turned else 0, desk_wide, desk_high)
        return below + desk_high + 2 * gap if self.turned else below

    def _lay_standing(self, standing: Sequence[int], width: int, across: int, top: int) -> int:
        gap, high = self.measures.scaled(SEAT_GAP), self.height()
        columns = max(1, (width + gap) // (across + gap))
        for number, one in enumerate(standing):
            row, column = divmod(number, columns)
            self.areas[one] = Area(column * (across + gap), top + row * (high + gap), across, high)
        return top + -(-len(standing) // columns) * (high + gap)

    def spots(self, area: Area) -> Spots:
        px, size = self.measures.scaled, self.measures.scaled(PHOTO_PX["seats"])
        # Photo and letter side by side, so that neither hides the other.
        both, middle = size + px(self._badge), area.middle[0]
        photo = middle - both // 2 + size // 2, area.top + px(5) + size // 2
        top = area.top + px(7) + size
        badge = middle + both // 2 - px(BADGE) // 2, photo[1]
        return Spots(photo, (middle, top), (middle, top + self.measures.small), badge, "n")

    def room(self, area: Area) -> int:
        return area.width - self.measures.scaled(6)

    def texts(self, seat: Seat, details: str) -> tuple[str, str]:
        first, rest = two_lines(seat.name)
        return first, details or rest

    def neighbour(self, student: int | None, direction: Direction) -> int | None:
        return toward(self.areas, student, direction)


def toward(areas: Mapping[Key, Area], here: Key | None, direction: Direction) -> Key | None:
    """The next one that way: along the rows to the left and right, in the nearest column up and down."""
    order = sorted(areas, key=lambda one: (areas[one].top, areas[one].left))
    if here is None or here not in areas or direction not in ("up", "down"):
        return stepped(order, here, direction, 1)
    area = areas[here]
    there = {one.top for one in areas.values() if (one.top < area.top if direction == "up" else one.top > area.top)}
    if not there:
        return here
    row = max(there) if direction == "up" else min(there)
    beside = [one for one in order if areas[one].top == row]
    return min(beside, key=lambda one: abs(areas[one].left - area.left))


def _along(area: Area, along: int) -> int:
    """So many pixels from where a line begins."""
    return area.left + (area.width - along if is_right_to_left() else along)


def around(middle: tuple[int, int], across: int, down: int) -> tuple[int, int, int, int]:
    """The box that reaches so far to both sides, up and down."""
    return middle[0] - across, middle[1] - down, middle[0] + across, middle[1] + down
