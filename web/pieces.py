"""Long lists in pieces, so that a page of them comes through a school's radio network at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Piece(Generic[Row]):
    """A piece of a list.

    count: rows of the whole list; number: which piece it is, from 1; of: how many there are; before: rows before it.
    """

    rows: tuple[Row, ...]
    count: int
    number: int
    of: int
    before: int


def asked() -> int | None:
    """The piece that the address names, if it names one."""
    return request.args.get("page", type=int)


def piece_of(rows: Sequence[Row], most: int) -> Piece[Row]:
    """The piece that the address names, the first or the last one where there is no such.  most: rows of a piece."""
    of = max(1, -(-len(rows) // most))
    number = min(max(1, asked() or 1), of)
    before = (number - 1) * most
    return Piece(tuple(rows[before : before + most]), len(rows), number, of, before)
