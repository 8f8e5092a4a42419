"""A small school for the screens of students and classes, with names as hostile as they come."""

from datetime import UTC, datetime

import numpy as np

from core.records import Student
from core.store import people, samples
from core.store.database import Store
from gui.dialogs.ask import AskDialog
from gui.screens.student import Screen as Card
from tests.gui.driver import Driver

HOSTILE = ("=cmd|'/c calc'!A1", "x" * 200, "محمد بن علي", "Zoë 👩‍🔬 Müller")


def make_people(store: Store, count: int = 12) -> None:
    """Classes CS101 and MA201; students R001 … of the first, every third of the second too; some with faces."""
    rng = np.random.default_rng(4)
    with store.transaction() as db:
        one = people.add_class(db, "CS101", "Programming 1", teachers=["Grace Hopper"])
        two = people.add_class(db, "MA201", "Mathematics 2", teachers=["Emmy Noether", "Ada Lovelace"])
        for number in range(1, count + 1):
            name = HOSTILE[number - 1] if number <= len(HOSTILE) else f"Student Number {number}"
            who = people.add_student(db, f"R{number:03}", name, parents_email="mother@home.org, father@home.org")
            people.add_to_roster(db, one.id, who.id)
            if number % 3 == 0:
                people.add_to_roster(db, two.id, who.id)
            if number % 4:
                people.record_consent(db, who.id, "paper form, folder 3", datetime(2026, 8, 3, 6, tzinfo=UTC))
                add_faces(db, who.id, (number % 4) * 3, rng)


def add_faces(db: "people.Session", student_id: int, count: int, rng: np.random.Generator) -> None:
    """Faces that are plain colours, so that a test can tell them apart."""
    for place in range(count):
        crop = np.full((160, 160, 3), rng.integers(60, 220, 3), np.uint8)
        crop[40:120, 50:110] = rng.integers(120, 250, 3)
        crop[0, 0] = place
        embedding = rng.standard_normal(512).astype(np.float32)
        samples.add_sample(
            db, student_id, crop=crop, embedding=embedding / np.linalg.norm(embedding), model_key="key",
            quality=0.4 + 0.06 * place, sharpness=0.6, brightness=120, face_px=90, source=f"photo {place}.jpg",
        )  # fmt: skip


def opened(driver: Driver, roll: str, tab: int = 0) -> Card:
    screen = driver.open("student", roll)
    assert isinstance(screen, Card)
    screen.book.select(tab)
    driver.pump(0.05)
    driver.wait_for(lambda: driver.is_ready and screen.card is not None)
    return screen


def dialog_of(driver: Driver) -> AskDialog:
    driver.wait_for(lambda: driver.app.dialogs and driver.app.dialogs[-1].winfo_viewable())
    dialog = driver.app.dialogs[-1]
    assert isinstance(dialog, AskDialog)
    return dialog


def student(store: Store, roll: str) -> Student:
    with store.read() as db:
        return people.get_student(db, roll)
