"""What the screen Mark Attendance reads and writes: lessons, sources, the register with its faces.  Runs in threads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core import clock
from core.errors import InputError
from gui.texts import _, day_text, time_text

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

    from PIL import Image as Pictures

    from core.confirming.lessons import Board
    from core.correcting import Corrected
    from core.engine import Engine
    from core.records import Image
    from core.registers import Register
    from core.review import Reviewed
    from core.seats import Seats
    from core.sessions import SessionRequest
    from core.store.marks import MarkState
    from core.store.sessions import SessionRow
    from core.timetable import Lesson
    from gui.opening import Use
    from gui.preferences import View
    from gui.screens.mark_parts.faces import Face

CORRECTED = "corrected at once"
"""Why a mark was changed that a person had set in the same lesson; stands in the history."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be marked: a lesson, or a class at this moment.  is_now: the lesson goes on."""

    class_id: int
    code: str
    name: str
    lesson: Lesson | None = None
    is_now: bool = False

    def title(self, zone: tzinfo | None) -> str:
        """As it stands in the list; the day of a lesson of today goes without saying."""
        if self.lesson is None:
            return f"{self.code}  {self.name} – {_('now')}"
        when = f"{time_text(self.lesson.starts_at, zone)} – {time_text(self.lesson.ends_at, zone)}"
        day = "" if self.lesson.day == clock.today(zone) else f"{day_text(self.lesson.day, 'short')}, "
        return f"{self.code}  {self.lesson.title or self.name}   {day}{when}"

    @property
    def session_id(self) -> int | None:
        return None if self.lesson is None or self.lesson.session is None else self.lesson.session.id

    def is_of(self, lesson: Lesson) -> bool:
        """Whether it is this lesson, which may have been opened since."""
        mine = self.lesson
        return mine is not None and (mine.class_id, mine.starts_at, mine.group_id) == (
            lesson.class_id, lesson.starts_at, lesson.group_id,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """Where pictures come from.  spec: as core opens it, None for the camera of the lesson's room."""

    title: str
    spec: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A register with the faces to decide on.

    phones: None where none were ever taken; sheet: its file, None while there is none.
    """

    register: Register
    phones: Board | None
    faces: tuple[Face, ...]
    sheet: Path | None


def load_choices(use: Use, about: Lesson | None) -> list[Choice]:
    """What can be marked: today's lessons, the one that is asked for, then every class as it is now."""
    from core.office.classes import list_classes
    from core.store.sessions import CANCELLED
    from core.today import today

    classes = {one.school_class.id: one.school_class for one in list_classes(use.store)}
    found = [
        Choice(one.school_class.id, one.school_class.code, one.school_class.name, one.lesson, one.is_now)
        for one in today(use.store, use.settings).lessons
        if one.lesson.state != CANCELLED
    ]
    if about is not None and about.class_id in classes and not any(one.is_of(about) for one in found):
        asked = classes[about.class_id]
        found.insert(0, Choice(asked.id, asked.code, asked.name, about))
    return found + [Choice(one.id, one.code, one.name) for one in classes.values()]


def load_cameras(use: Use) -> list[Source]:
    """The cameras of this computer by name; none where a driver hangs."""
    from gui.widgets.camera import found_cameras

    return [Source(one.name, one.spec) for one in found_cameras()]


def room_source(use: Use, register: Register) -> Source | None:
    """The camera of the lesson's room, if it has one."""
    from core.office.rooms import list_rooms

    room = next((one for one in list_rooms(use.store) if one.id == register.session.room_id), None)
    if room is None or room.camera is None:
        return None
    return Source(_("The room’s camera ({room})").format(room=room.name), None)


def open_choice(use: Use, choice: Choice) -> SessionRow:
    """The session of what was chosen, made if there is none yet."""
    from core.sessions import open_session

    return open_session(use.store, use.settings, use.actor, _request(choice))


def _request(choice: Choice) -> SessionRequest:
    from core.sessions import SessionRequest

    if choice.lesson is None:
        return SessionRequest(choice.code)
    if choice.session_id is not None:
        return SessionRequest(choice.code, session_id=choice.session_id)
    return SessionRequest(choice.code, at=choice.lesson.starts_at, group_id=choice.lesson.group_id)


def load_lesson(use: Use, session_id: int, crops: Mapping[int, Image], face_px: int) -> Loaded:
    """The register as it is now.  crops: see :func:`gui.screens.mark_parts.faces.faces_of`."""
    from core.confirming.lessons import board_if_used
    from core.registers import register_of
    from core.reports.session_files import sheet_path
    from core.review import undecided
    from gui.screens.mark_parts.faces import faces_of

    register = register_of(use.store, session_id)
    faces = faces_of(undecided(use.store, session_id), crops, face_px)
    sheet = sheet_path(use.store, use.settings, session_id)
    phones = board_if_used(use.store, session_id)
    return Loaded(register, phones, faces, sheet if sheet.is_file() else None)


def open_lesson(use: Use, session_id: int, face_px: int) -> tuple[Loaded, Source | None]:
    """The register, and the camera of its room, which Start looks through unless a person chose another."""
    loaded = load_lesson(use, session_id, {}, face_px)
    return loaded, room_source(use, loaded.register)


def reopen(use: Use, session_id: int) -> Loaded:
    """Open a closed or locked session again; its register."""
    from core.sessions import open_again

    open_again(use.store, use.settings, use.actor, session_id)
    return load_lesson(use, session_id, {}, 1)


def load_photos(use: Use, rolls: Mapping[str, int], sizes: Mapping[View, int]) -> dict[View, dict[int, Pictures.Image]]:
    """The students' best faces by view and id.  rolls: ids by roll number."""
    from core.errors import VaultError
    from core.face_gallery import portraits
    from gui.widgets.board import round_photo

    try:
        found = portraits(use.store, list(rolls))
    except VaultError:
        # Names are enough to take a register, and whoever needs the faces is told there.
        return {}
    return {
        view: {rolls[roll]: round_photo(crop, size) for roll, crop in found.items()} for view, size in sizes.items()
    }


def load_seats(use: Use, code: str) -> Seats | None:
    """Who sits where in a class; None while it has no seating plan."""
    from core.seating import seating_plan

    plan = seating_plan(use.store, code)
    return plan.seats if plan.is_made else None


@dataclass(frozen=True, slots=True)
class MarkWish:
    """What a person wants a mark to be.  status: None takes it away; why: "" for one that was not there before."""

    session_id: int
    student_id: int
    status: str | None
    minutes: int | None
    why: str


def set_mark(use: Use, wish: MarkWish, before: Mapping[tuple[int, int], MarkState | None]) -> Corrected:
    """Make a mark what a person says.  before: what it was when they said it.  Raises ChangedError where it is not."""
    from core.correcting import set_marks
    from core.statuses import list_all
    from core.store.marks import MarkState, Wish

    state, why = None, wish.why
    if wish.status is not None:
        known = {one.code: one for one in list_all(use.store)}
        # Why somebody is absent belongs to the mark; why a mark was corrected to present, to the history only.
        is_absent = wish.status in known and known[wish.status].counts_as != "present"
        stays = why if why != CORRECTED and is_absent else None
        state = MarkState(wish.status, wish.minutes, stays or None)
    wishes = [Wish(wish.session_id, wish.student_id, state)]
    return set_marks(use.store, use.settings, use.actor, wishes, why=why or None, before=before)


def state_in(register: Register, student_id: int) -> MarkState | None:
    """A student's mark in a register; None for none."""
    from core.store.marks import MarkState

    row = next((one for one in register.rows if one.student_id == student_id and one.status), None)
    return None if row is None else MarkState(row.status, row.minutes_late, row.reason, row.source)


def load_register(use: Use, session_id: int) -> Register:
    """The register as it is now, without faces."""
    from core.registers import register_of

    return register_of(use.store, session_id)


def say(use: Use, engine: Engine, session_id: int, face_id: int, roll: str, *, is_student: bool) -> Reviewed:
    """A person says who a face is, or who it is not."""
    from core.review import Saying, settle

    saying = Saying(face_id, roll, is_student=is_student)
    return settle(use.store, engine, use.settings, use.actor, [saying], session_id)


def ask_again(use: Use, engine: Engine, face_id: int, roll: str) -> Reviewed:
    """Take back that a face is not this student."""
    from core.review import ask_again as again

    return again(use.store, engine, use.settings, use.actor, face_id, roll)


def refuse_all(use: Use, engine: Engine, session_id: int, roll: str) -> Reviewed:
    """A person says that whoever was recognised as this student is somebody else.  Raises InputError for nobody."""
    from core.review import MARKED_KIND, Saying, open_items, settle

    sayings = [
        Saying(one.id, roll, is_student=False)
        for one in open_items(use.store, session_id, marked=True)
        if one.kind == MARKED_KIND and one.student is not None and one.student.roll == roll
    ]
    if not sayings:
        raise InputError(_("No face of this student was recognised here. Change the mark with P, A, L or E."))
    return settle(use.store, engine, use.settings, use.actor, sayings, session_id)
