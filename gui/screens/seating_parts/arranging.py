"""A seating plan while it is changed: what is in the hand, what can be taken back; nothing here knows Tk."""

from __future__ import annotations

from collections.abc import Sequence

from core.seats import Place, Seats

Spot = Place | int
"""A seat, or the number of a student who has none."""


class Arranging:
    """Begins with what is stored.  held: who is in the hand, by number; every change can be undone."""

    def __init__(self, students: Sequence[int], seats: Seats) -> None:
        self.students = tuple(students)
        self.seats = self.stored = seats
        self.held: int | None = None
        self._before: list[Seats] = []

    @property
    def is_changed(self) -> bool:
        """Whether there is something to save."""
        return self.seats != self.stored

    @property
    def can_undo(self) -> bool:
        """Whether anything was changed that can be taken back."""
        return bool(self._before)

    def who(self, spot: Spot) -> int | None:
        """Who is there."""
        return self.seats.who(spot) if isinstance(spot, Place) else spot

    def spot_of(self, student: int) -> Spot:
        """Where a student is."""
        return self.seats.places.get(student, student)

    def change(self, seats: Seats) -> None:
        """From now on so."""
        self.held = None
        if seats != self.seats:
            self._before.append(self.seats)
            self.seats = seats

    def undo(self) -> None:
        """As before the last change."""
        self.held = None
        if self._before:
            self.seats = self._before.pop()

    def take(self, spot: Spot) -> bool:
        """Take who is there into the hand; whether somebody is."""
        self.held = self.who(spot)
        return self.held is not None

    def put(self, spot: Spot) -> None:
        """Put who is in the hand there; who is there already takes the place that becomes free."""
        held = self.held
        if held is None:
            return
        if isinstance(spot, Place):
            self.change(self.seats.put(held, spot))
        elif held in self.seats.places and spot != held:
            self.change(self.seats.put(spot, self.seats.places[held]))
        else:
            self.held = None

    def stand(self, student: int) -> None:
        """Without a seat."""
        self.change(self.seats.without([student]))

    def saved(self, sent: Seats, students: Sequence[int], seats: Seats) -> None:
        """What was sent is stored, as ``seats``; what was changed meanwhile stays changed.

        students: who is in the class now; who left it meanwhile is forgotten.
        """
        self.students, self.stored = tuple(students), seats
        self.seats = seats if self.seats == sent else self.seats.only(students)
        self._before = [one.only(students) for one in self._before]
        if self.held not in self.students:
            self.held = None
