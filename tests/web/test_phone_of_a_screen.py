"""A photo or a screen held before a phone, where the networks against them are there, and where they are not.

The face is the student's own and a camera saw them in the lesson: nothing but the networks can tell.
"""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core import clock
from core.confirming import selfies
from core.engine import Engine
from core.paths import Home
from core.store import register, samples
from core.store.confirmations import Confirmation
from core.store.database import Store, open_store
from core.store.register import SightingDraft
from core.store.tables import ConfirmationTable
from core.vision.spoof import FOLDER
from tests.account_support import quickly
from tests.phone_support import jpeg
from tests.selfie_support import GATES, GENUINE, PRINT, TABLET, Known, known_people, spoof_photo
from tests.store_support import lesson_now
from tests.web_support import FOUR, ONE, Phone, Portal, ServedPortal, open_portal
from web import shield

SHOWN = (GENUINE, PRINT, TABLET)
"""One person: before the camera, on paper and on a screen.  ONE is enrolled by the first two, mirrored."""
JUDGED_S = 180
"""The networks are loaded for the first selfie, on a computer that may be busy."""


@pytest.fixture(scope="module")
def known(engine: Engine, shared: Path) -> Known:
    return known_people(engine, shared / "faces", (*SHOWN, GATES))


@pytest.fixture(params=["with the networks", "without"])
def school(
    request: pytest.FixtureRequest, home: Home, engine_home: Home, engine: Engine, known: Known, shared: Path
) -> Iterator[tuple[ServedPortal, bool]]:
    """A served school that knows two faces, and whether the networks are there."""
    is_there = request.param == "with the networks"
    shutil.copytree(engine_home.networks, home.networks, dirs_exist_ok=True)
    if is_there:
        shutil.copytree(shared / "models" / "antispoof", home.models / FOLDER)
    with open_store(home) as store, quickly():
        portal = open_portal(home, store)
        fill(store, portal, engine, known)
        with portal.over_tls() as served:
            yield served, is_there
        shield.limiter.reset()


def fill(store: Store, portal: Portal, engine: Engine, known: Known) -> None:
    with store.transaction() as db:
        for roll, who in ((ONE, GENUINE), (ONE, PRINT), (FOUR, GATES)):
            for crop, embedding in zip(known.crops[who], known.embeddings[who], strict=True):
                samples.add_sample(
                    db, portal.student_id(roll), crop=crop, embedding=embedding, model_key=engine.model_key,
                    quality=0.9, sharpness=0.6, brightness=120, face_px=90, source="a.png",
                )  # fmt: skip


def new_lesson(portal: Portal) -> int:
    """A lesson with phones, in which the room's camera has seen ONE."""
    now = clock.now()
    with portal.store.transaction() as db:
        made = lesson_now(db, portal.school.own.class_id).id
        present = SightingDraft("present", "", portal.student_id(ONE), 0.9, now, now)
        register.replace_sightings(db, made, "room", [present])
    portal.turn_on(session_id=made)
    return made


def sent(served: ServedPortal, phone: Phone, picture: bytes) -> tuple[Confirmation, dict[str, Any]]:
    """One picture from the student's own phone, and what the server's judge made of it."""
    portal = served.portal
    lesson = new_lesson(portal)
    assert phone.send_json(portal.scan(phone, lesson), pictures=[picture]).status == 202
    until = time.monotonic() + JUDGED_S
    while (found := portal.confirmations(lesson)[0]).state == "waiting":
        assert time.monotonic() < until, "nobody judges"
        time.sleep(0.2)
    with portal.store.read() as db:
        return found, dict(db.get_one(ConfirmationTable, found.id).scores or {})


def test_a_print_and_a_screen_go_to_the_teacher_and_the_person_does_not(
    school: tuple[ServedPortal, bool], shared: Path
) -> None:
    served, is_there = school
    phone = served.phone()
    assert phone.post("/pair", code=served.portal.pairing(ONE)).status == 303
    for who in SHOWN:
        found, scores = sent(served, phone, jpeg(spoof_photo(shared / "faces", who)))
        # It is the right face, each time.
        assert scores["best"] == scores["cosine"] >= scores["cut"]
        if not is_there:
            assert (found.state, found.reason, scores["real"]) == ("accepted", selfies.UNCHECKED, None)
        elif who == GENUINE:
            assert (found.state, found.reason) == ("accepted", selfies.ACCEPTED)
            assert scores["real"] >= scores["real_cut"]
        else:
            assert (found.state, found.reason) == ("review", selfies.PICTURE_OF_PICTURE)
            assert scores["real"] < scores["real_cut"]
