"""Statements in parts: long lists of ids a few hundred at a time, rows whose columns are computed."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVarTuple

from sqlalchemy import Executable, Select
from sqlalchemy.orm import InstrumentedAttribute, Session

Columns = TypeVarTuple("Columns")
AT_ONCE = 500  # Older SQLite takes at most 999 values in a statement.


def in_parts(
    query: Select[*Columns], column: InstrumentedAttribute[Any], ids: Iterable[int | str]
) -> Iterator[Select[*Columns]]:
    """``query`` for the rows whose ``column`` is among ``ids`` (or keys), in as many statements as that takes."""
    unique = sorted({one if isinstance(one, str) else int(one) for one in ids})
    for start in range(0, len(unique), AT_ONCE):
        yield query.where(column.in_(unique[start : start + AT_ONCE]))


def computed_rows(db: Session, query: Executable) -> Iterator[Any]:
    """The rows of a query whose columns are chosen at run time, so that nothing is known of their types."""
    return iter(db.execute(query))
