"""A teacher's school with something on every page, and the addresses of all pages of teachers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
from flask import url_for
from werkzeug.routing import Rule

from core import clock
from core.actor import MACHINE, acting
from core.calendar.entries import EntryRequest, add_entry
from core.calendar.holidays import add_holiday
from core.confirming.phones import new_pairing
from core.correcting import set_mark
from core.records import Image
from core.seating import SeatChange, change_seats
from core.settings import load_settings
from core.store import confirmations, devices, marks, people, questions, samples, sessions, sightings
from core.store.marks import MarkState, Wish, write_marks
from core.store.register import SightingDraft, replace_sightings
from core.store.sessions import SessionDraft
from core.vision.images import encode_png
from tests.account_support import Side
from tests.web_support import FOUR, ONE, THREE, Portal

LETTERS = "=cmd()|'/c calc'!A0"
HOSTILE = "<script>alert(1)</script> \u202eمحمد 🙂 " + "long " * 40


@dataclass(frozen=True)
class Things:
    """Numbers of what is there of one teacher.

    waiting: a confirmation to decide; query, asked: what a student asked; entry: of the timetable; face: not sure.
    """

    waiting: int
    query: int
    asked: int
    entry: int
    face: int


@dataclass(frozen=True)
class Furnished:
    """Of the teacher who is logged in, and of another one."""

    own: Things
    foreign: Things


def furnish(portal: Portal) -> Furnished:
    """Something on every page."""
    settings, teacher, office = load_settings(portal.home), portal.actor(), portal.actor("admin")
    holiday = portal.day + timedelta(days=30)
    with acting(office):
        add_holiday(portal.store, holiday, holiday + timedelta(days=3), "winter <b>break</b>")
    with acting(teacher):
        set_mark(portal.store, settings, teacher, portal.session_id, ONE, "P")
        set_mark(portal.store, settings, teacher, portal.session_id, THREE, "L", minutes=7, reason=LETTERS)
        change_seats(portal.store, "OWN", SeatChange(fill="roll"))
        new_pairing(portal.store, teacher, ONE)
    _past(portal)
    portal.turn_on()
    own = _things(portal, portal.school.own, portal.session_id, FOUR)
    foreign = _things(portal, portal.school.foreign, portal.foreign_session_id, portal.school.foreign.roll)
    with portal.store.transaction() as db:
        hostile = people.add_student(db, LETTERS, HOSTILE)
        people.add_to_roster(db, portal.school.own.class_id, hostile.id)
    return Furnished(own, foreign)


def _things(portal: Portal, side: Side, session_id: int, roll: str) -> Things:
    day, office = portal.day, portal.actor("admin")
    with acting(office):
        wanted = EntryRequest(
            side.code, (day.weekday(),), clock.parse_time("07:00"), 45, day - timedelta(days=7), title="Maths"
        )
        entry = add_entry(portal.store, wanted).schedule.id
    waiting = add_confirmation(portal, roll, session_id)
    with portal.store.transaction() as db:
        replace_sightings(db, session_id, "cam", [SightingDraft("unknown", "nobody the class knows")])
        return Things(
            waiting,
            questions.add_query(db, session_id, side.student_id, HOSTILE).id,
            questions.add_absence_asked(
                db, side.student_id, day + timedelta(days=3), day + timedelta(days=4), "wedding"
            ).id,
            entry,
            sightings.sightings_of(db, session_id, ("unknown",))[0].id,
        )


def _past(portal: Portal) -> None:
    """Lessons gone by, so that there is something to draw."""
    with portal.store.transaction() as db:
        wishes = []
        for number, code in enumerate("PPLAPPEPAP"):
            begin = clock.now().replace(minute=0, second=0) - timedelta(days=1 + number, hours=2)
            draft = SessionDraft(portal.school.own.class_id, begin, begin + timedelta(minutes=50), None)
            made = sessions.add_session(db, draft)
            minutes = 7 if code == "L" else None
            wishes += [Wish(made.id, portal.student_id(one), MarkState(code, minutes)) for one in (ONE, THREE)]
        write_marks(db, MACHINE, wishes)
        marks.set_taken(db, {one.session_id for one in wishes})


def add_faces(portal: Portal, shared: Path, count: int) -> None:
    """Real faces on each page that shows some: so many stored of ONE, not sure, recognised, and selfies to decide."""
    crops = [_middle(sorted(one.iterdir())[0]) for one in sorted((shared / "faces" / "known").iterdir())[:count]]
    assert len(crops) == count
    portal.turn_on()
    rolls = [f"F{number}" for number in range(count)]
    with portal.store.transaction() as db:
        for roll in rolls:
            made = people.add_student(db, roll, f"Somebody with a long name, called {roll}")
            people.add_to_roster(db, portal.school.own.class_id, made.id)
        own = people.get_student(db, ONE).id
        ids = [people.get_student(db, roll).id for roll in rolls]
        drafts = []
        for number, crop in enumerate(crops):
            embedding = np.random.default_rng(number).normal(size=512).astype(np.float32)
            samples.add_sample(
                db, own, crop=crop, embedding=embedding, model_key="k",
                quality=1, sharpness=1, brightness=1, face_px=99, source="a.jpg",
            )  # fmt: skip
            may_be = tuple((ids[number - back], 0.5) for back in range(3))
            face = encode_png(crop)
            drafts.append(SightingDraft("review", "not sure", ids[number], 0.5, candidates=may_be, thumbnail=face))
            drafts.append(SightingDraft("present", "", ids[number], 0.9, thumbnail=face))
        replace_sightings(db, portal.session_id, "cam", drafts)
    for roll, crop in zip(rolls, crops, strict=True):
        add_confirmation(portal, roll, crop=crop)


def _middle(photo: Path) -> Image:
    """The face of a press photo, which fills its middle."""
    found = cv2.imread(str(photo))
    assert found is not None
    top, left = (found.shape[0] - 160) // 2, (found.shape[1] - 160) // 2
    return np.ascontiguousarray(found[top : top + 160, left : left + 160], np.uint8)


def add_confirmation(portal: Portal, roll: str, session_id: int | None = None, *, crop: Image | None = None) -> int:
    """A selfie that a teacher is to decide about."""
    picture = encode_png(np.full((160, 160, 3), 90, np.uint8) if crop is None else crop)
    with portal.store.transaction() as db:
        device, _token = devices.known_or_new(db, None, "Android, Chrome")
        devices.set_owner(db, device.id, portal.student_id(roll))
        made = confirmations.add_confirmation(
            db,
            session_id=session_id or portal.session_id,
            student_id=portal.student_id(roll),
            device_id=device.id,
            how="qr",
            state="waiting",
            reason="",
        )
        confirmations.judge(db, made.id, "review", "The face is not like the stored ones.", {}, picture)
    return made.id


def teacher_rules(portal: Portal, method: str = "GET") -> Iterator[Rule]:
    """All addresses of teachers, of the application itself, so that none can be forgotten."""
    for rule in portal.app.url_map.iter_rules():
        if rule.rule.startswith("/teach") and method in (rule.methods or ()):
            yield rule


def page_addresses(portal: Portal, found: Furnished, *, foreign: bool = False, method: str = "GET") -> dict[str, str]:
    """Endpoint → an address of every page of teachers, with numbers of what is there.

    foreign: of the other teacher's class.  A new page with another part in its address fails here until it is known.
    """
    side = portal.school.foreign if foreign else portal.school.own
    things = found.foreign if foreign else found.own
    values = {
        "session_id": portal.foreign_session_id if foreign else portal.session_id,
        "class_id": side.class_id,
        "student_id": side.student_id,
        "confirmation_id": things.waiting,
        "sighting_id": things.face,
        "number": things.entry,
        "month": f"{portal.day:%Y-%m}",
        "ending": "xlsx",
        "name": "class",
        "upload_id": "none",
        "job_id": "none",
        "piece": 1,
    }
    numbers = {"asked.answer": things.query, "asked.answer_absence": things.asked}
    queries = {
        "teacher.change": {"class": side.class_id, "at": _starts_at(portal, values["session_id"])},
        "reports.page": {"class": side.code},
        "reports.chart": {"class": side.code},
        "reports.file": {"class": side.code},
        "mails.page": {"kind": "summary", "class": side.code, "look": "yes"},
        "timetable.week": {"class": side.code},
    }
    with portal.app.test_request_context(base_url="https://localhost"):
        return {
            rule.endpoint: url_for(
                rule.endpoint,
                **{name: values[name] for name in rule.arguments}
                | ({"number": numbers[rule.endpoint]} if rule.endpoint in numbers else {}),
                **queries.get(rule.endpoint, {}),
            ).removeprefix("https://localhost")
            for rule in teacher_rules(portal, method)
        }


def _starts_at(portal: Portal, session_id: int) -> str:
    with portal.store.read() as db:
        return sessions.get_session(db, session_id).starts_at.isoformat()
