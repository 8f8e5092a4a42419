"""What ``app.py doctor`` tells of phones: by what address, through which firewall, and what it could not see."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from core import addresses, doctor, firewall
from core.certificates import certificate_for
from core.firewall import UNSEEN, advice
from core.paths import Home
from core.store.database import open_store
from core.surfaces import PORT


def told(home: Home) -> dict[str, str]:
    return {one.subject: one.text for one in doctor._portal(home)}


def test_a_computer_in_a_network(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "lan_addresses", lambda: ["192.168.1.5", "10.8.0.2"])
    found = told(home)
    assert found["portal"] == f"phones reach this computer at 192.168.1.5, port {PORT} or the next free; also 10.8.0.2"
    assert UNSEEN in found["firewall"]
    assert all(one.ok for one in doctor._portal(home))


def test_a_computer_without_an_address(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "lan_addresses", list)
    found = told(home)
    assert "in no network" in found["portal"]
    assert "firewall" not in found  # Nothing would go through it.


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such bits")
def test_keys_that_others_may_read(home: Home) -> None:
    with open_store(home):
        certificate_for(home.data / "web", ["localhost"])
    keys = [home.key, home.data / "audit.key", *(home.data / "web").glob("*.key")]
    keys[1].touch(0o600)
    assert not list(doctor._keys(home))
    for one in keys:
        one.chmod(0o640)
        (found,) = doctor._keys(home)
        assert (found.ok, str(one) in found.text) == (False, True)
        one.chmod(0o600)


def test_what_tells_photos_of_photos(home: Home, shared: Path) -> None:
    assert "are not in" in told(home)["selfies"]
    (home.models / "antispoof").symlink_to(shared / "models" / "antispoof")
    assert told(home)["selfies"] == "photos of photos are told by their own networks"


def test_what_tells_closed_eyes(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "closed eyes" not in told(home)
    monkeypatch.setattr(doctor, "eyes_file", lambda: None)
    assert "turns of the head only" in told(home)["closed eyes"]


class Computer:
    """Answers as the programs of a computer do, and remembers what it was asked."""

    def __init__(self, **answers: str) -> None:
        self.answers, self.asked = answers, []

    def __call__(self, command: Sequence[str]) -> str | None:
        self.asked.append(list(command))
        return self.answers.get(command[1].split("=")[0].strip("-").replace("-", "_"))


def test_windows_asks_by_itself() -> None:
    computer = Computer()
    said = advice(8443, "Windows", computer)
    assert "not checked" in said
    assert "private networks" in said
    assert computer.asked == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("Firewall is enabled. (State = 1)", "is on"),
        ("Firewall is disabled. (State = 0)", "is off"),
        ("nonsense", "not checked"),
    ],
)
def test_macos_says_whether_it_is_on(answer: str, words: str) -> None:
    said = advice(8443, "Darwin", Computer(getglobalstate=answer))
    assert words in said
    assert UNSEEN in said


def test_firewalld_is_asked_for_the_port(tmp_path: Path) -> None:
    none = tmp_path / "none"
    closed = Computer(state="running", query_port="no")
    assert "sudo firewall-cmd --permanent --add-port=8450/tcp" in advice(8450, "Linux", closed, none)
    assert closed.asked[-1] == ["firewall-cmd", "--query-port=8450/tcp"]
    assert "lets phones in to port 8443" in advice(8443, "Linux", Computer(state="running", query_port="yes"), none)
    # It does not answer everybody: then nothing is claimed.
    assert "does not say" in advice(8443, "Linux", Computer(state="running", query_port="Authorization failed."), none)


def test_ufw_is_seen_by_its_file(tmp_path: Path) -> None:
    file = tmp_path / "ufw.conf"
    file.write_text("# switch\nENABLED=yes\nLOGLEVEL=low\n", encoding="utf-8")
    assert "sudo ufw allow 8443/tcp" in advice(8443, "Linux", Computer(state="not running"), file)
    file.write_text("ENABLED=no\n", encoding="utf-8")
    said = advice(8443, "Linux", Computer(), file)
    assert "neither ufw nor firewalld" in said
    assert "nftables" in said


def test_programs_that_are_not_there_or_never_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firewall, "PATIENCE_S", 60)
    assert firewall.ask(["rollcall-no-such-program", "--state"]) is None
    assert firewall.ask([sys.executable, "-c", "print('running')"]) == "running"
    monkeypatch.setattr(firewall, "PATIENCE_S", 0.2)
    assert firewall.ask([sys.executable, "-c", "import time; time.sleep(60)"]) is None
