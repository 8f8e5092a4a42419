"""Marked secrets go through the whole command line; afterwards no file, no screen and no log holds one of them."""

import base64
import logging
import os
import re
from pathlib import Path

import pytest

from core.commands import accounts as accounts_command
from core.commands import backup, security
from core.commands.context import ACCOUNT, PASSWORD
from core.commands.main import run
from core.mail.password import VARIABLE as MAIL
from core.paths import Home
from core.vault.sources import VARIABLE as FACES
from tests.account_support import quick  # noqa: F401 - a fixture
from tests.cli_support import Cli
from tests.mail_support import Post, make_certificate, serving
from tests.test_mail_commands import ON, fill, set_server

CAMERA_PASSWORD = "canary-camera-7Qx"
SECRETS = {
    PASSWORD: "canary words of the headmaster",
    accounts_command.NEW_PASSWORD: "canary words of somebody who teaches",
    accounts_command.PIN: "90210777",
    MAIL: "canary-mail-5Tz",
    FACES: "canary passphrase of the faces",
    backup.PASSPHRASE: "canary passphrase of the backup",
}
CAMERA = f"rtsp://office:{CAMERA_PASSWORD}@127.0.0.1:9/stream?token=canary-token-2Wd"
CODE = re.compile(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4})+\b")


class Tour(Cli):
    """Keeps everything that was ever shown."""

    def __init__(self, home: Home, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(home, capsys)
        self.shown: list[str] = []

    def __call__(self, *arguments: str | Path) -> int:
        code = super().__call__(*arguments)
        self.shown += [self.printed, self.said]
        return code


@pytest.fixture
def tour(ready: Home, capsys: pytest.CaptureFixture[str], quick: None, monkeypatch: pytest.MonkeyPatch) -> Tour:  # noqa: F811
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(security.NEW_VARIABLE, SECRETS[FACES])
    monkeypatch.setenv(ACCOUNT, "Office")
    return Tour(ready, capsys)


def spellings(secret: str) -> list[bytes]:
    """As text, in the two UTF-16 orders, as mail servers are told, and as its letters lie in hex."""
    plain = secret.encode()
    return [
        plain,
        secret.encode("utf-16-le"),
        secret.encode("utf-16-be"),
        base64.b64encode(plain),
        plain.hex().encode(),
    ]


def found_in(folder: Path, secrets: list[str]) -> set[tuple[str, str]]:
    """Which secret stands in which file."""
    return {
        (path.relative_to(folder).as_posix(), secret)
        for path in folder.rglob("*")
        if path.is_file()
        for content in [path.read_bytes()]
        for secret in secrets
        if any(one in content for one in spellings(secret))
    }


def accounts_part(tour: Tour, monkeypatch: pytest.MonkeyPatch) -> str:
    assert tour("accounts", "setup", "Office") == 0, tour.said
    assert tour("accounts", "add", "Grace Hopper", "--role", "teacher") == 0
    code = CODE.search(tour.printed)
    assert code, tour.printed
    monkeypatch.setenv(accounts_command.CODE, code[0])
    assert tour("accounts", "password", "Grace Hopper", "--code") == 0, tour.said
    assert tour("accounts", "password", "Grace Hopper", "--code") == 2
    assert tour("accounts", "add", "Door", "--role", "kiosk") == 0
    tour("accounts", "pin", "Door")
    monkeypatch.setenv(PASSWORD, "canary words that are wrong")
    assert tour("accounts", "reset", "Grace Hopper", "--by", "Office") == 2
    monkeypatch.setenv(PASSWORD, SECRETS[PASSWORD])
    for what in ("list",):
        assert tour("accounts", what, "--json", tour.home.root / "accounts.json") == 0
    return code[0]


def cameras_part(tour: Tour) -> None:
    home = tour.home.root
    assert tour("rooms", "add", "Lab", "--camera", CAMERA, "--json", home / "room.json") == 0, tour.said
    assert tour("rooms", "list", "--json", home / "rooms.json") == 0
    assert tour("rooms", "add", "Lab", "--camera", CAMERA) == 2
    assert tour("rooms", "add", "Other", "--camera", CAMERA.replace("rtsp", "gopher")) == 2
    for arguments in (
        ("mark", "CS101", CAMERA), ("who", CAMERA), ("enrol", "CS101", "--source", CAMERA),
        ("watch", "--room", "Lab"), ("doctor",), ("mark", "CS101", CAMERA + "\n"), ("mark", "CS101", f"/{CAMERA}"),
    ):  # fmt: skip
        tour(*arguments)


def rest_of_the_tour(tour: Tour, tmp_path: Path) -> None:
    home = tour.home.root
    assert tour("security", "key", "--passphrase") == 0, tour.said
    assert tour("security", "show", "--json", home / "key.json") == 0
    assert tour("backup", "now") == 0
    assert tour("backup", "export", home / "moved.rollcall") == 0, tour.said
    assert tour("audit", "list", "--json", home / "audit.json") == 0, tour.said
    assert tour("audit", "verify") == 0
    (tmp_path / "damaged.rollcall").write_bytes((home / "moved.rollcall").read_bytes()[:-9])
    assert tour("backup", "import", tmp_path / "damaged.rollcall", "--replace") == 2


def test_no_secret_is_stored_or_shown(
    tour: Tour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fill(tour.home)
    code = accounts_part(tour, monkeypatch)
    cameras_part(tour)
    certificate, post = make_certificate(tmp_path), Post()
    for password in (SECRETS[MAIL], "another one"):
        post.behaviour.password = password
        with serving(post, certificate=certificate, auth=True) as port:
            set_server(tour.home, port, f'smtp_user = "office"\nsmtp_ca_file = "{certificate.as_posix()}"\n')
            text = (tour.home.data / "settings.toml").read_text().replace('"none"', '"starttls"')
            (tour.home.data / "settings.toml").write_text(text)
            tour("mail", "send", "absence", *ON, "--json", tour.home.root / "mail.json")
            tour("mail", "test", "a@home.example")
    assert post.arrived
    rest_of_the_tour(tour, tmp_path)

    secrets = [*SECRETS.values(), "canary words that are wrong", CAMERA_PASSWORD, "canary-token-2Wd"]
    # The server on loopback logs what it is told; that is not Rollcall.
    logged = "".join(one.getMessage() for one in caplog.records if one.name != "mail.log")
    shown = "".join(tour.shown).replace("\n", "") + logged
    assert [one for one in secrets if one in shown] == []
    assert "".join(tour.shown).count(code) == 1
    stored = {(name, secret) for name, secret in found_in(tour.home.root, [*secrets, code])}
    # The address of a camera is needed by itself, without anybody there; docs/security.md says so.
    camera = {(name, secret) for name, secret in stored if secret in (CAMERA_PASSWORD, "canary-token-2Wd")}
    assert stored - camera == set()
    assert {name.split("/")[1].split(".")[0] for name, _ in camera} <= {"rollcall", "backups"}
    assert all(name.startswith("data/") for name, _ in camera)


def test_an_unexpected_error_writes_no_camera_password(tour: Tour, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log of what nobody expected holds a traceback, in which addresses may stand."""
    import core.office.rooms as rooms_office

    def broken(camera: str | None) -> str:
        raise RuntimeError(f"no idea what '{camera}' is")

    monkeypatch.setattr(rooms_office, "shown", broken)
    assert tour("rooms", "add", "Lab", "--camera", CAMERA) == 1
    assert "no idea what 'rtsp://…" in tour.home.log.read_text(encoding="utf-8")
    assert CAMERA_PASSWORD not in "".join(tour.shown)
    assert {name for name, _ in found_in(tour.home.output, [CAMERA_PASSWORD, "canary-token-2Wd"])} == set()


@pytest.mark.skipif(os.name != "posix", reason="links in a circle are made without rights on POSIX only")
def test_a_home_that_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for place in (tmp_path / "loop" / "home", "~nobody-of-this-name/home"):
        assert run(["--home", str(place), "class", "list"]) == 2
        assert "Check its spelling" in capsys.readouterr().err.replace("\n", " ")
