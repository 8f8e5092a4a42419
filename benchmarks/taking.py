"""A lesson filmed with a tablet and sent through the portal, against the command line marking the same file.

``python -m benchmarks.taking LESSON [--rounds 2]``, where LESSON holds ``enrol/``, ``class.mp4`` and ``truth.json`` as
the classroom builder writes them.  The portal runs as its own process over TLS, as the window starts it; the tablet is
this process on the same computer, so that no time is lost in a network.  Both begin with nothing loaded.
"""

import argparse
import hashlib
import json
import os
import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.lessons import CLASS, Lesson, home_of, machine, rollcall
from benchmarks.phones import OFFICE, PASSWORD, Phone, portal
from core import clock
from core.accounts import admin
from core.commands.context import ACCOUNT
from core.commands.context import PASSWORD as PASSWORD_OF
from core.paths import Home
from core.store import people, register
from core.store.database import open_store
from core.store.sessions import SessionDraft, add_session

FORM = "application/x-www-form-urlencoded"
POLL_S = 0.2
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds: until the last piece was there; until all was in the register and on the sheet."""

    sent: float
    done: float


class Tablet(Phone):
    """A teacher's browser as far as it matters."""

    def log_in(self) -> str:
        """The token of the forms."""
        page = self.ask("/login")[1]
        self.ask("/login", urlencode({"csrf_token": _found(page), "name": OFFICE, "password": PASSWORD}).encode(), FORM)
        return _found(self.ask("/teach/")[1])

    def film(self, token: str, lesson: int, file: Path) -> Times:
        """Send a video as the page does, and wait until it is marked."""
        place, content = f"/teach/lesson/{lesson}/take", file.read_bytes()
        began = time.perf_counter()
        files = [{"name": file.name, "size": len(content)}]
        begun = self._call("POST", f"{place}/uploads", token, json.dumps({"files": files}).encode())
        size = int(begun["piece"])
        for piece in begun["missing"][0]:
            self._call(
                "PUT", f"{place}/uploads/{begun['id']}/0/{piece}", token, content[piece * size : (piece + 1) * size]
            )
        digest = json.dumps({"sha256": [hashlib.sha256(content).hexdigest()]}).encode()
        job = self._call("POST", f"{place}/uploads/{begun['id']}/finish", token, digest)
        sent = time.perf_counter() - began
        while not job["over"]:
            time.sleep(POLL_S)
            job = self._call("GET", f"{place}/jobs/{job['id']}.json", token)
        if job["state"] != "done":
            raise SystemExit(f"the portal did not mark: {job['words']}")
        return Times(sent, time.perf_counter() - began)

    def _call(self, method: str, path: str, token: str, body: bytes | None = None) -> dict:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {
            "Accept": "application/json",
            "Cookie": cookies,
            "X-CSRFToken": token,
            "Referer": self._origin + path,
        }
        kind = "application/octet-stream" if method == "PUT" else "application/json"
        self._line.request(method, path, body, headers | ({"Content-Type": kind} if body is not None else {}))
        answer = self._line.getresponse()
        said: dict = json.loads(answer.read())
        if answer.status >= 400:
            raise SystemExit(f"{answer.status} at {path}: {said}")
        return said


def _found(page: str) -> str:
    token = _TOKEN.search(page)
    if token is None:
        raise SystemExit("a page of the portal has no form")
    return token.group(1)


def new_lesson(home: Home) -> int:
    """A lesson that is open now."""
    with open_store(home) as store, store.transaction() as db:
        now, school_class = clock.now(), people.get_class(db, CLASS)
        return add_session(db, SessionDraft(school_class.id, now, now + timedelta(hours=1), UTC)).id


def marked(home: Home, lesson: int) -> set[str]:
    """Roll numbers of who is present."""
    with open_store(home) as store, store.read() as db:
        return {row.roll for row in register.register_rows(db, lesson) if row.status == "P"}


def through_portal(home: Home, file: Path) -> tuple[Times, set[str]]:
    """One round through a portal that was just started."""
    lesson = new_lesson(home)
    with portal(home) as url:
        trust = ssl.create_default_context(cafile=str(home.data / "web" / "authority.pem"))
        tablet = Tablet(url, trust, "")
        times = tablet.film(tablet.log_in(), lesson, file)
    return times, marked(home, lesson)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lesson", type=Path)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    lesson = Lesson.read(options.lesson)
    expected = {lesson.rolls[one] for one in lesson.present}
    size = lesson.video.stat().st_size / 1e6
    print(f"{lesson.frames / lesson.fps:.0f} s of video, {size:.0f} MB, {len(expected)} present; {machine()}\n")
    print("| round | `app.py mark` | portal: all sent | portal: marked | marked rightly / wrongly (both) |")
    print("|---|---|---|---|---|")
    with home_of(lesson.folder / "enrol") as home:
        with open_store(home) as store:
            admin.set_up(store, OFFICE, PASSWORD)
        os.environ.update({ACCOUNT: OFFICE, PASSWORD_OF: PASSWORD})
        for number in range(1, options.rounds + 1):
            by_command = new_lesson(home)
            alone = rollcall(home, "mark", CLASS, lesson.video, "--session", str(by_command)).seconds
            times, here = through_portal(home, lesson.video)
            told = told_of({"command": marked(home, by_command), "portal": here}, expected)
            print(f"| {number} | {alone:.1f} s | {times.sent:.1f} s | {times.done:.1f} s | {told} |", flush=True)


def told_of(found: Mapping[str, set[str]], expected: set[str]) -> str:
    """``20 / 0, 20 / 0``."""
    return ", ".join(f"{len(here & expected)} / {len(here - expected)}" for here in found.values())


if __name__ == "__main__":
    main()
