"""``app.py mail`` from the command line, and two programs at once."""

import os
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from core import audit
from core.mail.password import VARIABLE
from core.paths import Home
from core.store.database import open_store
from tests.cli_support import Cli
from tests.mail_support import DAY, Behaviour, Post, fill, serving, set_server

PROJECT = Path(__file__).resolve().parent.parent
ON = ("--day", DAY.isoformat())


@pytest.fixture(autouse=True)
def _no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def test_preview_then_send_then_nothing_more(cli: Cli, home: Home) -> None:
    fill(home)
    post = Post()
    with serving(post) as port:
        set_server(home, port)
        seen = cli.json("mail", "preview", "absence", *ON)
        assert (seen["new"], len(seen["messages"]), seen["unreachable"]) == (3, 3, [])
        assert "marked absent" in seen["example"]["text"]
        assert "Pupil 0 was absent" in cli.printed
        assert post.connections == 0
        sent = cli.json("mail", "send", "absence", *ON)
        assert {name: sent[name] for name in ("queued", "sent", "waiting", "failed")} == {
            "queued": 3, "sent": 3, "waiting": 0, "failed": 0,
        }  # fmt: skip
        again = cli.json("mail", "send", "absence", *ON)
        assert (again["new"], again["before"]["sent"], again["sent"]) == (0, 3, 0)
        assert "from before: 3 sent" in cli.printed
    assert Counter(post.recipients) == {f"p{i}@home.example": 1 for i in range(3)}


def test_without_a_server_the_sentence_says_what_to_write_where(cli: Cli, home: Home) -> None:
    fill(home)
    assert cli("mail", "preview", "absence", *ON) == 0
    for arguments in (("send", "absence"), ("retry",), ("test", "a@home.example")):
        said = cli.refused("mail", *arguments)
        assert "smtp_host" in said
        assert "settings.toml" in said
    assert cli.json("mail", "list")["mails"] == []


def test_what_was_refused_is_listed_and_can_be_tried_again(cli: Cli, home: Home) -> None:
    fill(home)
    post = Post(Behaviour(unknown={"p1@home.example"}, busy={"p2@home.example"}))
    with serving(post) as port:
        set_server(home, port)
        assert cli("mail", "send", "absence", *ON) == 0
        assert "1 sent, 1 waiting, 1 failed" in cli.printed
        assert "no such user" in cli.printed
        listed = cli.json("mail", "list", "--state", "failed")
        assert listed["counts"] == {"waiting": 1, "sent": 1, "failed": 1, "cancelled": 0}
        (failed,) = listed["mails"]
        assert (failed["to"], failed["tries"]) == ("p1@home.example", 1)
        post.behaviour = Behaviour()
        assert cli.json("mail", "retry", "--due")["sent"] == 0
        assert cli.json("mail", "retry")["sent"] == 1
        assert "no mail number 77" in cli.refused("mail", "retry", failed["number"], 77)
        assert cli.json("mail", "retry", failed["number"])["sent"] == 1
    with open_store(cli.home) as store:
        again = audit.entries(store, audit.Filter(action="mail.retry"))
    assert [one.after for one in again] == [{"mails": [failed["number"]], "state": "waiting"}]
    assert len(post.recipients) == 3
    assert "sent already" in cli.refused("mail", "cancel", failed["number"])
    assert "waiting, sent, failed, cancelled" in cli.refused("mail", "list", "--state", "lost")


def test_a_server_that_is_away_leaves_all_waiting(cli: Cli, home: Home) -> None:
    fill(home)
    with serving(Post()) as port:
        set_server(home, port)
    assert "mail retry" in cli.refused("mail", "send", "absence", *ON)
    assert "0 sent, 3 waiting, 0 failed" in cli.printed
    assert cli.json("mail", "cancel", 1, 3)[0]["state"] == "cancelled"
    with open_store(cli.home) as store:
        rows = audit.entries(store, audit.Filter(action="mail.cancel"))
    assert [(one.subject, one.before) for one in rows] == [(f"mail:{n}", {"state": "waiting"}) for n in (3, 1)]
    post = Post()
    with serving(post, port=port):
        assert cli.json("mail", "retry")["sent"] == 1
    assert post.recipients == ["p1@home.example"]


def test_only_send_retry_and_test_use_the_network(cli: Cli, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(home)
    set_server(home, 2525)

    def forbidden(*_: Any, **__: Any) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket, "create_connection", forbidden)
    assert cli("mail", "preview", "absence", *ON) == 0
    assert cli("mail", "preview", "sheet", *ON) == 0
    assert cli("mail", "list") == 0


def test_a_test_message(cli: Cli, home: Home) -> None:
    post = Post()
    with serving(post) as port:
        set_server(home, port, 'school = "École"\n')
        assert cli("mail", "test", "ada@home.example") == 0
        assert "ada@home.example" in cli.printed
        assert "e-mail address" in cli.refused("mail", "test", "ada")
    assert post.arrived[0][1]["Subject"] == "Rollcall can send mail for École"


def test_the_password_is_asked_for_and_never_shown(cli: Cli, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    set_server(home, 587, 'smtp_user = "office"\n')
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: "hunter2-hunter2")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    done = subprocess.run(
        [sys.executable, "app.py", "--home", str(home.root), "mail", "password"],
        cwd=PROJECT, input="hunter2-hunter2\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert VARIABLE in done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    assert not any(b"hunter2" in path.read_bytes() for path in home.root.rglob("*") if path.is_file())


def test_kinds_and_periods_that_cannot_be(cli: Cli) -> None:
    assert "class-summary" in cli.refused("mail", "preview", "everything")
    assert "--week" in cli.refused("mail", "preview", "summary", "--week", "--month")
    assert "no day" in cli.refused("mail", "preview", "absence", "--day", "someday")


def test_two_programs_at_once_send_everything_once(home: Home) -> None:
    fill(home, pupils=40)
    post = Post()
    with serving(post) as port:
        set_server(home, port, "smtp_mails_per_connection = 7\n")
        command = [sys.executable, "app.py", "--home", str(home.root), "mail", "send", "absence", *ON]
        programs = [
            subprocess.Popen(
                command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ.copy()
            )
            for _ in range(3)
        ]
        said = [one.communicate(timeout=300) for one in programs]
    codes = [one.returncode for one in programs]
    assert 0 in codes, said
    # Who finds another one at work for half a minute, as on a busy computer, leaves its mails to that.
    assert all(
        code == 0 or "Another Rollcall is sending mail" in told for code, (_, told) in zip(codes, said, strict=True)
    )
    assert Counter(post.recipients) == {f"p{i}@home.example": 1 for i in range(40)}
    assert len({message["Message-ID"] for _, message in post.arrived}) == 40
