"""Pages of students and teachers on a slow phone: bytes that come, and how soon the first of a page is painted.

``python -m benchmarks.portal_pages [--chromium /usr/bin/chromium] [--faces KNOWN]``.  The portal runs in this process
over TLS, with a term of marks.  Chromium is a phone of 390 by 844 with 1.6 Mbit/s, 150 ms to the server and a quarter
of this computer's speed, and has nothing of the site stored; so a page waits for the connection, TLS, the page and its
style.  KNOWN has one folder of photos a person: with it a teacher's pages that show faces are measured with thirty of
each kind, down to their last picture.
"""

import argparse
import shutil
import statistics
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright

from benchmarks.lessons import machine
from core import clock
from core.accounts import admin, login
from core.actor import MACHINE, acting
from core.confirming import lessons
from core.paths import Home
from core.records import Image
from core.store import confirmations, devices, people, samples, sessions
from core.store.database import Store, open_store
from core.store.marks import MarkState, Wish, write_marks
from core.store.register import SightingDraft, replace_sightings
from core.store.sessions import SessionDraft
from core.surfaces import Served
from core.vision.images import encode_png
from web.server import Server

OFFICE, STUDENT, PASSWORD = "The Office", "Ada", "four words and a hat"
LESSONS = 60
FACES, SIDE = 30, 160
RUNS = 5
SLOW_LINE = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
SLOWER = 4
AIMED_MS, AIMED_BYTES = 1000, 150_000
PUBLIC = ("/login", "/pair", "/code-of-lesson", "/trust")
OWN = ("/my/", "/my/record", "/my/absences", "/my/questions", "/my/data")
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


def fill(store: Store) -> int:
    """A class, a student with a term of marks and an account; the lesson that takes phones now."""
    office = admin.set_up(store, OFFICE, PASSWORD).actor()
    now = clock.now()
    with store.transaction() as db:
        class_id = people.add_class(db, "C", "Class", OFFICE).id
        student = people.add_student(db, "R1", "Ada Lovelace").id
        people.add_to_roster(db, class_id, student)
        wishes = []
        for days in range(1, LESSONS + 1):
            begin = now - timedelta(days=days)
            draft = SessionDraft(class_id, begin, begin + timedelta(minutes=50), UTC)
            held = sessions.add_session(db, draft)
            wishes.append(Wish(held.id, student, MarkState("A" if days % 7 == 0 else "P", None, source="face")))
        write_marks(db, MACHINE, wishes)
        open_now = sessions.add_session(db, SessionDraft(class_id, now, now + timedelta(hours=1), UTC)).id
    with acting(office):
        made = admin.add(store, STUDENT, "student", roll="R1")
        lessons.set_mode(store, office, open_now, "evidence")
    login.use_code(store, STUDENT, made.code, PASSWORD)
    return open_now


def fill_faces(store: Store, session_id: int, known: Path) -> list[str]:
    """Faces stored of one student, not sure, recognised, and selfies to decide about; the pages that show them."""
    photos = [sorted(one.iterdir())[0] for one in sorted(known.iterdir()) if one.is_dir()][:FACES]
    drafts = []
    with store.transaction() as db:
        class_id, first = people.get_class(db, "C").id, people.get_student(db, "R1").id
        for number, photo in enumerate(photos):
            crop, random = middle(photo), np.random.default_rng(number)
            student = people.add_student(db, f"F{number}", f"Student with a name of usual length {number}").id
            people.add_to_roster(db, class_id, student)
            samples.add_sample(
                db, first, crop=crop, embedding=random.normal(size=512).astype(np.float32), model_key="k",
                quality=1, sharpness=1, brightness=1, face_px=99, source="a.jpg",
            )  # fmt: skip
            face, may_be = encode_png(crop), ((student, 0.5), (first, 0.4))
            drafts.append(SightingDraft("review", "not sure", student, 0.5, candidates=may_be, thumbnail=face))
            drafts.append(SightingDraft("present", "", student, 0.9, thumbnail=face))
            device, _token = devices.known_or_new(db, None, "Android, Chrome")
            devices.set_owner(db, device.id, student)
            made = confirmations.add_confirmation(
                db, session_id=session_id, student_id=student, device_id=device.id, how="qr", state="waiting", reason=""
            )
            confirmations.judge(db, made.id, "review", "The face is not like the stored ones.", {}, face)
        replace_sightings(db, session_id, "cam", drafts)
    lesson = f"/teach/lesson/{session_id}"
    return [f"/teach/student/{first}/faces/", f"{lesson}/faces/", f"{lesson}/", f"{lesson}/board"]


def middle(photo: Path) -> Image:
    """The face of a press photo, which fills its middle."""
    found = cv2.imread(str(photo))
    if found is None or min(found.shape[:2]) < SIDE:
        raise SystemExit(f"{photo} is no photo of {SIDE} pixels and more.")
    top, left = (found.shape[0] - SIDE) // 2, (found.shape[1] - SIDE) // 2
    return np.ascontiguousarray(found[top : top + SIDE, left : left + SIDE], np.uint8)


@contextmanager
def served(home: Home, store: Store) -> Iterator[str]:
    """The address of the portal."""
    told: list[Served] = []
    ready = threading.Event()

    def hear(served: Served) -> None:
        told.append(served)
        ready.set()

    server = Server(home, store, hear)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    if not ready.wait(60):
        raise SystemExit("the portal does not start")
    try:
        yield told[0].url
    finally:
        server.stop()
        thread.join(30)


def a_phone(browser: Browser, url: str, cookies: StorageState | None = None) -> BrowserContext:
    """A phone that was never there, but may be logged in."""
    return browser.new_context(
        base_url=url,
        ignore_https_errors=True,
        viewport={"width": 390, "height": 844},
        is_mobile=True,
        has_touch=True,
        storage_state=cookies,
    )


def logged_in(browser: Browser, url: str, name: str) -> StorageState:
    """The cookies of an account."""
    with a_phone(browser, url) as context:
        page = context.new_page()
        page.goto("/login")
        page.locator("#name").fill(name)
        page.locator("#password").fill(PASSWORD)
        page.locator("main button").click()
        page.locator(".who").wait_for()
        return context.storage_state()


def visit(browser: Browser, url: str, place: str, cookies: StorageState | None) -> tuple[float, int]:
    """Milliseconds until the first of a page is painted, and bytes that came."""
    context = a_phone(browser, url, cookies)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    wire.send("Network.emulateNetworkConditions", SLOW_LINE)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    sizes: list[int] = []
    wire.on("Network.loadingFinished", lambda one: sizes.append(int(one["encodedDataLength"])))
    page.goto(place, wait_until="networkidle")
    painted = float(page.evaluate(FIRST_PAINT))
    load_all(page)
    context.close()
    return painted, sum(sizes)


def load_all(page: Page) -> None:
    """Also the pictures that the phone would fetch only when somebody scrolls to them."""
    page.evaluate("() => { for (const one of document.images) one.loading = 'eager'; }")
    while not page.evaluate("() => [...document.images].every((one) => one.complete)"):
        page.wait_for_timeout(100)


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--chromium", default=shutil.which("chromium") or "/usr/bin/chromium")
    asked.add_argument("--faces", type=Path, metavar="KNOWN", help="one folder of photos a person")
    given = asked.parse_args()
    path = given.chromium
    if not Path(path).exists():
        raise SystemExit(f"There is no {path}. Install Chromium, or say where it is with --chromium.")
    print(f"{machine()}, median of {RUNS} first visits\n")
    print(f"| page | first paint (aimed at {AIMED_MS} ms) | bytes (aimed at {AIMED_BYTES:,}) |\n|---|---|---|")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, sync_playwright() as playwright:
        home = Home(Path(folder) / "home")
        home.create()
        with open_store(home) as store:
            session_id = fill(store)
            faces = fill_faces(store, session_id, given.faces) if given.faces else []
            with served(home, store) as url:
                browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
                student, teacher = (logged_in(browser, url, one) for one in (STUDENT, OFFICE))
                who = dict.fromkeys(PUBLIC) | dict.fromkeys(OWN, student) | dict.fromkeys(faces, teacher)
                for place, cookies in who.items():
                    found = [visit(browser, url, place, cookies) for _ in range(RUNS)]
                    painted = statistics.median(one[0] for one in found)
                    print(f"| {place} | {painted:.0f} ms | {max(one[1] for one in found):,} |", flush=True)
                browser.close()


if __name__ == "__main__":
    main()
