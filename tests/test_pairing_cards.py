"""Cards that pair phones: what is printed, whose they are, and why one does nothing."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core import addresses, clock
from core.actor import Actor, acting
from core.confirming import cards, phones
from core.confirming.cards import print_cards, saved_as
from core.errors import AccessError, BusyError, DiskFullError, InputError, NotFoundError
from core.languages.language import language
from core.paths import Home
from core.store import audit, people
from core.store.database import Store
from tests.account_support import make_school, quick
from tests.card_support import (
    ADDRESS,
    CODE,
    NAMES,
    SCHOOL,
    TEACHER,
    ReadCard,
    codes,
    codes_in,
    later,
    live_codes,
    poppler,
    read_cards,
    school,
)
from tests.cli_support import Cli
from tests.phone_support import held

__all__ = ["quick", "school"]


def printed(store: Store, folder: Path, **more: Any) -> list[ReadCard]:
    """The cards of CS101, read back."""
    done = print_cards(store, SCHOOL, TEACHER, "CS101", ADDRESS, bytes, **more)
    found = read_cards(done.kept, folder)
    assert len(found) == done.students
    return found


def test_each_student_has_a_card_that_says_all(school: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Late in the evening it is tomorrow at the school already.
    later(monkeypatch, clock.parse_local("2026-11-21T20:00+00:00", None))
    found = printed(school, tmp_path)
    assert [one.words.split("Class CS101, roll ")[1].split()[0] for one in found] == ["R1", "R2", "R10"]
    for one, name in zip(found, NAMES.values(), strict=False):
        assert "St. Xavier’s School" in one.words
        assert name in one.words
        assert "Works once, until December 2, 2026" in one.words
        assert "https://192.168.1.20:8443/pair" in one.words
        assert one.address == f"HTTPS://192.168.1.20:8443/P/{one.code.replace('-', '')}"
    assert len({one.code for one in found}) == 3


def test_hostile_names_fit_and_hide_nothing(school: Store, tmp_path: Path) -> None:
    hostile = {
        "H1": "=cmd()|'/c calc'!A0 $x^2$ \\frac{1}{2}",
        "H2": "<script>alert(1)</script>",
        "H3": "x" * 300,
        "H4": "محمد بن موسى الخوارزمي",
        "H5": "महर्षि विश्वनाथ शर्मा",
        "H6": "🙂 Zoë 👩\u200d🏫",
        "H" * 90: "long " * 60,
    }
    with school.transaction() as db:
        class_id = people.get_class(db, "CS101").id
        for roll, name in hostile.items():
            people.add_to_roster(db, class_id, people.add_student(db, roll, name).id)
        for number in range(4):
            people.add_to_roster(db, class_id, people.add_student(db, f"Z{number}", "Somebody").id)
    found = printed(school, tmp_path, language=language("ar"))
    assert len(found) == 14
    # Between the words stand the marks that turn the direction.
    by_roll = {roll: one for one in found for roll in hostile if roll in re.split("[\\s\u202a-\u202c]+", one.words)}
    assert "=cmd()|'/c calc'!A0" in by_roll["H1"].words
    assert "<script>alert(1)</s" in by_roll["H2"].words  # The rest stands on the next line.
    assert "…" in by_roll["H3"].words
    assert "محمد" in by_roll["H4"].words
    # Each card holds its own code, however long what stands beside it.
    assert all(one.address.endswith(one.code.replace("-", "")) for one in found)


@pytest.mark.parametrize(
    "address",
    ["", "192.168.1.20:8443", "ftp://x", "https://", "https://a/b", "https://a?b", "https://a:x", "https://é",
     "https://" + "a" * 90, "javascript:alert(1)", "https://a b", "https://a@b"],
)  # fmt: skip
def test_what_is_no_address_is_refused_before_anything_ends(school: Store, address: str) -> None:
    code = phones.new_pairing(school, TEACHER, "R1").code
    with pytest.raises(InputError, match="is no address of a portal"):
        print_cards(school, SCHOOL, TEACHER, "CS101", address, bytes)
    assert phones.look_at_code(school, None, code)


def test_nobody_and_no_class(school: Store) -> None:
    with pytest.raises(InputError, match="Nobody is in EMPTY"):
        print_cards(school, SCHOOL, TEACHER, "EMPTY", ADDRESS, bytes)
    with pytest.raises(NotFoundError):
        print_cards(school, SCHOOL, TEACHER, "NONE", ADDRESS, bytes)


def test_a_document_that_cannot_be_saved_ends_no_card(school: Store, tmp_path: Path) -> None:
    code = phones.new_pairing(school, TEACHER, "R1").code
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DiskFullError):
        print_cards(school, SCHOOL, TEACHER, "CS101", ADDRESS, saved_as(tmp_path / "file" / "cards.pdf"))
    assert phones.look_at_code(school, None, code).name == "Ada Lovelace"
    assert live_codes(school) == 1
    with pytest.raises(InputError, match=r"End the name .* with .pdf"):
        saved_as(tmp_path / "cards.xlsx")


def test_a_class_that_changes_meanwhile_gets_no_cards(school: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = cards._drawn

    def slowly(*given: object) -> bytes:
        with school.transaction() as db:
            people.set_active(db, people.get_student(db, "R2").id, False)
        return drawn(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(cards, "_drawn", slowly)
    with pytest.raises(BusyError):
        print_cards(school, SCHOOL, TEACHER, "CS101", ADDRESS, bytes)
    assert live_codes(school) == 0


def test_codes_stand_on_the_cards_only(school: Store, home: Home) -> None:
    found = codes(school)
    everything = held(home)
    for one in found:
        plain = one.replace("-", "")
        assert plain.encode() not in everything
        assert one.encode() not in everything
    with school.read() as db:
        [row] = audit.rows(db, audit.Filter(action="phones.cards"), 10)
    assert (row.who, row.class_id, row.after) == ("Grace", 1, {"students": [1, 2, 3]})


def test_teachers_of_the_class_and_admins_only(store: Store, quick: None) -> None:
    made = make_school(store)
    kept: list[bytes] = []

    def tried(role: str, code: str, act: Callable[..., object]) -> bool:
        with acting(made.actors[role]):
            try:
                act(code, made.actors[role])
            except AccessError:
                return False
        return True

    def cards_of(code: str, actor: Actor) -> object:
        return print_cards(store, SCHOOL, actor, code, ADDRESS, kept.append)

    def list_of(code: str, _actor: Actor) -> object:
        return phones.phones_of_class(store, code)

    for act in (cards_of, list_of):
        found = {(role, code) for role in made.actors for code in ("OWN", "FOREIGN") if tried(role, code, act)}
        assert found == {("admin", "OWN"), ("admin", "FOREIGN"), ("teacher", "OWN")}
    assert len(kept) == 3


def test_the_command(school: Store, home: Home, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    poppler()
    cli, path = Cli(home, capsys), tmp_path / "cards.pdf"
    told = cli.json("phones", "cards", "CS101", path, "--address", ADDRESS, "--by", "Grace")
    assert told == {"file": str(path), "cards": 3, "last_day": told["last_day"], "address": ADDRESS}
    assert "Saved 3 cards" in cli.printed
    assert "Earlier cards and codes of these students do nothing any more." in cli.printed
    found = codes_in(path.read_bytes())
    assert not any(CODE.search(one) for one in (cli.printed, cli.said))
    assert phones.pair(school, None, found[0], "Android").student_id == 1
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0
    assert ".pdf" in cli.refused("phones", "cards", "CS101", tmp_path / "cards.txt")
    assert "no address" in cli.refused("phones", "cards", "CS101", path, "--address", "nowhere")
    assert live_codes(school) == 2


def test_without_a_network_the_command_says_so(
    school: Store, home: Home, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = Cli(home, capsys)
    monkeypatch.setattr(addresses, "lan_addresses", list)
    assert "in no network" in cli.refused("phones", "cards", "CS101", tmp_path / "c.pdf")
    monkeypatch.setattr(addresses, "lan_addresses", lambda: ["10.0.0.7"])
    assert cli.json("phones", "cards", "CS101", tmp_path / "c.pdf")["address"] == "https://10.0.0.7:8443"
