"""The school of the guide's pictures: the demo class in the middle of a term.

Names are invented and faces drawn, but for the two portraits of the demo, which are free for everybody.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import cv2
import numpy as np

from core.accounts.admin import set_up
from core.actor import Actor, acting
from core.demo import STUDENTS, _file
from core.engine import Engine
from core.enrolment import EnrolRequest, enrol
from core.enrolment_folder import StudentName
from core.paths import Home
from core.records import Image, SchoolClass
from core.settings import load_settings
from core.store import people, samples, sessions
from core.store.database import Store, open_store
from core.store.marks import MarkState, Wish, set_taken, write_marks
from core.store.rooms import add_room
from core.store.sessions import CLOSED, SessionDraft
from core.store.timetable import Schedule, add_schedule
from core.training import train

ZONE = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 11, 18, 9, 12, tzinfo=ZONE)
"""A Wednesday, twelve minutes into the first lesson."""
TERM = date(2026, 11, 2)
CLASS = "8B-SCI"
ADMIN = "Meera Nair"
PASSWORD = "four calm green kettles"
SETTINGS = """\
school = "Lakeside School"
time_zone = "Asia/Kolkata"
smtp_host = "mail.lakeside.example"
mail_from = "office@lakeside.example"
"""
NAMES = (
    *("Aarav Menon", "Bela Fonseca", "Chitra Rao", "Daniel Okafor"),
    *("Farah Siddiqui", "Gopal Iyer", "Hana Kobayashi", "Ishaan Verma", "Joana Pereira", "Kabir Malhotra"),
    *("Leela Pillai", "Mateo Cruz", "Nisha Thomas", "Omar Haddad", "Priya Desai"),
)
PORTRAITS = (("S101", "Eileen Collins"), ("S102", "The Photographer"))
CLASSES = (
    (CLASS, "Science", "Meera Nair", "Lab 2", time(9, 0)),
    ("7A-MAT", "Mathematics", "Tomás Oliveira", "Room 12", time(10, 15)),
    ("8B-ENG", "English", "Ruth Abara", "Room 9", time(11, 30)),
)
SKINS = ((176, 204, 240), (120, 160, 205), (86, 122, 172), (150, 184, 226), (62, 88, 130))
HAIRS = ((30, 28, 26), (40, 60, 96), (20, 36, 60), (70, 70, 74), (52, 88, 140))
GROUNDS = ((226, 214, 196), (206, 226, 206), (198, 210, 232), (230, 206, 222), (214, 228, 230))
SHIRTS = ((150, 96, 52), (88, 128, 64), (64, 72, 156), (128, 80, 120), (120, 120, 56))


def make_school(home: Home, engine: Engine) -> Actor:
    """Fill an empty home whose networks are prepared; who the pictures are taken as.

    The embeddings of drawn faces are random, so what is said of accuracy there was not measured.
    """
    (home.data / "settings.toml").write_text(SETTINGS, encoding="utf-8")
    with open_store(home) as store:
        admin = set_up(store, ADMIN, PASSWORD).actor()
        with acting(admin):
            classes = _add_people(store, engine.model_key)
            for student, portrait in zip(PORTRAITS, (one[1] for one in STUDENTS), strict=True):
                request = EnrolRequest(CLASS, str(_file(portrait)), "public-domain portrait", StudentName(*student))
                enrol(store, engine, load_settings(home), request)
            _add_lessons(store, classes)
            train(store, engine, CLASS)
    return admin


def drawn_face(number: int) -> Image:
    """A face as a child would draw it, 160 × 160 pixels; each number looks different."""
    rng = np.random.default_rng(number)
    skin, hair = SKINS[number % 5], HAIRS[(number * 3 + number // 5) % 5]
    picture = np.full((160, 160, 3), GROUNDS[(number * 2) % 5], np.uint8)
    wide, high = int(rng.integers(36, 43)), int(rng.integers(46, 53))
    if number % 2:
        cv2.ellipse(picture, (80, 84), (wide + 14, high + 20), 0, 0, 360, hair, -1, cv2.LINE_AA)
    cv2.ellipse(picture, (80, 178), (66, 48), 0, 180, 360, SHIRTS[number % 5], -1, cv2.LINE_AA)
    cv2.rectangle(picture, (68, 110), (92, 142), skin, -1)
    cv2.ellipse(picture, (80, 66), (wide + 5, high), 0, 0, 360, hair, -1, cv2.LINE_AA)
    cv2.ellipse(picture, (80, 82), (wide, high - 6), 0, 0, 360, skin, -1, cv2.LINE_AA)
    for side in (-1, 1):
        cv2.circle(picture, (80 + side * 15, 78), 4, (34, 30, 28), -1, cv2.LINE_AA)
        cv2.ellipse(picture, (80 + side * 15, 68), (8, 3), 0, 180, 360, hair, 2, cv2.LINE_AA)
    cv2.ellipse(picture, (80, 102), (14, int(rng.integers(5, 10))), 0, 10, 170, (60, 50, 140), 3, cv2.LINE_AA)
    return picture


def _add_people(store: Store, model_key: str) -> list[SchoolClass]:
    rng = np.random.default_rng(7)
    with store.transaction() as db:
        classes = []
        for code, name, teacher, room, _starts in CLASSES:
            add_room(db, room, "camera:0:Lab camera" if room == "Lab 2" else None)
            classes.append(people.add_class(db, code, name, teachers=[teacher], room=room))
        for roll, name in PORTRAITS:
            student = people.add_student(db, roll, name)
            people.add_to_roster(db, classes[0].id, student.id)
        for number, name in enumerate(NAMES, 3):
            given = name.split()[0].lower()
            student = people.add_student(db, f"S1{number:02}", name, parents_email=f"{given}.home@mail.example")
            for place, one in enumerate(classes):
                if place == 0 or (number + place) % 3:
                    people.add_to_roster(db, one.id, student.id)
            if number % 6 != 5:
                people.record_consent(db, student.id, "paper form, folder 3", datetime(2026, 10, 28, 6, tzinfo=UTC))
                _add_faces(db, student.id, number, 2 if number % 6 == 4 else 12, model_key, rng)
    return classes


def _add_faces(
    db: people.Session, student_id: int, number: int, count: int, key: str, rng: np.random.Generator
) -> None:
    who = rng.standard_normal(512)
    for place in range(count):
        face = cv2.convertScaleAbs(drawn_face(number), alpha=0.86 + 0.025 * place)
        face = cv2.warpAffine(
            face, cv2.getRotationMatrix2D((80, 80), 3 * (place - count / 2), 1.08), (160, 160),
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        embedding = (who + 0.45 * rng.standard_normal(512)).astype(np.float32)
        samples.add_sample(
            db, student_id, crop=np.asarray(face, np.uint8), embedding=embedding / np.linalg.norm(embedding),
            model_key=key, quality=0.55 + 0.03 * (place % 12), sharpness=0.7, brightness=130, face_px=140,
            source="camera",
        )  # fmt: skip


def _add_lessons(store: Store, classes: list[SchoolClass]) -> None:
    """Three lessons every school day since the term began; one register was never taken."""
    rng = np.random.default_rng(11)
    machine = Actor("Rollcall", "machine")
    with store.transaction() as db:
        for one, (_code, name, teacher, _room, starts) in zip(classes, CLASSES, strict=True):
            draft = Schedule(0, one.id, TERM, None, (0, 1, 2, 3, 4, 5), starts, 60, title=name)
            schedule = add_schedule(db, draft)
            rolls = [student.id for student in people.roster(db, one.id)]
            day, wishes = TERM, []
            while day < NOW.date():
                begins = datetime.combine(day, starts, ZONE)
                # The last English lesson was forgotten.
                if day.weekday() < 6 and not (one is classes[2] and day == NOW.date() - timedelta(days=1)):
                    session = sessions.add_session(db, SessionDraft(
                        one.id, begins, begins + timedelta(minutes=60), ZONE, teacher=teacher,
                        schedule_id=schedule.id, planned_day=day, title=name, state=CLOSED,
                    ))  # fmt: skip
                    wishes += [Wish(session.id, student, _mark(number, rng)) for number, student in enumerate(rolls)]
                day += timedelta(days=1)
            write_marks(db, machine, wishes)
            set_taken(db, list({one.session_id for one in wishes}))


def _mark(number: int, rng: np.random.Generator) -> MarkState:
    """Most are there; two are away often, one comes late."""
    away = 0.34 if number in (6, 11) else 0.04
    letter = str(rng.choice(list("PALE"), p=[1 - away - 0.08, away, 0.05, 0.03]))
    late = int(rng.integers(11, 25)) if letter == "L" else None
    reason = "doctor" if letter == "E" else None
    return MarkState(letter, late, reason, source="face" if letter in "PL" else "manual")
