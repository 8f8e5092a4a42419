"""Calling the command line in this process, and pictures that every computer has."""

from pathlib import Path

import pytest

from core.commands.main import run
from core.demo import STRANGER, STUDENTS, _file
from core.paths import Home

ASTRONAUT = _file(STUDENTS[0][1])
PHOTOGRAPHER = _file(STUDENTS[1][1])
HOPPER = _file(STRANGER)
CONSENT = ("--consent", "test")


class Cli:
    """``cli("class", "add", …)`` gives the exit code; ``said`` is what went to standard error."""

    def __init__(self, home: Home, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self._capsys = home, capsys
        self.said, self.printed = "", ""

    def __call__(self, *arguments: str | Path) -> int:
        self._capsys.readouterr()
        code = run(["--home", str(self.home.root), *(str(one) for one in arguments)])
        self.printed, self.said = self._capsys.readouterr()
        assert "Traceback" not in self.said + self.printed
        return code

    def refused(self, *arguments: str | Path) -> str:
        """A command that must fail with one sentence and exit code 2; returns the sentence."""
        assert self(*arguments) == 2, self.printed + self.said
        sentence = " ".join(self.said.split())
        assert 10 < len(sentence) < 500
        assert not self.home.log.exists()
        return sentence

    def trained_class(self) -> None:
        """Class C with Eileen Collins (R1) and the photographer (R2), trained."""
        assert self("class", "add", "C", "Class") == 0
        assert self("enrol", "C", ASTRONAUT, "--student", "R1 Eileen Collins", *CONSENT) == 0
        assert self("enrol", "C", PHOTOGRAPHER, "--student", "R2 The Photographer", *CONSENT) == 0
        assert self("train", "C") == 0
