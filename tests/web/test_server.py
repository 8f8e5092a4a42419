"""Where the portal is reached: another port, another address, no network, and an end."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
import requests

from core import addresses
from core.errors import InputError
from core.paths import Home
from core.settings import Settings, load_settings
from core.surfaces import Served
from tests.ports import HERE, free_ports, taken
from tests.web_support import TEACHER, Portal
from web.server import PORTS_TRIED, Server


def port_of(server: Server) -> int:
    return urlsplit(server.where.url).port or 0


@contextmanager
def serving(server: Server) -> Iterator[None]:
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.stop()
        thread.join(60)
    assert not thread.is_alive()


def wait_until(is_so: object, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < until, "it never came"
        time.sleep(0.05)


def test_a_taken_port_leads_to_the_next(portal: Portal) -> None:
    first = free_ports(3)
    with taken(first, 2):
        server = Server(portal.home, portal.store, lambda _: None, port=first, bind=HERE)
        assert port_of(server) == first + 2
        with serving(server):
            wait_until(lambda: socket.create_connection((HERE, first + 2)).close() is None)


def test_two_portals_have_two_ports(portal: Portal) -> None:
    first = free_ports(2)
    servers = [Server(portal.home, portal.store, lambda _: None, port=first, bind=HERE) for _ in range(2)]
    assert [port_of(one) for one in servers] == [first, first + 1]
    for one in servers:
        with serving(one):
            pass


@pytest.mark.parametrize("at_the_end", [False, True])
def test_no_free_port_is_a_sentence(portal: Portal, *, at_the_end: bool) -> None:
    first = 65_535 if at_the_end else free_ports(PORTS_TRIED)
    with taken(first, 1 if at_the_end else PORTS_TRIED), pytest.raises(InputError, match=f"No port from {first} on"):
        Server(portal.home, portal.store, lambda _: None, port=first, bind=HERE)


def test_another_address_is_told_called_and_certified_at_once(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    now = ["192.168.1.5"]
    monkeypatch.setattr(addresses, "lan_addresses", lambda: list(now))
    monkeypatch.setattr("web.server.LOOK_EVERY_S", 0.05)
    told: list[Served] = []
    server = Server(portal.home, portal.store, told.append, port=free_ports(), bind=HERE)
    port = port_of(server)
    trust = ssl.create_default_context()

    def called(name: str) -> int:
        """The answer to who calls this computer by a name, with a certificate that names it."""
        trust.load_verify_locations(portal.home.data / "web" / "authority.pem")
        with socket.create_connection((HERE, port)) as plain, trust.wrap_socket(plain, server_hostname=name) as line:
            line.sendall(f"GET /login HTTP/1.1\r\nHost: {name}:{port}\r\nConnection: close\r\n\r\n".encode())
            return int(line.recv(4096).split()[1])

    with serving(server):
        wait_until(lambda: told)
        assert told == [Served(f"https://192.168.1.5:{port}", True, told[0].fingerprint)]
        assert called("192.168.1.5") == 200
        now[:] = ["10.4.0.9"]
        wait_until(lambda: len(told) == 2)
        assert told[1].url == f"https://10.4.0.9:{port}"
        assert told[1].fingerprint == told[0].fingerprint
        assert called("10.4.0.9") == 200
        with pytest.raises(ssl.SSLCertVerificationError):
            called("192.168.1.5")
        now.clear()
        wait_until(lambda: len(told) == 3)
        assert told[2] == Served(f"https://localhost:{port}", False, told[0].fingerprint)


def test_the_address_towards_the_network_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer with a cable, a radio and a virtual machine has three; phones reach one of them."""
    from ifaddr import IP, Adapter

    found = ["172.17.0.1", "192.168.1.5", "10.8.0.2"]
    adapters = [Adapter(one, one, [IP(one, 24, one)]) for one in ("127.0.0.1", "169.254.3.4", *found)]
    monkeypatch.setattr(addresses.ifaddr, "get_adapters", lambda: adapters)
    monkeypatch.setattr(addresses, "_towards_gateway", lambda: "192.168.1.5")
    assert addresses.lan_addresses() == ["192.168.1.5", "172.17.0.1", "10.8.0.2"]
    monkeypatch.setattr(addresses, "_towards_gateway", lambda: None)
    assert addresses.lan_addresses() == found


def test_pages_that_are_asked_for_without_tls_lead_to_the_secure_ones(portal: Portal) -> None:
    with portal.over_tls() as served:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(served.url.replace("https", "http"), allow_redirects=False, timeout=60)
        assert answer.status_code == 307
        assert answer.headers["Location"].startswith("https://")


def test_the_settings_are_read_once_a_page_and_count_from_the_next(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Home] = []

    def counted(home: Home) -> Settings:
        read.append(home)
        return load_settings(home)

    browser = portal.browser(TEACHER)
    monkeypatch.setattr("web.site.load_settings", counted)
    (portal.home.data / "settings.toml").write_text('school = "Hill School"\n', encoding="utf-8")
    assert "Hill School" in browser.get("/teach/").words
    assert len(read) == 1
    (portal.home.data / "settings.toml").write_text('school = "Lake School"\n', encoding="utf-8")
    assert "Lake School" in browser.get("/teach/").words
    assert len(read) == 2
