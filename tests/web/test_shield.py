"""What protects every page: hosts, headers, forms of strangers, cookies, how often, how much."""

import re
import struct
import threading
import time
import zlib
from collections.abc import Callable
from datetime import timedelta
from types import FrameType
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session

from core import clock
from core.actor import acting
from core.confirming import accepting
from core.settings import Settings
from core.store.database import open_store
from tests.account_support import PASSWORD
from tests.web_support import ACCOUNTS, FOUR, HOST, OFFICE, ONE, TEACHER, THREE, Answer, Client, Portal, jpeg
from web.app import create_app
from web.identity import DEVICE_DAYS
from web.shield import _Storage
from web.site import Site

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
NOT_OURS = "This address is not one of this computer"


def paths(portal: Portal, method: str) -> list[str]:
    """An address of every page of the application, its parts filled in."""
    filled = {"session_id": portal.session_id, "claim": "x", "code": "x", "name": "class", "ending": "csv"}
    found = []
    for rule in portal.app.url_map.iter_rules():
        if rule.methods is not None and method in rule.methods and rule.endpoint != "static":
            given = {one: filled.get(one, 1) for one in rule.arguments}
            built = portal.app.url_map.bind(HOST, url_scheme="https").build(rule.endpoint, given, method)
            found.append(built)
    return sorted(found)


@pytest.mark.parametrize(
    "host",
    [
        "evil",
        "evil.example:8443",
        f"{HOST}.evil.example",
        f"evil@{HOST}",
        "192.0.2.77",
        "[::1",
        "[::2]",
        ":443",
        "\x7f",
    ],
)
def test_a_page_that_is_called_by_another_name_is_refused(portal: Portal, host: str) -> None:
    browser = portal.browser()
    for path in ("/login", "/c/x", "/my/", "/teach/", "/static/portal.css", "/nothing"):
        told = browser.get(path, Host=host)
        assert told.status == 400, path
        assert NOT_OURS in told.words
    assert browser.get("/login", Host=f"{HOST.upper()}:8443").status == 200


def test_every_page_has_the_headers(portal: Portal) -> None:
    browser = portal.browser(OFFICE)
    some = set()
    for path in [*paths(portal, "GET"), "/no-such-page", "/confirmed/99999999999999999999"]:
        answer = browser.get(path, follow=False)
        some.add(answer.status)
        assert answer.status < 500, path
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS, path
        assert "camera=(self)" in answer.headers["Permissions-Policy"]
    assert {200, 404} <= some
    assert browser.get("/static/portal.css").headers["X-Content-Type-Options"] == "nosniff"


def test_no_page_has_a_script_or_style_inside_or_from_elsewhere(portal: Portal) -> None:
    for account in (OFFICE, ACCOUNTS[ONE]):
        browser = portal.browser(account)
        for path in paths(portal, "GET"):
            answer = browser.get(path)
            if "html" in answer.headers.get("Content-Type", ""):
                assert not re.search(r"<style|<script(?![^>]* src=)|\sstyle=|\son[a-z]+=|javascript:", answer.text), (
                    path
                )
                assert not re.search(r"(src|href|action)=\"(https?:)?//", answer.text), path


def test_no_form_is_taken_without_its_token(portal: Portal) -> None:
    browsers = [portal.browser(), portal.browser(OFFICE), portal.browser(ACCOUNTS[ONE])]
    stranger = portal.browser(TEACHER)
    foreign = stranger.token()
    changing = [(method, one) for method in ("POST", "PUT", "DELETE", "PATCH") for one in paths(portal, method)]
    assert len(changing) > 20
    for browser in browsers:
        for method, path in changing:
            if path.startswith("/api/"):
                continue  # Programs have keys of their own and no cookies: other tests.
            browser.token()
            for token in (None, "", "x", foreign):
                given = {} if token is None else {"csrf_token": token}
                told = browser.send(method, path, **given)
                assert told.status == 400, (method, path, token)
                assert "This page was open for too long, or this browser keeps no cookies" in told.words


def test_a_form_from_another_site_is_refused_even_with_the_token(portal: Portal) -> None:
    browser = portal.browser(TEACHER)
    for referer in ("https://evil.example/", f"http://{HOST}/", ""):
        told = browser.post("/logout", headers={"Referer": referer, "Origin": "null"})
        assert told.status == 400, referer
    assert browser.post("/logout").status == 303


def test_every_other_method_is_refused(portal: Portal) -> None:
    browser = portal.browser(TEACHER)
    for method in ("PUT", "DELETE", "PATCH", "TRACE"):
        answer = browser.send(method, "/login", csrf_token=browser.token())
        assert answer.status == 405, method
        assert "This page cannot be opened like that" in answer.words


def test_cookies_are_kept_from_scripts_and_other_sites(portal: Portal) -> None:
    portal.turn_on()
    browser = portal.browser()
    opened = browser.get(portal.code().path, follow=False)
    browser.get("/login")
    entered = browser.post("/login", name=ACCOUNTS[ONE], password=PASSWORD)
    (device,) = [one for one in opened.cookies if "phone" in one]
    (login,) = entered.cookies
    for one in (device, login):
        assert one.startswith("__Host-rollcall")
        for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
            assert part in one
        assert "Domain" not in one
    assert f"Max-Age={DEVICE_DAYS * 86400}" in device
    assert "Max-Age" not in login
    assert "Expires" not in login


def test_a_cookie_that_was_planted_before_the_login_is_nobodys(portal: Portal) -> None:
    attacker, victim = portal.browser(), portal.browser()
    attacker.token()
    planted = attacker.cookie("__Host-rollcall") or ""
    victim.set_cookie("__Host-rollcall", planted)
    victim.log_in(ACCOUNTS[ONE])
    assert victim.cookie("__Host-rollcall") != planted
    assert attacker.get("/my/", follow=False).status == 302
    assert attacker.post("/logout").status == 303
    assert victim.get("/my/", follow=False).status == 200


def test_who_logs_in_anew_ends_the_login_before(portal: Portal) -> None:
    browser, copied = portal.browser(ACCOUNTS[ONE]), portal.browser()
    copied.set_cookie("__Host-rollcall", browser.cookie("__Host-rollcall") or "")
    assert copied.get("/my/", follow=False).status == 200
    browser.log_in(ACCOUNTS[THREE])
    assert copied.get("/my/", follow=False).status == 302
    copied.set_cookie("__Host-rollcall", browser.cookie("__Host-rollcall") or "")
    browser.post("/logout")
    assert copied.get("/my/", follow=False).status == 302


def test_a_login_ends_when_nobody_is_there(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, real = portal.browser(ACCOUNTS[ONE]), clock.now
    passed = [timedelta()]
    monkeypatch.setattr(clock, "now", lambda: real() + passed[0])
    for minutes in (14, 28, 42):
        passed[0] = timedelta(minutes=minutes)
        assert browser.get("/my/", follow=False).status == 200
    passed[0] += timedelta(minutes=16)
    left = browser.get("/my/record?from=2026-01-01", follow=False)
    assert (left.status, left.place) == (302, "/login?next=/my/record?from%3D2026-01-01")
    assert portal.column("SELECT count(*) FROM web_sessions") == (0,)


def test_a_login_ends_after_twelve_hours_whatever_happens(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, real = portal.browser(ACCOUNTS[ONE]), clock.now
    passed = [timedelta()]
    monkeypatch.setattr(clock, "now", lambda: real() + passed[0])
    while passed[0] < timedelta(hours=12) - timedelta(minutes=10):
        passed[0] += timedelta(minutes=10)
        if passed[0] < timedelta(hours=12):
            assert browser.get("/my/data", follow=False).status == 200
    passed[0] = timedelta(hours=12)
    assert browser.get("/my/data", follow=False).status == 302


@pytest.mark.parametrize(
    "place", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example", "\\/x"]
)
def test_a_link_sends_nobody_elsewhere_after_the_login(portal: Portal, place: str) -> None:
    browser = portal.browser()
    browser.get("/login")
    assert browser.post("/login", name=ACCOUNTS[ONE], password=PASSWORD, next=place).place == "/"
    phone = portal.browser()
    assert phone.post("/pair", code=portal.pairing(FOUR), next=place).place == "/paired"


@pytest.mark.usefixtures("one_minute")
def test_a_phone_opens_ten_codes_a_minute(portal: Portal) -> None:
    portal.turn_on()
    phone = portal.paired(ONE)
    answers = [phone.get(portal.code().path, follow=False) for _ in range(12)]
    assert [one.status for one in answers] == [303] * 10 + [429] * 2
    # A window of a minute, rounded up.
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 61
    assert "That was too often. Wait a minute and try again." in answers[-1].words
    # It stops nobody else at the same address.
    other = portal.paired(THREE)
    assert other.get(portal.code().path, follow=False).status == 303


@pytest.mark.usefixtures("one_minute")
def test_a_class_behind_one_address_gets_in_and_a_guesser_does_not(portal: Portal) -> None:
    portal.turn_on()
    path = portal.code().path
    new = [portal.browser(address="10.0.0.1").get(path, follow=False).status for _ in range(200)]
    assert new == [303] * 200
    # Whoever says with each guess that they are somebody else counts as one.
    guesser, statuses = portal.browser(address="10.0.0.2"), []
    for number in range(310):
        guesser.set_cookie("__Host-rollcall-phone", f"phone-{number}")
        statuses.append(guesser.post("/code-of-lesson", code=f"AAAA-{number:04}").status)
    assert statuses.count(400) == 300
    assert statuses[300:] == [429] * 10


def test_a_queue_of_300_selfies_is_enough(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert accepting.MOST_WAITING == 300
    monkeypatch.setattr(accepting, "MOST_WAITING", 1)
    portal.turn_on()
    first, second = portal.paired(ONE), portal.paired(THREE)
    assert first.send_json(portal.scan(first), pictures=[jpeg()]).status == 202
    place = portal.scan(second)
    told = second.send_json(place, pictures=[jpeg()])
    assert (told.status, told.headers["Retry-After"]) == (429, "30")
    assert told.json["error"] == "Too many phones confirm at this moment. Wait a minute and try again."
    # The claim is not used up, and without a picture nobody waits.
    assert second.send_json(place, plain="yes").status == 202


@pytest.mark.usefixtures("one_minute")
def test_a_phone_sends_ten_selfies_a_minute_and_one_counts(portal: Portal) -> None:
    portal.turn_on()
    phone = portal.paired(ONE)
    place = portal.scan(phone)
    statuses = [phone.send_json(place, pictures=[b"no picture"]).status for _ in range(9)]
    statuses += [phone.send_json(place, pictures=[jpeg()]).status for _ in range(2)]
    assert statuses == [400] * 9 + [202, 429]


def bomb() -> bytes:
    """A PNG of 30000 x 30000 pixels in some 100 kB."""

    def piece(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", 30000, 30000, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(3751) * 30000, 9)
    return b"\x89PNG\r\n\x1a\n" + piece(b"IHDR", head) + piece(b"IDAT", rows) + piece(b"IEND", b"")


@pytest.mark.parametrize(
    ("pictures", "status"),
    [
        ([b""], 400),
        ([b"hello"], 400),
        ([b"<svg xmlns='http://www.w3.org/2000/svg'/>"], 400),
        ([b"GIF89a" + bytes(100)], 400),
        ([jpeg(), b"%PDF-1.7"], 400),
        ([jpeg()] * 13, 400),
        ([jpeg() + bytes(6_000_000)], 400),
        ([jpeg() + bytes(7_000_000)], 413),
        ([jpeg()[:200]], 202),
        ([jpeg()] * 12, 202),
    ],
    ids=["0 bytes", "text", "SVG", "GIF", "PDF", "13", "6 MB", "7 MB", "truncated", "12"],
)
def test_what_is_sent_as_a_selfie(portal: Portal, pictures: list[bytes], status: int) -> None:
    portal.turn_on()
    phone = portal.paired(ONE)
    place = portal.scan(phone)
    told = phone.send_json(place, pictures=pictures)
    assert told.status == status
    assert len(portal.confirmations()) == (status == 202)
    if status != 202:
        assert re.fullmatch(r"[A-Z].*\.", told.json["error"])
        assert phone.send_json(place, pictures=[jpeg()]).status == 202


def test_where_a_picture_was_taken_is_not_kept(portal: Portal) -> None:
    portal.turn_on()
    told = Image.Exif()
    told[0x010E] = "taken at 12.9716 N 77.5946 E"
    phone = portal.paired(ONE)
    assert phone.send_json(portal.scan(phone), pictures=[jpeg(exif=told)]).status == 202
    assert b"12.9716" in jpeg(exif=told)

    def traces() -> list[str]:
        return [one.name for one in portal.home.data.rglob("*") if one.is_file() and b"12.9716" in one.read_bytes()]

    assert traces() == []
    teacher = portal.actor()
    with acting(teacher):
        accepting.settle_phone(portal.store, Settings(), teacher, portal.confirmations()[0].id, accepted=True)
    assert portal.column("SELECT total(length(frames)) FROM confirmations") == (0,)


def test_a_form_of_a_thousand_parts_is_refused(portal: Portal) -> None:
    portal.turn_on()
    phone = portal.paired(ONE)
    place = portal.scan(phone)
    assert phone.send_json(place, pictures=[jpeg()] * 100).status == 413
    assert phone.send_json(place, pictures=[jpeg()], **{f"f{n}": "x" for n in range(100)}).status == 413
    assert phone.send_json(place, note="x" * 300_000, pictures=[jpeg()]).status == 413
    assert portal.confirmations() == []


def test_a_form_without_its_fields_is_refused_in_our_words(portal: Portal) -> None:
    answer = portal.browser(ACCOUNTS[ONE]).post("/my/questions", session="1")
    assert answer.status == 400
    assert "This cannot be read." in answer.words


def test_a_page_tells_a_student_no_place_on_the_disk(portal: Portal) -> None:
    portal.turn_on()
    shown = portal.code().path
    with open_store(portal.home, busy_seconds=0.1) as hurried:
        app = create_app(Site(portal.home, hurried, True, lambda: {HOST}))
        with portal.store.transaction():
            told = Client(app).get(shown)
    assert told.status == 503
    assert told.headers["Retry-After"] == "30"
    assert str(portal.home.data) not in told.text
    assert "cannot do this at the moment, and nothing was saved" in told.words


def test_who_cannot_log_in_is_told_that_the_disk_is_full(portal: Portal) -> None:
    def limit(_db: Session, _transaction: object, connection: Connection) -> None:
        connection.execute(text(f"PRAGMA max_page_count={pages}"))

    def attempt(number: int, name: str, password: str) -> Answer:
        browser = portal.browser(address=f"10.0.0.{number}")
        browser.get("/login")
        return browser.post("/login", name=name, password=password)

    pages = portal.column("PRAGMA page_count")[0]
    event.listen(Session, "after_begin", limit)
    try:
        # What is free inside the file is used up first.
        told = next(one for number in range(99) if (one := attempt(number, f"N{number}", "wrong")).status != 401)
        assert told.status == 507
        assert "is full: nobody can log in" in told.words
        assert str(portal.home.data) not in told.text
        pages = 1_000_000
        assert attempt(100, ACCOUNTS[ONE], PASSWORD).status == 303
    finally:
        event.remove(Session, "after_begin", limit)


def test_over_plain_http_no_password_is_taken(plain_portal: Portal) -> None:
    browser = plain_portal.browser()
    page = browser.get("/login")
    assert "This connection is not encrypted" in page.words
    assert 'type="password"' not in page.text
    refused = browser.post("/login", name=ACCOUNTS[ONE], password=PASSWORD)
    assert refused.status == 400
    assert "No passwords are taken here" in refused.words
    assert browser.post("/code", name="x", code="x", password=PASSWORD).status == 400
    assert browser.get("/code", follow=False).place == "/login", "nor is a new one asked for"
    plain_portal.turn_on()
    phone = plain_portal.paired(ONE)
    assert phone.send_json(plain_portal.scan(phone), pictures=[jpeg()]).status == 202


def test_requests_at_the_same_moment_are_all_counted() -> None:
    def give_way(frame: FrameType, event: str, _what: object) -> Callable[..., Any]:
        if event == "line" and "limits" in frame.f_code.co_filename:
            time.sleep(0.005)  # The others get their turn between any two steps, which they hardly ever do.
        return give_way

    storage, crowd = _Storage(), 4
    storage.timer.join(60)
    at_once, failed = threading.Barrier(crowd), []

    def ask() -> None:
        at_once.wait(60)
        try:
            storage.incr("somebody", 60)
        except RuntimeError as error:
            failed.append(error)

    threads = [threading.Thread(target=ask) for _one in range(crowd)]
    before = threading.gettrace()
    threading.settrace(give_way)
    for one in threads:
        one.start()
    threading.settrace(before)  # type: ignore[arg-type]
    for one in threads:
        one.join(60)
    assert failed == []
    assert storage.get("somebody") == crowd
