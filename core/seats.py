"""Who sits where in a class, and how that changes; nothing here knows the store.

Rows are counted from the front, columns from the left as the class sees it; both begin with 1.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from core.errors import InputError

MOST = 12
"""Rows, and columns."""
_COLUMNS, _LEAST_ROWS = 6, 4
"""Of a plan that nobody made yet."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A seat."""

    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Seats:
    """places: seats by the number of the student.

    Raises InputError for a size that cannot be, a place outside of it, and two students on one seat.
    """

    rows: int
    columns: int
    places: Mapping[int, Place]

    def __post_init__(self) -> None:
        if not (1 <= self.rows <= MOST and 1 <= self.columns <= MOST):
            raise InputError(f"A seating plan has 1 to {MOST} rows and 1 to {MOST} columns.")
        outside = next((one for one in self.places.values() if not self.has(one)), None)
        if outside is not None:
            raise InputError(
                f"There is no seat in row {outside.row}, column {outside.column}: "
                f"the plan has {self.rows} rows and {self.columns} columns."
            )
        if len(set(self.places.values())) < len(self.places):
            raise InputError("Two students cannot sit on one seat. Give each a seat of their own.")

    def has(self, place: Place) -> bool:
        """Whether there is such a seat."""
        return 1 <= place.row <= self.rows and 1 <= place.column <= self.columns

    def who(self, place: Place) -> int | None:
        """The number of the student who sits there."""
        return next((student for student, there in self.places.items() if there == place), None)

    def put(self, student: int, place: Place) -> "Seats":
        """Seat a student; who sat there takes the seat that becomes free, or has none.  Raises InputError."""
        before, other = self.places.get(student), self.who(place)
        places = {**self.places, student: place}
        if other is not None and other != student:
            del places[other]
            if before is not None:
                places[other] = before
        return replace(self, places=places)

    def without(self, students: Collection[int]) -> "Seats":
        """These have no seat any more."""
        return replace(self, places={who: place for who, place in self.places.items() if who not in students})

    def only(self, students: Collection[int]) -> "Seats":
        """Nobody but these has a seat."""
        return self.without(self.places.keys() - set(students))

    def resized(self, rows: int, columns: int) -> "Seats":
        """With so many rows and columns; whose seat is gone has none.  Raises InputError."""
        empty = Seats(rows, columns, {})
        return replace(empty, places={who: place for who, place in self.places.items() if empty.has(place)})

    def filled(self, students: Sequence[int]) -> "Seats":
        """Seat everybody in this order, row by row from the front; with more rows where they are too few."""
        rows = min(MOST, max(self.rows, -(-len(students) // self.columns)))
        free = [Place(row, column) for row in range(1, rows + 1) for column in range(1, self.columns + 1)]
        return Seats(rows, self.columns, dict(zip(students, free, strict=False)))


def empty_seats(students: int) -> Seats:
    """A plan with room for so many students, as far as that can be, and nobody on it."""
    columns = _COLUMNS if students <= _COLUMNS * MOST else MOST
    return Seats(min(MOST, max(_LEAST_ROWS, -(-students // columns))), columns, {})
