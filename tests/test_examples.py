"""What is tried with made-up values is the same in every run."""

from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st


def tried() -> list[tuple[int, str]]:
    seen: list[tuple[int, str]] = []

    @given(st.integers(), st.text())
    def look(number: int, text: str) -> None:
        seen.append((number, text))

    look()
    return seen


def test_examples_do_not_depend_on_what_was_loaded_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tried()
    lines = [f"N{number}, T{number} = {number}, 'word {number}'" for number in range(1000, 1300)]
    (tmp_path / "loaded_meanwhile.py").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert import_module("loaded_meanwhile").T1000 == "word 1000"
    assert len({number for number, _ in before}) > 10
    assert tried() == before
