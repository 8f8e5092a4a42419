"""Tokens: made by an admin in the portal and on the command line, shown once, revoked at once."""

import json
import re

import pytest

from core import programs
from core.actor import acting
from core.commands.context import ACCOUNT, PASSWORD
from core.errors import AccessError, InputError, NotFoundError
from core.store.tables import ApiTokenTable
from tests.account_support import PASSWORD as GOOD
from tests.cli_support import Cli
from tests.web.api_support import Program, program
from tests.web_support import OFFICE, TEACHER, Portal

SECRET = re.compile(r"rollcall_[\w-]{43}")


def test_an_admin_makes_and_revokes_one_in_the_portal(portal: Portal) -> None:
    office = portal.browser(OFFICE)
    assert "There are no tokens" in office.get("/tokens/").words
    made = office.post("/tokens/", name="<b>School</b>", scope="read-register", class_="OWN", days="30")
    found = SECRET.search(made.text)
    assert found, made.words
    assert "<b>School" not in made.text
    assert "no-store" in made.headers["Cache-Control"]
    ask = Program(portal.app.test_client(), found[0])
    assert [one["code"] for one in ask.get("/classes")["classes"]] == ["OWN"]
    again = office.get("/tokens/")
    assert "<b>School</b>" in again.words.replace("&lt;", "<").replace("&gt;", ">")
    assert not SECRET.search(again.text)
    assert office.post("/tokens/1/revoke").place == "/tokens/"
    assert ask("GET", "/classes").status == 401
    assert office.post("/tokens/1/revoke").status == 404


@pytest.mark.parametrize(
    "given", [{"name": ""}, {"scope": "everything"}, {"scope": ""}, {"days": "0"}, {"days": "many"}, {"class_": "XX"}]
)
def test_what_cannot_be_is_told_on_the_page(portal: Portal, given: dict[str, str]) -> None:
    page = portal.browser(OFFICE).post(
        "/tokens/", **{"name": "N", "scope": "push-roster", "days": "1", "class_": "", **given}
    )
    assert page.status == 400
    assert 'role="alert"' in page.text
    with portal.store.read() as db:
        assert db.query(ApiTokenTable).count() == 0


def test_nobody_else_makes_one(portal: Portal) -> None:
    for name in (TEACHER, "Student One"):
        browser = portal.browser(name)
        assert browser.get("/tokens/", follow=False).status == 302
        assert browser.post("/tokens/", name="N", scope="read-register").status == 302
    for role in ("teacher", "student", "kiosk"):
        with acting(portal.actor(role)), pytest.raises(AccessError):
            programs.make_token(portal.store, portal.actor(role), "N", ["read-register"])
    with portal.store.read() as db:
        assert db.query(ApiTokenTable).count() == 0


def test_a_token_makes_no_token(portal: Portal) -> None:
    ask = program(portal)
    assert ask.secret is not None
    as_program = programs.whose_token(portal.store, ask.secret)
    with acting(as_program), pytest.raises(AccessError, match="This token may not"):
        programs.make_token(portal.store, as_program, "N", ["read-register"])


def test_the_database_holds_no_token(portal: Portal) -> None:
    secret = program(portal).secret
    assert secret is not None
    for path in portal.home.data.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path


def test_what_core_refuses(portal: Portal) -> None:
    office = portal.actor("admin")
    with acting(office):
        for wrong in ({"scopes": []}, {"scopes": ["x"]}, {"days": 0}, {"days": 99_999}, {"name": " "}):
            given = {"name": "N", "scopes": ["read-register"], "days": 1, **wrong}
            with pytest.raises(InputError):
                programs.make_token(portal.store, office, given["name"], given["scopes"], days=given["days"])
        with pytest.raises(NotFoundError):
            programs.revoke_token(portal.store, office, 7)


def test_on_the_command_line(
    portal: Portal, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = Cli(portal.home, capsys)
    monkeypatch.setenv(PASSWORD, GOOD)
    monkeypatch.setenv(ACCOUNT, OFFICE)
    assert cli("tokens", "list") == 0
    assert "There are no tokens" in cli.printed
    assert cli("tokens", "new", "[bold]School", "--scope", "read-register", "--class", "OWN") == 0, cli.said
    found = SECRET.search(cli.printed)
    assert found
    assert Program(portal.app.test_client(), found[0])("GET", "/classes").status == 200
    file = portal.home.root / "tokens.json"
    assert cli("tokens", "list", "--json", file) == 0
    assert "[bold]" in cli.printed
    listed = json.loads(file.read_text(encoding="utf-8"))
    assert [(one["class"], one["account"], one["scopes"]) for one in listed] == [("OWN", OFFICE, ["read-register"])]
    assert found[0] not in file.read_text(encoding="utf-8")
    assert "no class" in cli.refused("tokens", "new", "N", "--scope", "read-register", "--class", "ZZ")
    assert "Choose of" in cli.refused("tokens", "new", "N", "--scope", "everything")
    assert cli("tokens", "revoke", "1") == 0
    assert Program(portal.app.test_client(), found[0])("GET", "/classes").status == 401
    monkeypatch.setenv(ACCOUNT, TEACHER)
    assert "may not" in cli.refused("tokens", "list")
