"""From the register to the dated sheet's file; a sheet can be remade at any time, the register is the truth."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

from core import audit, clock
from core.access import guarded
from core.errors import DiskFullError
from core.expected import expected_students
from core.files import Written, safe_name
from core.records import MarkRow, Student
from core.reports.session_sheet import Origin, SessionSheet, write_session_sheet
from core.reports.status_cells import shown_statuses
from core.settings import Settings
from core.store import people, register, sessions
from core.store.database import Store
from core.store.register_grid import RegisterGrid, grid_of
from core.store.statuses import status_set
from core.store.text import natural_order


@guarded
def remake_sheets(store: Store, settings: Settings, session_ids: Iterable[int]) -> tuple[str, ...]:
    """Write the sheets of these sessions again where there are any; sentences about those that could not be."""
    there = [one for one in session_ids if sheet_path(store, settings, one).exists()]
    return write_sheets(store, settings, there)[1]


@guarded
def write_sheets(
    store: Store, settings: Settings, session_ids: Iterable[int]
) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Write the sheets of these sessions; where they are, and sentences about those that could not be written.

    The register is saved already, so a full disk is no reason to fail.
    """
    paths, notes = [], []
    for session_id in session_ids:
        try:
            written = write_sheet_of(store, settings, session_id)
        except DiskFullError as error:
            notes.append(f"The register is saved, but its sheet is not: {error}")
            continue
        paths.append(written.path)
        if written.note:
            notes.append(written.note)
    return tuple(paths), tuple(notes)


@guarded
def sheet_path(store: Store, settings: Settings, session_id: int) -> Path:
    """``attendance/<class>/<class>_<date>_<time>.xlsx``, where the session's sheet belongs."""
    with store.read() as db:
        session = sessions.get_session(db, session_id)
        school_class = people.get_class_by_id(db, session.class_id)
        minute = session.starts_at.replace(second=0, microsecond=0)
        same_minute = sessions.sessions_between(db, session.class_id, minute, minute + timedelta(seconds=59))
    folder = safe_name(school_class.code)
    begin = clock.local(session.starts_at, clock.school_zone(settings))
    # Two sessions of one class start in the same minute only on purpose (--new): the later one carries its number.
    twin = f"_session{session.id}" if any(other.id < session.id for other in same_minute) else ""
    return store.home.attendance / folder / f"{folder}_{begin:%Y-%m-%d_%H-%M}{twin}.xlsx"


@guarded
def write_sheet_of(store: Store, settings: Settings, session_id: int, path: Path | None = None) -> Written:
    """Write the dated sheet of a session, to :func:`sheet_path` without ``path``.  Raises DiskFullError.

    Its footer shows the head of the audit after the session's last act: a sheet made again is the same, byte for byte.
    """
    zone = clock.school_zone(settings)
    with store.read() as db:
        session = sessions.get_session(db, session_id)
        grid = grid_of(db, session.class_id, session.day, session.day, {session_id})
        marked = register.register_rows(db, session_id)
        sightings = register.sighting_rows(db, session_id)
        expected = expected_students(db, session)
        known = status_set(db)
        head = audit.head_of_session(db, session_id)
    rows = _with_unmarked(marked, expected)
    if not settings.pictures_in_sheets:
        sightings = [replace(one, thumbnail=b"") for one in sightings]
    begin = clock.local(session.starts_at, zone)
    sheet = SessionSheet(
        school=settings.school,
        class_code=grid.school_class.code,
        class_name=grid.school_class.name,
        teacher=session.teacher,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        zone=begin.tzinfo or UTC,
        source=session.source,
        model=f"FaceNet {session.model_key}".strip(),
        session_id=session.id,
        rows=rows,
        sightings=sightings,
        unknown_faces=sum(one.kind == "unknown" for one in sightings),
        statuses=shown_statuses(known, {one.status for one in marked}),
        origin=_origin(grid, session_id),
        state=session.state,
        title=session.title,
        group=grid.group_name(session),
        audit_head=head,
    )
    return write_session_sheet(path or sheet_path(store, settings, session_id), sheet, fallback=store.home.output)


def _with_unmarked(marked: Sequence[MarkRow], expected: Iterable[Student]) -> list[MarkRow]:
    """The marks and, with an empty status, the students who have none yet; by roll number."""
    there = {one.student_id for one in marked}
    blank = (
        MarkRow(one.roll, one.name, "", "", None, None, None, student_id=one.id)
        for one in expected
        if one.id not in there
    )
    return sorted([*marked, *blank], key=lambda row: natural_order(row.roll))


def _origin(grid: RegisterGrid, session_id: int) -> Origin:
    made = grid.made[session_id]
    return Origin(grid.school_class.id, grid.fingerprint, made, grid.last_change, grid.as_of)
