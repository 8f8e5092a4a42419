"""Phones that confirm within a minute: how long page, claim and selfie take, how soon all are judged, what is lost.

``python -m benchmarks.phones PEOPLE [--phones 200] [--seconds 60] [--window]``.  PEOPLE has a folder of photos for each
person.  The portal runs as its own process over TLS, as the window starts it; the phones are threads of this one, each
with its own connection, cookie and selfie of ten pictures, and each asks for its state as the page does.  Their work is
done by the same processor, which real phones would bring along.  There are more phones than people in the folder: who
has no photos of their own sends somebody else's and ends in the teacher's review, which takes the same work.
``--window``: the desktop window is open on the same home meanwhile, and its longest stand is measured; needs a screen.
"""

import argparse
import http.client
import json
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np

from benchmarks.lessons import CLASS, home_of, machine
from core import clock
from core.accounts import admin
from core.actor import Actor, acting
from core.confirming import lessons, phones
from core.paths import PROJECT, Home
from core.store import confirmations, people
from core.store.database import Store, open_store
from core.store.sessions import SessionDraft, add_session

PICTURES = 10
SIDE = 480
POLL_S = 1.5
PATIENCE_S = 240
OFFICE, PASSWORD = "The Office", "four words and a hat"
KNOWN = ("accepted", "review", "refused")
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Times:
    """Seconds of each step, of all phones; judged: after the begin of all; of the errors what was said."""

    page: list[float] = field(default_factory=list)
    selfie: list[float] = field(default_factory=list)
    judged: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Phone:
    """A browser as far as it matters: one connection, cookies, redirections."""

    def __init__(self, url: str, trust: ssl.SSLContext, cookie: str) -> None:
        parts = urlsplit(url)
        self._origin = url
        self._cookies = {"__Host-rollcall-phone": cookie}
        self._line = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=60, context=trust)

    def ask(self, path: str, body: bytes | None = None, kind: str = "", accept: str = "text/html") -> tuple[str, str]:
        """The last path and what stood there.  Raises RuntimeError for an answer that is none."""
        headers = {"Accept": accept, "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers |= {"Content-Type": kind, "Referer": self._origin + path}
        self._line.request("GET" if body is None else "POST", path, body, headers)
        answer = self._line.getresponse()
        said = answer.read().decode()
        for one in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = one.partition(";")[0].partition("=")
            self._cookies[name] = value
        if answer.status in (302, 303):
            return self.ask(urlsplit(answer.headers["Location"]).path)
        if answer.status >= 400:
            raise RuntimeError(f"{answer.status} at {path}: {said[-300:]}")
        return path, said


def confirm(phone: Phone, code: Callable[[], str], pictures: Sequence[bytes], began: float, times: Times) -> None:
    """Scan, send the selfie, and ask until it is judged."""
    try:
        at = time.perf_counter()
        path, page = phone.ask(code())
        times.page.append(time.perf_counter() - at)
        token = _TOKEN.search(page)
        if token is None:
            raise RuntimeError(f"no form at {path}")
        body, kind = multipart(token.group(1), pictures)
        at = time.perf_counter()
        status = json.loads(phone.ask(path, body, kind, "application/json")[1])["status"]
        times.selfie.append(time.perf_counter() - at)
        while time.perf_counter() - began < PATIENCE_S:
            if json.loads(phone.ask(status, accept="application/json")[1])["state"] in KNOWN:
                times.judged.append(time.perf_counter() - began)
                return
            time.sleep(POLL_S)
        times.errors.append("never judged")
    except (RuntimeError, OSError, http.client.HTTPException) as error:
        times.errors.append(f"{type(error).__name__} {error}")


def multipart(token: str, pictures: Sequence[bytes]) -> tuple[bytes, str]:
    """The form as a browser sends it, and its kind."""
    line = uuid.uuid4().hex
    parts = [f'--{line}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'.encode()]
    for number, one in enumerate(pictures):
        head = f'--{line}\r\nContent-Disposition: form-data; name="picture"; filename="{number}.jpg"\r\n'
        parts += [f"{head}Content-Type: image/jpeg\r\n\r\n".encode(), one, b"\r\n"]
    return b"".join([*parts, f"--{line}--\r\n".encode()]), f"multipart/form-data; boundary={line}"


def selfies(folder: Path) -> list[list[bytes]]:
    """Of each person ten pictures, SIDE x SIDE: their photos, each moved a little from one to the next."""
    found = []
    for person in sorted(one for one in folder.iterdir() if one.is_dir()):
        photos = [cv2.imread(str(one)) for one in sorted(person.iterdir())]
        image = next(one for one in photos if one is not None)
        pictures = []
        for number in range(PICTURES):
            moved = cv2.warpAffine(
                image, np.array([[1, 0, number], [0, 1, 0]], np.float32), image.shape[1::-1], borderMode=1
            )
            pictures.append(cv2.imencode(".jpg", cv2.resize(moved, (SIDE, SIDE)), [cv2.IMWRITE_JPEG_QUALITY, 85])[1])
        found.append([one.tobytes() for one in pictures])
    return found


def named(folder: Path, made: Path) -> Path:
    """The people of the folder as ``enrol`` takes them: ``P01 Ann Veneman``."""
    for number, person in enumerate(sorted(one for one in folder.iterdir() if one.is_dir()), start=1):
        shutil.copytree(person, made / f"P{number:02} {person.name.replace('_', ' ')}")
    return made


def prepared(store: Store, count: int) -> tuple[int, list[str], Actor]:
    """A lesson that takes phones and ``count`` students with theirs: its number, the cookies, who may show the code."""
    office = admin.set_up(store, OFFICE, PASSWORD).actor()
    with store.transaction() as db:
        school_class = people.get_class(db, CLASS)
        students = people.roster(db, school_class.id)[:count]
        for number in range(len(students), count):
            students.append(people.add_student(db, f"X{number}", f"Student {number}"))
            people.add_to_roster(db, school_class.id, students[-1].id)
        db.flush()
        now = clock.now()
        lesson = add_session(db, SessionDraft(school_class.id, now, now + timedelta(hours=1), zone=UTC))
    cookies = []
    with acting(office):
        lessons.set_mode(store, office, lesson.id, "evidence")
        for student in students:
            code = phones.new_pairing(store, office, student.roll).code
            cookies.append(phones.pair(store, None, code, "Android, Chrome").device)
    return lesson.id, cookies, office


@contextmanager
def portal(home: Home) -> Iterator[str]:
    """The portal in a process of its own; where it is reached."""
    command = [sys.executable, str(PROJECT / "app.py"), "--home", str(home.root), "serve", "--announce"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("no pipes")
        child.stdin.write(b"\n")  # No passphrase.
        child.stdin.flush()
        port = urlsplit(json.loads(child.stdout.readline())["url"]).port
        try:
            yield f"https://localhost:{port}"
        finally:
            child.stdin.close()
            child.wait(60)


def stand(home: Home, seconds: float) -> None:
    """In a process of its own: open the window on the lesson and tell its longest stand (ms)."""
    from benchmarks.window_marking import Watch
    from gui.application import Application

    app = Application(home, actor=Actor(OFFICE, "admin"))
    watch = Watch(app)
    watch.until(lambda: app.shell and app.shell.current and not app.background.running)
    app.open("mark")
    watch.until(lambda: app.shell and app.shell.current == "mark" and not app.background.running)
    print("ready", flush=True)
    watch.longest_s = 0.0
    watch.until(lambda: False, seconds)
    print(f"{1000 * watch.longest_s:.0f}", flush=True)
    app.close()


@contextmanager
def window(home: Home, seconds: float, *, wanted: bool) -> Iterator[list[float]]:
    """The window beside; its longest stand (ms) stands in the list afterwards."""
    found: list[float] = []
    if not wanted:
        yield found
        return
    command = [sys.executable, "-m", "benchmarks.phones", str(home.root), "--stand", str(seconds)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as child:
        if child.stdout is None or child.stdout.readline().strip() != "ready":
            raise RuntimeError("the window did not open")
        yield found
        found.append(float(child.stdout.readline()))


def run(home: Home, store: Store, pictures: Sequence[Sequence[bytes]], options: argparse.Namespace) -> None:
    """Let all phones confirm, spread evenly, and print the table."""
    lesson, cookies, office = prepared(store, options.phones)
    times = Times()

    def code() -> str:
        with acting(office):
            return lessons.show_code(store, lesson).path

    with portal(home) as url, window(home, options.seconds, wanted=options.window) as stood:
        trust, began = ssl.create_default_context(cafile=str(home.data / "web" / "authority.pem")), time.perf_counter()

        def one(number: int, cookie: str) -> None:
            time.sleep(number * options.seconds / options.phones)
            confirm(Phone(url, trust, cookie), code, pictures[number % len(pictures)], began, times)

        threads = [threading.Thread(target=one, args=each) for each in enumerate(cookies)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with store.read() as db:
        stored = confirmations.confirmations_of(db, [lesson])
    report(times, [one.student_id for one in stored], Counter(one.state for one in stored), stood, options)


def report(
    times: Times, students: Sequence[int], states: Counter[str], stood: Sequence[float], options: argparse.Namespace
) -> None:
    """Print the table."""
    print(f"{options.phones} phones within {options.seconds:.0f} s; {machine()}\n")
    print("| | asked | median | 95 % | longest |\n|---|---|---|---|---|")
    for words, asked, found in (
        ("page and claim", "95 % < 1 s", times.page),
        ("selfie taken (202 after it is stored)", "95 % < 2 s", times.selfie),
        ("judged, since the first phone", "all < 180 s", times.judged),
    ):
        if found:
            middle, late = np.percentile(found, [50, 95])
            print(f"| {words} | {asked} | {middle:.2f} s | {late:.2f} s | {max(found):.2f} s |")
    double = len(students) - len(set(students))
    lost = len(times.selfie) - len(students)
    print(f"\nstored {len(students)}, lost {lost}, double {double}, errors {len(times.errors)}, {dict(states)}")
    for one in stood:
        print(f"longest stand of the window: {one:.0f} ms (asked < 200 ms)")
    for words, count in Counter(times.errors).most_common(5):
        print(f"{count} x {words}")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("people", type=Path)
    parser.add_argument("--phones", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--window", action="store_true")
    parser.add_argument("--stand", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stand:
        stand(Home(options.people), options.stand)
        return
    pictures = selfies(options.people)
    with (
        tempfile.TemporaryDirectory() as folder,
        home_of(named(options.people, Path(folder) / "people")) as home,
        open_store(home) as store,
    ):
        run(home, store, pictures, options)


if __name__ == "__main__":
    main()
