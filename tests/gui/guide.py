"""The pictures of docs/guide.md: the real window on the demo class, photographed screen by screen.

``python -m tests.gui.guide`` makes docs/pictures anew; it needs Xvfb and the networks.  To look at the window in
another way, beside the guide: ``python -m tests.gui.guide FOLDER WIDTH HEIGHT light|dark PERCENT``.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import get_args

from PIL import Image as Pictures

from core import clock
from core.actor import Actor
from core.demo import STUDENTS, _file, build_video
from core.engine import load_engine
from core.networks.prepare import prepare_networks
from core.paths import PROJECT, Home
from core.records import no_progress
from core.vision.images import read_image
from gui.portal import State
from gui.preferences import Mode, Preferences, save_preferences
from gui.screen import list_screens
from gui.screens.capture_parts.choosing import Source
from tests.capture_support import film, swaying
from tests.gui import guide_phones
from tests.gui.conftest import x_server
from tests.gui.driver import Driver
from tests.gui.guide_school import CLASS, NOW, make_school

PICTURES = PROJECT / "docs" / "pictures"
MOST_BYTES = 60_000
COLOURS = (128, 64, 32)
LONG_S = 90.0
LIST = """roll,name,class,parents_email
S120,Quentin Adeyemi,8B-SCI,adeyemi@mail.example
S121,Rosa Lindqvist,8B-SCI,rosa.home@mail.example
S103,Aarav Menon,8B-SCI,aarav.home@mail.example
S122,,8B-SCI,nobody
"""


class Guide:
    """The window, and where its pictures go."""

    def __init__(self, home: Home, driver: Driver, folder: Path, work: Path) -> None:
        self.home, self.driver, self.folder, self.work = home, driver, folder, work

    def shoot(self, name: str) -> None:
        """Photograph the window once nothing runs that was asked for."""
        self.driver.pump(0.4)
        path = self.driver.photograph(self.folder / f"{name}.png")
        if self.folder == PICTURES:
            reduce(path)
        print(f"{name:<16}{path.stat().st_size // 1024:>4} kB", flush=True)

    def page(self, name: str, about: object = None, picture: str = "") -> None:
        """Open a screen and photograph it."""
        self.driver.open(name, about)
        self.driver.pump(0.6)
        self.driver.wait_for(lambda: self.driver.is_ready, name, LONG_S)
        self.shoot(picture or name)

    def mark(self) -> None:
        """While a lesson is marked: somebody was recognised, somebody waits for a decision; then the end."""
        video = self.work / "lesson.mp4"
        build_video(video, no_progress)
        driver, screen = self.driver, self.driver.open("mark")
        driver.wait_for(lambda: screen.lessons.choice)
        if screen.session is None:
            driver.click(screen.panel.empty.button)
        driver.wait_for(lambda: screen.session is not None and driver.is_ready, "the register", LONG_S)
        screen.sources.use(f"loop:{video}", "Lab camera")
        driver.click(screen.start_button)
        seats = screen.board.model.seats
        driver.wait_for(lambda: any(one.status for one in screen.board.model.seats.values()), str(seats), LONG_S)
        driver.wait_for(lambda: screen.strip.tray.faces, "the stranger", LONG_S)
        for row, key in enumerate("ppplpp", 2):
            screen.board.select(list(screen.board.model.seats)[row])
            driver.press(f"<Key-{key}>", screen.board.canvas)
            for dialog in list(driver.app.dialogs):
                driver.press("<Return>", dialog)
            driver.wait_for(lambda: not screen.marks.is_saving)
        driver.pump(1.0)
        self.shoot("mark")
        driver.click(screen.stop_button)
        driver.wait_for(lambda: not screen.running.is_on and driver.is_ready, "the end", LONG_S)
        self.shoot("mark-over")
        screen.panel.set_view("seats")
        self.shoot("mark-seats")
        screen.panel.set_view("grid")

    def phones(self) -> None:
        """The lesson goes on with phones: the code on the wall, a selfie to look at, the portal, what was asked."""
        driver, screen = self.driver, self.driver.open("mark")
        driver.app.portal._set(guide_phones.ON)
        phones = screen.panel.phones
        driver.wait_for(lambda: screen.session is not None and driver.is_ready, "the register", LONG_S)
        phones.set_mode("evidence")
        driver.wait_for(lambda: phones.board is not None and phones.board.is_on, "the mode", LONG_S)
        guide_phones.confirm(driver.app.store, screen.session.id)
        driver.wait_for(lambda: phones.review_button.winfo_ismapped() and driver.is_ready, "the phones", LONG_S)
        self.shoot("mark-phones")
        phones.show_code()
        wall = phones.window
        driver.wait_for(lambda: wall.code.pixels_a_square > 0, "the code", LONG_S)
        wall.geometry("1366x768+0+0")
        driver.pump(1.0)
        self.shoot("code")
        wall.close()
        phones.review()
        driver.wait_for(lambda: driver.app.dialogs and driver.app.dialogs[-1].case is not None, "the selfie", LONG_S)
        self.shoot("selfies")
        driver.app.dialogs[-1].cancel()
        guide_phones.ask(driver.app.store, screen.session.id)
        self.page("questions")
        self.page("portal")
        driver.app.portal._set(State("off"))

    def seating(self) -> None:
        """A plan that is made and saved, with somebody in the hand."""
        driver, screen = self.driver, self.driver.open("seating", CLASS)
        driver.wait_for(lambda: screen.arranging is not None and driver.is_ready, "the plan", LONG_S)
        screen.fill("roll")
        screen.save()
        driver.wait_for(lambda: driver.is_ready and not screen.arranging.is_changed, "the saving", LONG_S)
        for key in ("<Home>", "<Down>", "<Return>", "<Right>", "<Right>"):
            driver.press(key, screen.plan.canvas)
        self.shoot("seating")
        driver.press("<Escape>", screen.plan.canvas)

    def capture(self) -> None:
        """While faces are taken."""
        face = read_image(_file(STUDENTS[0][1]))[0:250, 100:350]
        path = film(self.work / "student.mp4", swaying([face, face[:, ::-1]], 40))
        driver, screen = self.driver, self.driver.open("capture", (CLASS, "S101"))
        driver.wait_for(lambda: screen.bar.roll is not None and driver.is_ready, "the students")
        self.shoot("capture-faces")
        screen.bar.source.use(Source("Lab camera", f"loop:{path}"))
        driver.click(screen.bar.start)
        driver.wait_for(lambda: driver.shows("Stop (q)"), "the camera", LONG_S)
        driver.pump(6.0)
        self.shoot("capture")
        driver.press("q", screen.live.picture)
        driver.wait_for(lambda: not screen.is_running and driver.is_ready, "the end", LONG_S)

    def student(self) -> None:
        """The card, page by page."""
        screen = self.driver.open("student", "S103")
        for tab, name in enumerate(("student", "consent", "faces", "lessons", "chart")):
            screen.book.select(tab)
            self.driver.pump(0.6)
            self.driver.wait_for(lambda: self.driver.is_ready, name, LONG_S)
            self.shoot(name if tab == 0 else f"student-{name}")

    def imports(self) -> None:
        """A list with one mistake, before it is applied."""
        path = self.work / "class list.csv"
        path.write_text(LIST, encoding="utf-8")
        screen = self.driver.open("import_people")
        screen.file.path.set(str(path))
        self.driver.press("<Return>", screen.file.entry)
        self.driver.wait_for(lambda: screen.outcome is not None and self.driver.is_ready, "the preview", LONG_S)
        screen.file.path.set("Documents/class list.csv")
        self.shoot("import-people")
        self.page("import_photos", picture="import-photos")

    def reports(self) -> None:
        """The list of reports and one of them."""
        self.page("reports")
        self.driver.open("reports", ("month", {"class": CLASS, "month": f"{NOW:%Y-%m}"}))
        screen = self.driver.screen
        self.driver.wait_for(lambda: screen.result is not None and self.driver.is_ready, "the report", LONG_S)
        self.shoot("report")

    def rest(self, done: set[str]) -> None:
        """Screens that show what they are for as soon as they are opened."""
        for info in list_screens():
            if info.order and info.name not in done:
                self.page(info.name)


def reduce(path: Path) -> None:
    """Fewer colours, so that the guide stays small: no picture over 60 kB."""
    with Pictures.open(path) as shot:
        picture = shot.convert("RGB")
    for colours in COLOURS:
        picture.quantize(colours, dither=Pictures.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size < MOST_BYTES:
            return
    raise RuntimeError(f"{path.name} is too large for the guide")


def take(home: Home, admin: Actor, screen: str, folder: Path, preferences: Preferences, size: tuple[int, int]) -> None:
    """All pictures into a folder."""
    save_preferences(home, preferences)
    driver = Driver(home, size, screen, actor=admin)
    try:
        driver.wait_for(lambda: driver.is_ready, "the first screen", LONG_S)
        # The pointer in a corner, so that no tip hides anything.
        driver.root.event_generate("<Motion>", warp=True, x=2, y=size[1] - 2)
        driver.pump(2.5)
        with tempfile.TemporaryDirectory() as work:
            guide = Guide(home, driver, folder, Path(work))
            steps: dict[str, Callable[[], None]] = {
                "today": lambda: guide.page("today"),
                "register": lambda: guide.page("register", (CLASS, NOW.date())),
                "reports": guide.reports,
                "students": lambda: guide.page("students"),
                "student": guide.student,
                "classes": lambda: guide.page("classes"),
                "class": lambda: guide.page("class", CLASS),
                "seating": guide.seating,
                "import_people": guide.imports,
                "mark": guide.mark,
                "phones": guide.phones,
                "train": lambda: guide.page("train", CLASS),
                "capture": guide.capture,
            }
            for step in steps.values():
                step()
            guide.rest({*steps, "questions", "portal"})
        if driver.problems:
            raise RuntimeError("\n".join(driver.problems))
    finally:
        driver.close()


def main() -> None:
    """Make the school, open the window, photograph."""
    folder, width, height, mode, percent = (
        *sys.argv[1:],
        *(str(PICTURES), 1366, 768, "light", 100)[len(sys.argv) - 1 :],
    )
    assert mode in get_args(Mode)
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    own, began, run = Home(PROJECT), datetime.now(NOW.tzinfo), clock.now
    prepare_networks(own)
    # The same day in every picture, whenever they are made.
    clock.now = lambda: run() + (NOW - began)
    program = shutil.which("Xvfb")
    if program is None:
        raise SystemExit("The pictures are taken on a screen of Xvfb. Install xvfb first.")
    with tempfile.TemporaryDirectory() as place, x_server(program) as screen:
        os.environ.update(DISPLAY=screen, PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring", LANGUAGE="en")
        home = Home(Path(place) / "home")
        home.create()
        shutil.copytree(own.networks, home.networks)
        admin = make_school(home, load_engine(home, 30))
        take(home, admin, screen, target, Preferences("en", int(percent), mode), (int(width), int(height)))


if __name__ == "__main__":
    main()
