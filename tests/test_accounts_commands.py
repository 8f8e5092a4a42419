"""Accounts and the audit on the command line: who may do what, and that no secret is shown or taken there."""

import re

import pytest

from core.commands import accounts as command
from core.commands.context import ACCOUNT, PASSWORD
from core.paths import Home
from core.store.database import open_store
from tests.account_support import PASSWORD as GOOD
from tests.account_support import quick
from tests.cli_support import NINE, Cli

__all__ = ["quick"]

OTHER = "another four words"
CODE = re.compile(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}")


@pytest.fixture
def cli(home: Home, capsys: pytest.CaptureFixture[str], quick: None) -> Cli:
    return Cli(home, capsys)


@pytest.fixture
def office(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """A school with a class of Grace Hopper; the admin's name and password are in the environment."""
    assert cli("class", "add", "CS101", "Programming", "--teacher", "Grace Hopper") == 0
    assert cli("class", "add", "MA2", "Mathematics", "--teacher", "Ada Lovelace") == 0
    monkeypatch.setenv(PASSWORD, GOOD)
    monkeypatch.setenv(ACCOUNT, "Office")
    assert cli("accounts", "setup", "Office") == 0, cli.said
    return cli


def add(cli: Cli, name: str, *more: str) -> str:
    assert cli("accounts", "add", name, *more) == 0, cli.said
    found = CODE.search(cli.printed)
    assert found
    return found[0]


def test_without_accounts_nothing_is_asked(cli: Cli) -> None:
    assert cli("class", "add", "C", "Class") == 0
    assert cli("accounts", "list") == 0
    assert "no accounts" in cli.printed
    assert cli("session", "open", "C", "--by", "Anybody", "--as-admin") == 0


def test_set_up_asks_where_somebody_can_be_asked(cli: Cli) -> None:
    assert "ROLLCALL_PASSWORD" in cli.refused("accounts", "setup", "Office")


def test_the_first_account_and_the_next(office: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    code = add(office, "Grace Hopper")
    assert GOOD not in office.printed
    monkeypatch.setenv(command.CODE, code)
    monkeypatch.setenv(command.NEW_PASSWORD, OTHER)
    assert office("accounts", "password", "Grace Hopper", "--code") == 0, office.said
    names = {one["name"]: one for one in office.json("accounts", "list")}
    assert names["Grace Hopper"]["role"] == "teacher"
    assert names["Grace Hopper"]["has_password"]
    assert not any("hash" in key or "code" in key for one in names.values() for key in one)
    monkeypatch.setenv(PASSWORD, OTHER)
    monkeypatch.setenv(command.NEW_PASSWORD, "third four words")
    assert office("accounts", "password", "Grace Hopper") == 0
    monkeypatch.setenv(PASSWORD, GOOD)
    assert "There are accounts already" in office.refused("accounts", "setup", "Second")


def test_a_teacher_is_taken_at_the_word_for_their_own_classes(office: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    add(office, "Grace Hopper")
    monkeypatch.delenv(PASSWORD)
    monkeypatch.setenv(ACCOUNT, "grace hopper")
    assert office("session", "open", "CS101", *NINE) == 0, office.said
    assert "teaches CS101" in office.refused("session", "open", "MA2", *NINE)
    assert ", a teacher, may not " in office.refused("class", "add", "X", "Y")
    assert ", a teacher, may not " in office.refused("students", "delete", "R1")
    assert ", a teacher, may not " in office.refused("accounts", "list")
    assert "is no admin" in office.refused("session", "open", "CS101", "--as-admin")
    assert office("session", "list") == 0


@pytest.mark.parametrize(
    "line", ["mail password", "accounts pin Office", "backup import all.rollcall", "security key --passphrase"]
)
def test_nobody_is_asked_for_a_secret_for_what_they_may_not_do(
    office: Cli, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    add(office, "Grace Hopper")
    monkeypatch.delenv(PASSWORD)
    monkeypatch.setenv(ACCOUNT, "Grace Hopper")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    asked: list[str] = []

    def ask(question: str, **_: object) -> str:
        asked.append(question)
        return "four good words here"

    monkeypatch.setattr("typer.prompt", ask)
    monkeypatch.setattr("getpass.getpass", ask)
    assert "a teacher, may not" in office.refused(*line.split())
    assert asked == []


def test_admin_rights_take_the_password(office: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert office("class", "add", "X", "Y") == 0
    monkeypatch.setenv(PASSWORD, "not the password")
    assert "do not fit" in office.refused("class", "add", "Z", "Y")
    monkeypatch.delenv(PASSWORD)
    assert "ROLLCALL_PASSWORD" in office.refused("session", "open", "X", "--by", "Office")


def test_who_is_no_account_may_not_even_look(office: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    add(office, "Grace Hopper")
    assert office("accounts", "deactivate", "Grace Hopper") == 0
    for name in ("Nobody", "Grace Hopper"):
        monkeypatch.setenv(ACCOUNT, name)
        assert "no account" in office.refused("class", "list")
    monkeypatch.delenv(ACCOUNT)
    assert "ROLLCALL_ACCOUNT" in office.refused("students", "list")
    # Who may do nothing can still be helped by whoever reads this out.
    assert office("doctor") in (0, 2)
    assert "accounts: yes" in office.printed
    assert "audit: whole" in office.printed
    assert "no account" in office.refused("security", "rotate", "--by", "Nobody")


def test_by_wins_over_the_environment_and_signs(office: Cli) -> None:
    add(office, "Grace Hopper")
    assert office("session", "open", "CS101", *NINE, "--by", "GRACE hopper") == 0, office.said
    rows = office.json("audit", "list", "--action", "sessions")
    assert [(one["who"], one["role"]) for one in rows] == [("Grace Hopper", "teacher")]


def test_accounts_are_changed_from_the_command_line(office: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    add(office, "Grace Hopper")
    assert office("accounts", "role", "Grace Hopper", "admin") == 0
    assert office("accounts", "role", "Grace Hopper", "teacher", "--teacher", "Ada Lovelace") == 0
    assert office("accounts", "deactivate", "Grace Hopper") == 0
    assert "switched off" in office.refused("accounts", "reset", "Grace Hopper")
    assert office("accounts", "activate", "Grace Hopper") == 0
    assert office("accounts", "reset", "Grace Hopper") == 0
    assert CODE.search(office.printed)
    monkeypatch.setenv(command.PIN, "481516")
    assert office("accounts", "pin", "Grace Hopper") == 0
    assert "481516" not in office.printed
    assert office("accounts", "pin", "Grace Hopper", "--remove") == 0
    assert "last admin" in office.refused("accounts", "deactivate", "Office")
    told = [one["action"] for one in office.json("audit", "list", "--action", "accounts")]
    assert told == [
        *("accounts.pin", "accounts.pin", "accounts.code", "accounts.activate", "accounts.deactivate"),
        *("accounts.role", "accounts.role", "accounts.add", "accounts.setup"),
    ]


def test_secrets_are_no_options() -> None:
    """A password among the arguments would stand in the list of processes and in the shell's history."""
    import typer

    from core.commands.main import command_line

    group = typer.main.get_command(command_line()).commands["accounts"]  # type: ignore[attr-defined]
    names = {one.name for each in group.commands.values() for one in each.params}
    assert names & {"password", "secret", "pin", "new", "old"} == set()
    code = next(one for one in group.commands["password"].params if one.name == "code")
    assert code.is_flag


def test_the_audit_on_the_command_line(office: Cli, home: Home) -> None:
    assert office("audit", "head") == 0
    head = office.printed.strip()
    assert re.fullmatch(r"\d+-[0-9a-f]{16}", head)
    assert office("class", "add", "X", "Y") == 0
    found = office.json("audit", "verify", "--head", head)
    assert found["ok"]
    assert found["rows"] >= 3
    assert "is no head" in office.refused("audit", "verify", "--head", "nonsense")
    assert office("audit", "list", "--from", "yesterday", "--to", "today", "--who", "Office") == 0
    assert "login" in office.printed
    assert "no student" in office.refused("audit", "list", "--student", "R9")
    with open_store(home) as store, store.transaction() as db:
        db.connection().exec_driver_sql("DROP TRIGGER audit_no_update")
        db.connection().exec_driver_sql("UPDATE audit SET action = 'login' WHERE id = 1")
    assert office("audit", "verify") == 2
    assert "Row 1 of the audit was changed" in office.said
    assert "audit_no_update" in office.said


def test_a_forgotten_command_is_for_admins_only() -> None:
    from core.actions import ACTIONS
    from core.commands.rights import NOT_LISTED

    assert set(ACTIONS[NOT_LISTED]) == {"admin"}
