"""The register: timetable, sessions, marks and their history, planned absences, arrivals and departures."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column

from core.store.tables.base import Base


class StatusTable(Base):
    """What a mark can be.

    code: what marks hold, never changed; letter and name: what people see.  counts_as: ``present``, ``late``,
    ``excused`` or ``absent``.  points: 0-1 for the percentage, NULL takes the session out of it.  colour, ink:
    ``#RRGGBB`` of the cell and its letter.
    """

    __tablename__ = "statuses"

    code: Mapped[str] = mapped_column(String(8), primary_key=True)
    letter: Mapped[str]
    name: Mapped[str]
    counts_as: Mapped[str]
    points: Mapped[float | None]
    colour: Mapped[str]
    ink: Mapped[str]
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True, server_default=true())


class ScheduleTable(Base):
    """A repeating lesson on the school's clock.

    weekdays: ``[0, 2]`` for Monday and Wednesday.  every_weeks: 1 every week, 2 every other, counted from the week of
    first_day.  last_day: included; NULL goes on.  minutes: how long a lesson is.
    """

    __tablename__ = "schedules"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("classes.id", ondelete="CASCADE"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id", ondelete="SET NULL"))
    title: Mapped[str | None]
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    weekdays: Mapped[list[Any]]
    every_weeks: Mapped[int]
    starts: Mapped[time]
    minutes: Mapped[int]
    created_at: Mapped[datetime]


class ClosureTable(Base):
    """Days without lessons, both included; class_id NULL: for the whole school."""

    __tablename__ = "closures"

    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int | None] = mapped_column(ForeignKey("classes.id", ondelete="CASCADE"))
    first_day: Mapped[date] = mapped_column(index=True)
    last_day: Mapped[date]
    reason: Mapped[str]


class SessionTable(Base):
    """One lesson; two of a class may start together, when somebody asked for it.

    day: on the school's calendar when it was made.  state: ``planned`` (moved, not opened yet), ``open``, ``locked``
    (only the teacher marks), ``closed`` or ``cancelled``.  schedule_id, planned_day: the lesson of the timetable it is,
    once for each.  taken_at: the first mark; reviewed_at: the teacher looked through it, so parents may be told.
    opened_at: the last time it was opened.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        Index(None, "class_id", "starts_at"),
        UniqueConstraint("schedule_id", "planned_day"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("classes.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id", ondelete="SET NULL"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id", ondelete="SET NULL"))
    schedule_id: Mapped[int | None] = mapped_column(ForeignKey("schedules.id", ondelete="SET NULL"))
    planned_day: Mapped[date | None]
    title: Mapped[str | None]
    day: Mapped[date] = mapped_column(index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="open", server_default="open", index=True)
    opened_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    source: Mapped[str]
    teacher: Mapped[str | None]
    model_key: Mapped[str]
    training_run_id: Mapped[int | None] = mapped_column(ForeignKey("training_runs.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]


class MarkTable(Base):
    """A student's row of one session.

    status: a code of ``statuses``; source: ``face``, ``manual``, ``auto``, ``import`` …; minutes_late: of a late one.
    changed_by: the person who set it last, NULL while only a machine did.
    """

    __tablename__ = "marks"
    __table_args__ = (UniqueConstraint("session_id", "student_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id", ondelete="CASCADE"), index=True)
    status: Mapped[str]
    source: Mapped[str]
    confidence: Mapped[float | None]
    first_seen: Mapped[datetime | None]
    last_seen: Mapped[datetime | None]
    minutes_late: Mapped[int | None]
    reason: Mapped[str | None]
    changed_by: Mapped[str | None]
    updated_at: Mapped[datetime]


class MarkChangeTable(Base):
    """One change of one mark, never edited but for ``undone``.

    act: shared by all changes of one doing, which is undone as a whole; undoes: the act this one takes back.
    before, after: ``{"status", "minutes_late", "reason", "source"}``, NULL for no mark.
    """

    __tablename__ = "mark_changes"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    act: Mapped[str] = mapped_column(String(32), index=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[str]
    role: Mapped[str]
    why: Mapped[str | None]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    undoes: Mapped[str | None] = mapped_column(String(32))
    undone: Mapped[bool] = mapped_column(default=False, server_default=false())


class PlannedAbsenceTable(Base):
    """Days, both included, on which a student is excused beforehand.  class_id NULL: from every class."""

    __tablename__ = "planned_absences"

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id", ondelete="CASCADE"), index=True)
    class_id: Mapped[int | None] = mapped_column(ForeignKey("classes.id", ondelete="CASCADE"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    status: Mapped[str]
    reason: Mapped[str]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]


class PassageTable(Base):
    """A student before a camera that runs all day.

    Seen again within the quiet minutes widens last_at instead of making a new row.  direction: ``in``, ``out`` or
    ``both``, as the camera is meant.  picture, last_picture: PNG of the first and of the last moment, sealed.
    """

    __tablename__ = "passages"
    __table_args__ = (Index(None, "day", "student_id"), Index(None, "student_id", "first_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id", ondelete="CASCADE"))
    day: Mapped[date]
    first_at: Mapped[datetime] = mapped_column(index=True)
    last_at: Mapped[datetime]
    camera: Mapped[str]
    direction: Mapped[str]
    confidence: Mapped[float]
    picture: Mapped[bytes]
    last_picture: Mapped[bytes]
