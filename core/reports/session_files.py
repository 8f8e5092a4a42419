"""From the register to the dated sheet's file; a sheet can be remade at any time, the register is the truth."""

from datetime import UTC, timedelta

from core import clock
from core.files import Written, safe_name
from core.reports.session_sheet import SessionSheet, write_session_sheet
from core.settings import Settings
from core.store import people, register, sessions
from core.store.database import Store


def write_sheet_of(store: Store, settings: Settings, session_id: int) -> Written:
    """Write ``attendance/<class>/<class>_<date>_<time>.xlsx`` for a session.  Raises DiskFullError."""
    zone = clock.school_zone(settings)
    with store.read() as db:
        session = sessions.get_session(db, session_id)
        school_class = people.get_class_by_id(db, session.class_id)
        rows = register.register_rows(db, session_id)
        sightings = register.sighting_rows(db, session_id)
        minute = session.starts_at.replace(second=0, microsecond=0)
        same_minute = sessions.sessions_between(db, session.class_id, minute, minute + timedelta(seconds=59))
    folder = safe_name(school_class.code)
    begin = clock.local(session.starts_at, zone)
    # Two sessions of one class start in the same minute only on purpose (--new): the later one carries its number.
    twin = f"_session{session.id}" if any(other.id < session.id for other in same_minute) else ""
    path = store.home.attendance / folder / f"{folder}_{begin:%Y-%m-%d_%H-%M}{twin}.xlsx"
    sheet = SessionSheet(
        school=settings.school,
        class_code=school_class.code,
        class_name=school_class.name,
        teacher=session.teacher,
        starts_at=session.starts_at,
        zone=begin.tzinfo or UTC,
        source=session.source,
        model=f"FaceNet {session.model_key}",
        session_id=session.id,
        rows=rows,
        sightings=sightings,
        unknown_faces=sum(one.kind == "unknown" for one in sightings),
    )
    return write_session_sheet(path, sheet, fallback=store.home.output)
