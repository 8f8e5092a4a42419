"""A school's portal for tests: a lesson open now, accounts, students, and browsers with or without a network.

``portal`` is the application in this process (fast); ``served`` the real server over TLS on a free port.  Both have
browsers with the same methods, which keep cookies and put the CSRF token into what they post, as a real one does.
"""

import html
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.cookies import SimpleCookie
from io import BytesIO
from json import loads
from types import SimpleNamespace
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask
from PIL import Image
from sqlalchemy import text
from werkzeug.datastructures import FileStorage, MultiDict

from core import clock
from core.actor import Actor, acting
from core.confirming import codes, lessons, phones
from core.confirming.lessons import ShownCode
from core.paths import Home
from core.store import confirmations, people, sessions, web_sessions
from core.store.confirmations import Confirmation
from core.store.database import Store, open_store
from core.surfaces import Served
from tests.account_support import PASSWORD, School, make_school, new_account, quickly
from tests.store_support import lesson_now
from web import shield
from web.app import create_app
from web.server import Server
from web.site import Site

HOST = "localhost"
PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"
ONE, THREE, FOUR, FIVE = "R1", "R3", "R4", "R5"
"""Students of the class OWN.  ONE, THREE and FOUR agreed to face comparison, FIVE did not."""
ACCOUNTS = {ONE: "Student One", THREE: "Student Three", FIVE: "Student Five"}
"""FOUR has no account, only a phone if it is paired.  R2 is in the class FOREIGN."""
TEACHER, OFFICE = "Grace Hopper", "The Office"
MOST_BYTES = 150_000
"""A page weighs less, with all that belongs to it."""
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_PARTS = re.compile(r'<(?:img|link|script)\b[^>]*? (?:src|href)="([^"]+)"')
_TAGS = re.compile(r"<(script|style).*?</\1>|<[^>]+>", re.DOTALL)


@dataclass(frozen=True)
class Answer:
    """What came back.  path: of the page that was reached in the end; place: where a redirect leads, or None."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    path: str
    cookies: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The page as it was sent."""
        return self.body.decode("utf-8", "replace")

    @property
    def words(self) -> str:
        """What a person reads on the page."""
        return re.sub(r"\s+", " ", _TAGS.sub(" ", self.text)).strip()

    @property
    def is_page(self) -> bool:
        """Whether it is a page of its own: no file, no data and no piece that a script puts into one."""
        return "text/html" in self.headers["Content-Type"] and "<html" in self.text

    @property
    def json(self) -> Any:
        """The answer as JSON."""
        return loads(self.body)

    @property
    def place(self) -> str | None:
        """Path and query of the page that a redirect names."""
        found = self.headers.get("Location")
        if found is None:
            return None
        parts = urlsplit(found)
        return parts.path + (f"?{parts.query}" if parts.query else "")


class Browser(Protocol):
    """What both kinds of browser do."""

    def get(self, path: str, *, follow: bool = True, **headers: str) -> Answer:
        """Open a page.  headers: with ``_`` for ``-``."""

    def post(
        self, path: str, *, pictures: Sequence[bytes] = (), follow: bool = False, headers: Any = None, **given: Any
    ) -> Answer:
        """Send a form with its CSRF token."""

    def cookie(self, name: str) -> str | None:
        """The value of a cookie."""


def weight(browser: Browser, answer: Answer) -> int:
    """Bytes of a page with its styles, scripts and pictures; not of what its links lead to."""
    parts = {html.unescape(one) for one in _PARTS.findall(answer.text)}
    return len(answer.body) + sum(len(browser.get(one).body) for one in parts)


class _Common:
    """What does not depend on how pages are fetched."""

    _token: str | None = None

    def _fetch(
        self, method: str, path: str, headers: dict[str, str], form: Any, pictures: Sequence[bytes], *, follow: bool
    ) -> Answer:
        raise NotImplementedError

    def get(self, path: str, *, follow: bool = True, **headers: str) -> Answer:
        """Open a page."""
        return self._seen(self._fetch("GET", path, _named(headers), None, (), follow=follow))

    def post(
        self,
        path: str,
        *,
        pictures: Sequence[bytes] = (),
        follow: bool = False,
        csrf: bool = True,
        headers: Mapping[str, str] | None = None,
        **given: Any,
    ) -> Answer:
        """Send a form; ``csrf=False`` leaves its token out.  ``class_``: a field named ``class``."""
        sent = {"Origin": self.origin, "Referer": f"{self.origin}/", **(headers or {})}
        form = {name.rstrip("_"): value for name, value in given.items()}
        if csrf:
            form = {"csrf_token": self.token(), **form}
        return self._seen(self._fetch("POST", path, sent, form, pictures, follow=follow))

    def send(self, method: str, path: str, **form: str) -> Answer:
        """Send a form by any method, with nothing but what is given."""
        sent = {"Origin": self.origin, "Referer": f"{self.origin}/"}
        return self._seen(self._fetch(method, path, sent, form, (), follow=False))

    def send_json(self, path: str, *, pictures: Sequence[bytes] = (), **given: Any) -> Answer:
        """Send a form as a script does, for an answer in JSON."""
        return self.post(path, pictures=pictures, headers={"Accept": "application/json"}, **given)

    def log_in(self, name: str, password: str = PASSWORD) -> Self:
        """Log in, or fail the test."""
        self.get("/login")
        assert self.post("/login", name=name, password=password).status == 303, f"{name} cannot log in"
        self._token = None
        return self

    def token(self) -> str:
        """The CSRF token of the page that was last seen, else of the page for typing a code."""
        if self._token is None:
            self.get("/code-of-lesson")
        assert self._token is not None
        return self._token

    @property
    def origin(self) -> str:
        """Scheme, name and port."""
        raise NotImplementedError

    def _seen(self, answer: Answer) -> Answer:
        found = _TOKEN.search(answer.text) if "html" in answer.headers.get("Content-Type", "") else None
        if found:
            self._token = found[1]
        return answer


class Client(_Common):
    """A browser without a network, for the application itself."""

    def __init__(self, app: Flask, address: str = "127.0.0.1", agent: str = PHONE) -> None:
        self._client, self._address, self._agent = app.test_client(), address, agent
        self.secure: bool = app.config["SESSION_COOKIE_SECURE"]

    @property
    def origin(self) -> str:
        """Scheme and name."""
        return f"http{'s' if self.secure else ''}://{HOST}"

    def cookie(self, name: str) -> str | None:
        """The value of a cookie."""
        found = self._client.get_cookie(name, HOST)
        return None if found is None else found.value

    def set_cookie(self, name: str, value: str) -> None:
        """Put a cookie there, as somebody who stole it does."""
        self._client.set_cookie(name, value, domain=HOST, secure=self.secure)

    def without_cookies(self) -> Self:
        """Forget all cookies."""
        for one in list(self._client._cookies or {}):
            self._client.delete_cookie(one[2], domain=one[0], path=one[1])
        return self

    def _fetch(
        self, method: str, path: str, headers: dict[str, str], form: Any, pictures: Sequence[bytes], *, follow: bool
    ) -> Answer:
        data: Any = form
        if pictures:
            files = [("picture", FileStorage(BytesIO(one), f"{number}.jpg")) for number, one in enumerate(pictures)]
            data = MultiDict([*((form or {}).items()), *files])
        got = self._client.open(
            path,
            method=method,
            base_url=self.origin,
            data=data,
            headers={"User-Agent": self._agent, **headers},
            environ_overrides={"REMOTE_ADDR": self._address},
            follow_redirects=follow,
        )
        cookies = tuple(got.headers.getlist("Set-Cookie"))
        return Answer(got.status_code, dict(got.headers), got.get_data(), got.request.path, cookies)


class Phone(_Common):
    """A browser that comes over the network."""

    def __init__(self, url: str, authority: str | None, agent: str = PHONE) -> None:
        self._url, self._session = url, requests.Session()
        # Without this, settings of whoever runs the tests decide about certificates.
        self._session.trust_env = False
        self._session.verify = authority or True
        self._session.headers["User-Agent"] = agent

    @property
    def origin(self) -> str:
        """Scheme, name and port."""
        return self._url

    def cookie(self, name: str) -> str | None:
        """The value of a cookie."""
        return self._session.cookies.get(name)

    def take_cookies(self, cookies: Mapping[str, str | None]) -> None:
        """Become another browser."""
        for name, value in cookies.items():
            self._session.cookies.set(name, value, domain="localhost.local", secure=True)

    def _fetch(
        self, method: str, path: str, headers: dict[str, str], form: Any, pictures: Sequence[bytes], *, follow: bool
    ) -> Answer:
        files = [("picture", (f"{place}.jpg", one, "image/jpeg")) for place, one in enumerate(pictures)] or None
        got = self._session.request(
            method, self._url + path, data=form, files=files, headers=headers, allow_redirects=follow, timeout=60
        )
        held = SimpleCookie(got.headers.get("Set-Cookie", ""))
        cookies = tuple(one.OutputString() for one in held.values())
        return Answer(got.status_code, got.headers, got.content, urlsplit(got.url).path, cookies)


@dataclass(frozen=True)
class Portal:
    """A school and its application.  session_id: of the class OWN's lesson, open now, of which no phone knows yet."""

    home: Home
    store: Store
    school: School
    app: Flask = field(repr=False)
    session_id: int
    foreign_session_id: int

    def browser(self, account: str | None = None, **how: str) -> Client:
        """A new browser, logged in if an account is named.  how: ``address``, ``agent``."""
        made = Client(self.app, **how)
        return made if account is None else made.log_in(account)

    @property
    def day(self) -> date:
        """The day of the lesson that is open now."""
        with self.store.read() as db:
            return sessions.get_session(db, self.session_id).day

    def actor(self, role: str = "teacher") -> Actor:
        """The admin, the teacher of OWN, the student ONE or the kiosk."""
        return self.school.actors[role]

    def turn_on(self, mode: str = "evidence", session_id: int | None = None) -> None:
        """Let phones take part in a lesson, or not (``off``)."""
        with acting(self.actor("admin")):
            lessons.set_mode(self.store, self.actor("admin"), session_id or self.session_id, mode)

    def code(self, session_id: int | None = None) -> ShownCode:
        """The code of this moment."""
        with acting(self.actor("admin")):
            return lessons.show_code(self.store, session_id or self.session_id)

    def pairing(self, roll: str) -> str:
        """A new pairing code of a student."""
        with acting(self.actor("admin")):
            return phones.new_pairing(self.store, self.actor("admin"), roll).code

    def paired(self, roll: str, **how: str) -> Client:
        """A browser that is a student's own phone."""
        made = self.browser(**how)
        assert made.post("/pair", code=self.pairing(roll)).status == 303
        return made

    def scan(self, browser: Browser, session_id: int | None = None) -> str:
        """Scan the code of this moment; the path of the claim's page."""
        place = browser.get(self.code(session_id).path, follow=False).place
        assert place is not None
        assert place.startswith("/confirm/")
        return place

    def student_id(self, roll: str) -> int:
        """A student's number."""
        with self.store.read() as db:
            return people.get_student(db, roll).id

    def confirmations(self, session_id: int | None = None) -> list[Confirmation]:
        """The confirmations of a lesson."""
        with self.store.read() as db:
            return confirmations.confirmations_of(db, [session_id or self.session_id])

    def end_logins(self) -> None:
        """As if everybody had done nothing for long."""
        with self.store.transaction() as db:
            web_sessions.forget(db, clock.now() + timedelta(days=1))

    def column(self, query: str) -> tuple[Any, ...]:
        """The first row of a query."""
        with self.store.read() as db:
            return tuple(db.execute(text(query)).one())

    @contextmanager
    def over_tls(self, *, secure: bool = True) -> "Iterator[ServedPortal]":
        """The same school behind the real server."""
        told: list[Served] = []
        ready = threading.Event()

        def hear(served: Served) -> None:
            told.append(served)
            ready.set()

        server = Server(self.home, self.store, hear, secure=secure, port=20_000 + threading.get_native_id() % 10_000)
        thread = threading.Thread(target=server.serve, name="server of a test", daemon=True)
        thread.start()
        try:
            assert ready.wait(60), "the server does not start"
            port = urlsplit(told[0].url).port
            yield ServedPortal(self, f"http{'s' if secure else ''}://{HOST}:{port}", server)
        finally:
            server.stop()
            thread.join(60)
        assert not thread.is_alive(), "the server does not end"


@dataclass(frozen=True)
class ServedPortal:
    """A portal that is reached over the network."""

    portal: Portal
    url: str
    server: Server = field(repr=False)

    @property
    def authority(self) -> str:
        """File with the certificate that a phone trusts."""
        return str(self.portal.home.data / "web" / "authority.pem")

    def phone(self, account: str | None = None, **how: str) -> Phone:
        """A new browser, logged in if an account is named.  how: ``agent``."""
        made = Phone(self.url, self.authority if self.url.startswith("https") else None, **how)
        return made if account is None else made.log_in(account)


def jpeg(side: int = 64, **how: Any) -> bytes:
    """A picture without a face.  how: as Pillow's ``save``."""
    made = BytesIO()
    Image.linear_gradient("L").resize((side, side)).convert("RGB").save(made, "JPEG", **how)
    return made.getvalue()


def open_portal(home: Home, store: Store, *, secure: bool = True) -> Portal:
    """A school with accounts, a lesson that is open now, and its application."""
    with quickly():
        school = make_school(store)
        office = school.actors["admin"]
        with store.transaction() as db:
            for roll in (THREE, FOUR, FIVE):
                made = people.add_student(db, roll, f"Student {roll}")
                people.add_to_roster(db, school.own.class_id, made.id)
            for roll in (ONE, THREE, FOUR):
                people.record_consent(db, people.get_student(db, roll).id, "paper form", clock.now())
            own, foreign = (lesson_now(db, side.class_id).id for side in (school.own, school.foreign))
        for roll in (THREE, FIVE):
            new_account(store, office, ACCOUNTS[roll], "student", roll=roll)
    app = create_app(Site(home, store, secure, lambda: {HOST}))
    return Portal(home, store, school, app, own, foreign)


@pytest.fixture
def portal(home: Home) -> Iterator[Portal]:
    """A portal of its own, over TLS as far as it can tell."""
    with open_store(home) as store, quickly():
        yield open_portal(home, store)
        shield.limiter.reset()


@pytest.fixture
def plain_portal(home: Home) -> Iterator[Portal]:
    """A portal that is not encrypted."""
    with open_store(home) as store, quickly():
        yield open_portal(home, store, secure=False)
        shield.limiter.reset()


@pytest.fixture
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """The minute in which requests are counted does not end, nor does the code change, however busy the computer is."""
    stood, step = time.time(), codes.step_now()
    monkeypatch.setattr("limits.storage.memory.time", SimpleNamespace(time=lambda: stood))
    monkeypatch.setattr(codes, "step_now", lambda: step)


@pytest.fixture
def served(portal: Portal) -> Iterator[ServedPortal]:
    """The same, behind the real server."""
    with portal.over_tls() as served:
        yield served


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
