"""Codes and names that are paths, devices or SQL: every file stays in its folder and takes no other's place."""

from pathlib import Path

import pytest

from core.errors import NetworksError
from core.files import safe_name
from core.networks.prepare import MANIFEST
from core.networks.runtime import load_network
from core.networks.weights import sha256_of
from core.paths import Home
from core.store import people
from core.store.database import open_store
from tests.cli_support import NINE, Cli

CODES = [
    "../x", "../../x", "CON", "con.x", "a/b", "a\\b", "a_b", "a:b", "nul.txt", "COM1", "x.", "x", "X .", "~", "-x",
    "$(id)", "%TEMP%", "a*?", "=cmd()", "'; DROP TABLE", "straße", "a" * 40, "数学", "C.xlsx", ".hidden", "é", "[b]",
]  # fmt: skip
NAMES = ["../../x", "=1+1", "@SUM(A1)", "+1", "'; DROP TABLE students;--", "\u202egnp.exe", "CON", "x" * 300, "a/b"]


def everything(folder: Path) -> dict[str, bytes]:
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@pytest.fixture
def school(cli: Cli) -> Cli:
    with open_store(cli.home) as store, store.transaction() as db:
        for number, code in enumerate(CODES):
            made = people.add_class(db, code, NAMES[number % len(NAMES)], None)
            student = people.add_student(db, f"{code}{number}", NAMES[number % len(NAMES)])
            people.add_to_roster(db, made.id, student.id)
    return cli


def test_each_class_has_files_of_its_own_in_their_folder(school: Cli, tmp_path: Path) -> None:
    written: dict[str, set[str]] = {}
    # The rest of the names is below, without a command for each.
    for code in ("../x", "CON", "a/b", "a\\b", "a_b", "x.", "x", "-x", "=cmd()", "[b]"):
        before = everything(school.home.attendance)
        assert school("session", "open", *NINE, "--", code) == 0, (code, school.said)
        assert school("all-present", "--at", "2026-11-21T09:00", "--", code) in (0, 2)
        for kind in ("register", "marks"):
            assert school("export", kind, "--", code) == 0, (code, school.said)
        after = everything(school.home.attendance)
        assert {name: after[name] for name in before} == before, code
        written[code] = set(after) - set(before)
        assert len(written[code]) >= 2, code
        assert len({name.split("/")[0] for name in written[code]}) == 1
        assert len({name.casefold() for name in after}) == len(after)
    assert sorted(one.name for one in tmp_path.iterdir()) == [school.home.root.name]
    with open_store(school.home) as store, store.read() as db:
        assert sorted(one.code for one in people.list_classes(db)) == sorted(CODES)


def test_what_could_be_a_drawn_sign_is_printed_as_it_is(cli: Cli) -> None:
    sign = "09:CD:AB :smile:"  # As in the fingerprint of a certificate.
    assert cli("class", "add", "S", sign) == 0
    assert cli("class", "list") == 0
    assert sign in " ".join(cli.printed.split())
    assert sign in cli.refused("class", "roster", sign)


def test_everything_about_a_person_stays_in_its_folder(school: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "one"
    for number, code in enumerate(CODES[:5]):
        assert school("students", "export", f"{code}{number}", folder / str(number)) == 0, school.said
        assert [one.name for one in (folder / str(number)).iterdir()] == ["data.json"]
    assert sorted(one.name for one in tmp_path.iterdir()) == [school.home.root.name]


def test_no_code_is_another_ones_file() -> None:
    folders = [safe_name(code).casefold() for code in CODES]
    assert len(set(folders)) == len(CODES)
    # A name that looks as if it had been cleaned already is not taken for the one that was.
    for code in CODES:
        cleaned = safe_name(code)
        if cleaned != code:
            assert safe_name(cleaned).casefold() != cleaned.casefold()
    assert safe_name("CS-20261121") == "CS-20261121"


@pytest.mark.parametrize("seal", [False, True])
def test_code_in_the_place_of_a_network_is_refused(ready: Home, tmp_path: Path, seal: bool) -> None:
    """A pickle that would write a file; also with a manifest that was changed to fit it."""
    import pickle

    class Evil:
        def __reduce__(self) -> tuple:
            return (Path.touch, (tmp_path / "run",))

    xml, manifest = ready.networks / "pnet.xml", ready.networks / MANIFEST
    old = sha256_of(xml)
    for path in (xml, ready.networks / "pnet.bin") if seal else (xml,):
        before = sha256_of(path)
        path.write_bytes(pickle.dumps(Evil()))
        if seal:
            manifest.write_text(manifest.read_text().replace(before, sha256_of(path)))
    assert sha256_of(xml) != old
    with pytest.raises(NetworksError, match="damaged"):
        load_network(ready, "pnet", mean=0.0, scale=1.0)
    assert not (tmp_path / "run").exists()
