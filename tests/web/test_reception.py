"""Silent, slow and broken connections stop nobody; who is too slow is cut off."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress

import pytest
import requests

from core.paths import Home
from core.settings import Settings, load_settings
from tests.web_support import HOST, ONE, Portal, ServedPortal, jpeg
from web import reception
from web.reception import WORKING

Opened = Callable[[bool], socket.socket]
REQUEST = b"GET /login HTTP/1.1\r\nHost: localhost\r\n"


UNFINISHED = [
    (False, b"\x16\x03\x01"),
    (True, REQUEST),
    (True, b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nname="),
]
"""Whether the handshake is done, and what was said: each holds a thread until more comes."""


@contextmanager
def connections(served: ServedPortal) -> Iterator[Opened]:
    """Opens connections; with True after the handshake."""
    port = int(served.url.rsplit(":", 1)[1])
    trusting = ssl.create_default_context(cafile=served.authority)
    with ExitStack() as all_of_them:

        def connect(greeted: bool) -> socket.socket:
            made = socket.create_connection(("127.0.0.1", port), timeout=60)
            if greeted:
                made = trusting.wrap_socket(made, server_hostname=HOST)
            return all_of_them.enter_context(closing(made))

        yield connect


@pytest.fixture
def opened(served: ServedPortal) -> Iterator[Opened]:
    """Opens connections; with True after the handshake."""
    with connections(served) as connect:
        yield connect


def send(connection: socket.socket, said: bytes) -> None:
    """Send what the other side may not take to its end."""
    with suppress(OSError):
        connection.sendall(said)


def is_gone(connection: socket.socket) -> bool:
    """Whether the other side has closed it by now."""
    connection.settimeout(0.01)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def wait_until(is_so: Callable[[], object]) -> None:
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.05)


def answer_of(connection: socket.socket) -> bytes:
    """What comes until the other side closes; nothing where it was cut off."""
    found = b""
    try:
        while piece := connection.recv(65536):
            found += piece
    except OSError:
        return found
    return found


@pytest.mark.parametrize(
    ("greeted", "said"),
    [(False, b""), (True, b""), *UNFINISHED],
    ids=["silent", "silent after it", "in the handshake", "in the headers", "in the body"],
)
def test_fifty_slow_clients_do_not_stop_a_normal_one(
    served: ServedPortal, opened: Opened, monkeypatch: pytest.MonkeyPatch, *, greeted: bool, said: bytes
) -> None:
    # None of them is cut off meanwhile, however long a busy computer takes: the answer cannot wait for that.
    for limit in ("GREETING_S", "HEADER_S", "BODY_S"):
        monkeypatch.setattr(reception, limit, 600.0)
    slow = [opened(greeted) for _ in range(50)]
    for one in slow:
        one.sendall(said)
    assert len(slow) > WORKING
    phone = served.phone()
    assert phone.get("/login").status == 200
    served.portal.turn_on()
    assert phone.post("/pair", code=served.portal.pairing(ONE)).status == 303
    assert phone.send_json(served.portal.scan(phone), pictures=[jpeg()]).status == 202


@pytest.mark.parametrize(
    "said", [REQUEST, b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nname="]
)
def test_who_is_too_slow_is_cut_off(
    opened: Opened, served: ServedPortal, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as hurried:
        hurried.setattr(reception, "HEADER_S", 0.3)
        hurried.setattr(reception, "BODY_S", 0.3)
        one = opened(True)
        send(one, said)
        assert b"200 OK" not in answer_of(one)
    assert served.phone().get("/login").status == 200


def test_many_requests_on_one_connection(served: ServedPortal) -> None:
    phone = served.phone()
    assert [phone.get("/login").status for _ in range(30)] == [200] * 30


def test_pieces_of_a_request_may_come_one_after_the_other(opened: Opened) -> None:
    one = opened(True)
    for piece in (REQUEST[:10], REQUEST[10:], b"Connection: close\r\n", b"\r\n"):
        one.sendall(piece)
        time.sleep(0.05)
    assert answer_of(one).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    "said",
    [
        b"\r\n\r\n",
        b"\x00" * 5000,
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /login HTTP/1.1\r\n\r\n",
        b"GET /login HTTP/1.1\r\nHost: evil\r\nConnection: close\r\n\r\n",
        b"GET /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\nConnection: close\r\n\r\n",
        b"GET /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\nConnection: close\r\n\r\n",
        b"GET /login HTTP/1.1\r\nHost: localhost\r\n" + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n",
    ],
)
def test_nonsense_gets_no_page_and_stops_nobody(served: ServedPortal, opened: Opened, said: bytes) -> None:
    one = opened(True)
    send(one, said)
    with suppress(OSError):
        one.shutdown(socket.SHUT_WR)
    assert b" 200 OK" not in answer_of(one)
    assert served.phone().get("/login").status == 200


def test_what_is_too_large_is_told_in_words_all_the_same(served: ServedPortal) -> None:
    phone = served.phone()
    phone.get("/login")
    told = phone.post("/login", name="x" * 8_000_000, password="y")
    assert told.status == 413
    assert "That is too large to be sent. Send fewer or smaller pictures." in told.words
    assert phone.get("/login").status == 200


def test_what_is_far_too_large_is_not_even_read(opened: Opened) -> None:
    one = opened(True)
    one.sendall(b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000000\r\n\r\n")
    assert answer_of(one).startswith(b"HTTP/1.1 413")


def test_who_forgets_the_s_of_https_is_sent_there(served: ServedPortal) -> None:
    plain = served.url.replace("https", "http")
    answer = requests.get(f"{plain}/login", allow_redirects=False, timeout=60)
    assert answer.status_code == 307
    assert answer.headers["Location"] == f"{served.server.where.url}/"


def test_a_server_says_of_itself_no_more_than_its_name(served: ServedPortal) -> None:
    assert served.phone().get("/login").headers["Server"] == "Rollcall"


def test_all_connections_are_taken_when_there_are_too_many(
    served: ServedPortal, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than can be watched are closed, and the next one is served once others are gone."""
    monkeypatch.setattr(served.server._server, "keep_alive_conn_limit", 5)
    many = [opened(False) for _ in range(20)]
    wait_until(lambda: sum(map(is_gone, many)) >= 14)
    for one in many:
        one.close()

    def is_served() -> bool:
        try:
            return served.phone().get("/login").status == 200
        except requests.RequestException:
            return False

    wait_until(is_served)


def test_a_portal_ends_while_somebody_is_connected(portal: Portal) -> None:
    with portal.over_tls() as served:
        phone = served.phone()
        assert phone.get("/login").status == 200


def test_a_portal_that_ends_answers_who_has_asked_and_waits_for_nobody_who_is_slow(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reception, "LOOK_EVERY_S", 0.05)
    for limit in ("GREETING_S", "HEADER_S", "BODY_S"):
        monkeypatch.setattr(reception, limit, 600.0)
    asked, may_answer = threading.Event(), threading.Event()

    def slow_settings(home: Home) -> Settings:
        asked.set()
        may_answer.wait(60)
        return load_settings(home)

    with portal.over_tls() as served, connections(served) as opened, ThreadPoolExecutor() as beside:
        server = served.server._server
        # However patient the server is itself.
        monkeypatch.setattr(server, "shutdown_timeout", 600)
        slow = [opened(greeted) for greeted, _ in UNFINISHED]
        for one, (_, said) in zip(slow, UNFINISHED, strict=True):
            one.sendall(said)
        wait_until(lambda: len(server.busy) == len(UNFINISHED))
        monkeypatch.setattr("web.site.load_settings", slow_settings)
        page = beside.submit(served.phone().get, "/login")
        wait_until(asked.is_set)
        ends = [beside.submit(served.server.stop) for _ in range(2)]
        wait_until(lambda: all(map(is_gone, slow)))
        assert not any(one.done() for one in ends)
        may_answer.set()
        assert page.result(60).status == 200
        for one in ends:
            one.result(60)
