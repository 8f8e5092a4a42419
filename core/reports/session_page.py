"""What the pages of a session's sheet share: what stands in it, and how its cells look."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from xlsxwriter.worksheet import Worksheet

from core.records import MarkRow, SightingRow
from core.reports.workbook import Look, footer_text, put_text, set_table_print
from core.store.statuses import Status


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a sheet comes from; columns as in :class:`core.store.register_grid.RegisterGrid`."""

    class_id: int
    fingerprint: str
    made: str
    last_change: int
    as_of: datetime


@dataclass(frozen=True, slots=True)
class SessionSheet:
    """All that stands in a sheet.

    starts_at and the times of ``rows`` and ``sightings`` are aware (UTC in the store) and shown in ``zone``, the
    school's own.  Sightings of kind ``unknown`` go to "Unknown faces", ``review`` and ``elsewhere`` to "To review";
    others are left out, as those people stand in the register.
    unknown_faces: how many different unknown people were seen, even if fewer pictures were kept.  statuses: those that
    are shown, in order; a row whose status is empty is unmarked.  origin: what an edited sheet is compared by.
    audit_head: of the audit after the last act on this session, not of now, so that the sheet can be remade with the
    same content however much is done elsewhere; None where the audit has nothing of the session.
    """

    school: str
    class_code: str
    class_name: str
    teacher: str | None
    starts_at: datetime
    zone: tzinfo
    source: str
    model: str
    session_id: int
    rows: Sequence[MarkRow]
    sightings: Sequence[SightingRow]
    unknown_faces: int
    statuses: Sequence[Status]
    origin: Origin
    ends_at: datetime
    state: str = "open"
    title: str | None = None
    group: str | None = None
    audit_head: str | None = None

    def local(self, moment: datetime) -> datetime:
        """``moment`` on the school's clock, naive as Excel wants it."""
        return moment.astimezone(self.zone).replace(tzinfo=None)

    @property
    def unknown(self) -> list[SightingRow]:
        return [sighting for sighting in self.sightings if sighting.kind == "unknown"]

    @property
    def review(self) -> list[SightingRow]:
        return [sighting for sighting in self.sightings if sighting.kind in ("review", "elsewhere")]


def put_head(
    page: Worksheet,
    look: Look,
    row: int,
    words: Sequence[str],
    centred: Collection[int],
    indented: Collection[int] = (0,),
) -> None:
    """Write a table's header row."""
    page.set_row(row, 22)
    for column, word in enumerate(words):
        side = (
            look.head(align="center") if column in centred else look.head(align="left", indent=int(column in indented))
        )
        put_text(page, row, column, word, side)


def put_time(page: Worksheet, look: Look, sheet: SessionSheet, row: int, column: int, moment: datetime | None) -> None:
    """Write a moment as a time of day on the school's clock; none leaves the cell empty."""
    shape = look.row(align="center", num_format="hh:mm:ss")
    if moment is None:
        page.write_blank(row, column, None, shape)
    else:
        page.write_datetime(row, column, sheet.local(moment).replace(microsecond=0), shape)


def put_confidence(page: Worksheet, look: Look, row: int, column: int, confidence: float | None) -> None:
    """Write a confidence from 0 to 1; none, or what is no number, leaves the cell empty."""
    shape = look.row(align="center", num_format="0.00")
    if confidence is None or not math.isfinite(confidence):
        page.write_blank(row, column, None, shape)
    else:
        page.write_number(row, column, confidence, shape)


def set_print(page: Worksheet, sheet: SessionSheet, head: int, last_row: int, last_column: int) -> None:
    """Set a page up for A4, upright."""
    # On a line of its own: beside a long class code there is no room.
    audit = f"\nAudit {sheet.audit_head}" if sheet.audit_head else ""
    footer = f"{footer_text(sheet.class_code)} · session {sheet.session_id}{audit}"
    set_table_print(page, footer, head, last_row, last_column, across=False)


def in_words(text: str) -> str:
    """``too_small`` as ``Too small``; sentences stay as they are."""
    words = text.strip() if " " in text.strip() else text.strip().replace("_", " ")
    return words[:1].upper() + words[1:]
