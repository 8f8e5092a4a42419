"""Printed cards read back as a phone and a person do: rendered, cut apart, decoded."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import cv2
import pytest
from sqlalchemy import func, select

from core import clock
from core.actor import Actor
from core.confirming.cards import print_cards
from core.reports.pairing_cards import CARD_HIGH, CARD_WIDE, COLUMNS, INCH, ROWS, SIDE, TOP
from core.settings import Settings
from core.store import people
from core.store.database import Store
from core.store.tables import PairingTable

SCHOOL = Settings(school="St. Xavier’s School", time_zone="Asia/Kolkata", card_days=10)
ADDRESS = "https://192.168.1.20:8443"
TEACHER = Actor("Grace", "teacher")
NAMES = {"R1": "Ada Lovelace", "R2": "Mary Somerville", "R10": "Grace Hopper", "R20": "Left Already"}
DOTS = 200
"""An inch, as a cheap printer and a phone that is not held still."""
CODE = re.compile(r"\b[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}\b")


@dataclass(frozen=True)
class ReadCard:
    """words: all that stands on it; address: what its QR code holds."""

    words: str
    address: str

    @property
    def code(self) -> str:
        """The code as it is typed out."""
        [found] = CODE.findall(self.words)
        return str(found)


def poppler() -> None:
    """Skips the test where no reader of PDF is installed."""
    if shutil.which("pdftotext") is None or shutil.which("pdftoppm") is None:
        pytest.skip("poppler is not installed, which reads PDFs back")


def read_cards(document: bytes, folder: Path) -> list[ReadCard]:
    """The cards of a document, page by page and row by row."""
    poppler()
    path = folder / "read.pdf"
    path.write_bytes(document)
    for old in folder.glob("page-*.png"):
        old.unlink()
    subprocess.run(["pdftoppm", "-r", str(DOTS), "-gray", "-png", path, folder / "page"], check=True)
    found = []
    for number, picture in enumerate(sorted(folder.glob("page-*.png")), 1):
        page = cv2.imread(str(picture))
        assert page is not None
        for place in range(COLUMNS * ROWS):
            row, column = divmod(place, COLUMNS)
            sides = (SIDE + column * CARD_WIDE, TOP + row * CARD_HIGH, CARD_WIDE, CARD_HIGH)
            left, top, wide, high = (round(one / INCH * DOTS) for one in sides)
            words = _words(path, number, left, top, wide, high)
            if not words:
                break
            # The other detector of OpenCV reads no more than four of five of the best pictures.
            text = cv2.QRCodeDetectorAruco().detectAndDecode(page[top : top + high, left : left + wide])[0]
            found.append(ReadCard(words, text))
    return found


def codes_in(document: bytes) -> list[str]:
    """The codes that stand on the cards, one after the other."""
    poppler()
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=document, capture_output=True, check=True)
    return CODE.findall(done.stdout.decode("utf-8"))


def _words(path: Path, page: int, left: int, top: int, wide: int, high: int) -> str:
    area = ["-x", left, "-y", top, "-W", wide, "-H", high, "-r", DOTS, "-f", page, "-l", page]
    done = subprocess.run(["pdftotext", *map(str, area), path, "-"], capture_output=True, check=True)
    return " ".join(done.stdout.decode("utf-8").split())


@pytest.fixture
def school(store: Store) -> Store:
    """CS101 with three students, and one who left."""
    with store.transaction() as db:
        found = people.add_class(db, "CS101", "Programming", "Grace")
        people.add_class(db, "EMPTY", "Nobody", "Grace")
        for roll, name in NAMES.items():
            people.add_to_roster(db, found.id, people.add_student(db, roll, name).id)
        people.set_active(db, people.get_student(db, "R20").id, False)
    return store


def codes(store: Store, **more: Any) -> list[str]:
    """The codes on the cards of CS101."""
    done = print_cards(store, SCHOOL, TEACHER, "CS101", ADDRESS, bytes, **more)
    found = codes_in(done.kept)
    assert len(found) == done.students
    return found


def live_codes(store: Store) -> int:
    """How many codes still pair a phone, but for their days."""
    with store.read() as db:
        return db.scalar(select(func.count()).select_from(PairingTable).where(PairingTable.ended.is_(None))) or 0


def later(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """From now on it is this moment."""
    monkeypatch.setattr(clock, "now", lambda: moment)
