"""People, classes and rooms."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from core.store.tables.base import Base


class StudentTable(Base):
    """roll_key is ``roll`` as it is compared: ``r001`` and ``R001`` are one person.

    consent_text, consent_at: what stands now; how it came about is in ``consents``.  left_at: since when not active.
    """

    __tablename__ = "students"
    # AUTOINCREMENT: classifiers keep student ids in files, so an erased student's id must never name somebody else.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    roll: Mapped[str]
    roll_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    email: Mapped[str | None]
    parents_email: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    consent_text: Mapped[str | None]
    consent_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class ConsentTable(Base):
    """A consent or a refusal, never edited but for being withdrawn.

    kind: ``given`` or ``refused``.  text: on what, like a form; version: of the text that was signed.  at: when it was
    given; given_by: who signed, NULL for the student; guardian: who signed for a minor.
    """

    __tablename__ = "consents"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    text: Mapped[str]
    version: Mapped[str | None]
    at: Mapped[datetime]
    given_by: Mapped[str | None]
    guardian: Mapped[str | None]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]


class ClassTable(Base):
    """code_key is ``code`` as it is compared."""

    __tablename__ = "classes"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    code_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]


class RoomTable(Base):
    """Where lessons are.  camera: number or address of the room's camera; it may hold a password, so mask it."""

    __tablename__ = "rooms"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    camera: Mapped[str | None]


class TeacherTable(Base):
    """name_key is ``name`` as it is compared."""

    __tablename__ = "teachers"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True, server_default=true())


class ClassTeacherTable(Base):
    """Who teaches a class.  position: 0 stands first on the sheet."""

    __tablename__ = "class_teachers"

    class_id: Mapped[int] = mapped_column(ForeignKey("classes.id", ondelete="CASCADE"), primary_key=True)
    teacher_id: Mapped[int] = mapped_column(ForeignKey("teachers.id", ondelete="CASCADE"), primary_key=True, index=True)
    position: Mapped[int]


class RosterTable(Base):
    """Who is in which class.  joined_at: NULL where nobody knows; who came later was not absent before."""

    __tablename__ = "rosters"

    class_id: Mapped[int] = mapped_column(ForeignKey("classes.id", ondelete="CASCADE"), primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id", ondelete="CASCADE"), primary_key=True, index=True)
    joined_at: Mapped[datetime | None]


class GroupTable(Base):
    """A part of a class, like a laboratory group."""

    __tablename__ = "groups"
    __table_args__ = (UniqueConstraint("class_id", "name_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("classes.id", ondelete="CASCADE"))
    name: Mapped[str]
    name_key: Mapped[str]


class GroupMemberTable(Base):
    """Who is in a group; everybody in it is on the class's roster too."""

    __tablename__ = "group_members"

    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id", ondelete="CASCADE"), primary_key=True, index=True)


class SeatPlanTable(Base):
    """How many rows and columns of seats a class has; no row while nobody made a plan."""

    __tablename__ = "seat_plans"

    class_id: Mapped[int] = mapped_column(ForeignKey("classes.id", ondelete="CASCADE"), primary_key=True)
    rows: Mapped[int]
    columns: Mapped[int]


class SeatTable(Base):
    """Who sits where.  seat_row: from the front; seat_column: from the left as the class sees it; both begin with 1.

    Hangs on the roster: who leaves the class leaves the seat.
    """

    __tablename__ = "seats"
    __table_args__ = (
        ForeignKeyConstraint(
            ["class_id", "student_id"], ["rosters.class_id", "rosters.student_id"], ondelete="CASCADE"
        ),
        UniqueConstraint("class_id", "seat_row", "seat_column"),
    )

    class_id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    seat_row: Mapped[int]
    seat_column: Mapped[int]
