"""Calling the command line in this process, and pictures that every computer has."""

import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import pytest

from core import clock
from core.commands.main import run
from core.demo import STRANGER, STUDENTS, _file
from core.paths import Home
from core.recognition.files import load_classifier, save_classifier
from core.records import Image
from core.store.database import open_store
from core.vision.images import read_image

ASTRONAUT = _file(STUDENTS[0][1])
PHOTOGRAPHER = _file(STUDENTS[1][1])
HOPPER = _file(STRANGER)
CONSENT = ("--consent", "test")
NINE = ("--at", "2026-11-21T09:00")

_BEFORE = tempfile.gettempdir()
_trained: list[tempfile.TemporaryDirectory] = []


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

    def json(self, *arguments: str | Path) -> Any:
        """What a command that must succeed writes with ``--json``."""
        path = self.home.root / "said.json"
        path.unlink(missing_ok=True)
        assert self(*arguments, "--json", path) == 0, self.printed + self.said
        return json.loads(path.read_text(encoding="utf-8"))

    def trained_class(self) -> None:
        """Class C with Eileen Collins (R1) and the photographer (R2), trained; made once, then copied."""
        if not _trained:
            self("class", "add", "C", "Class")
            assert self("enrol", "C", ASTRONAUT, "--student", "R1 Eileen Collins", *CONSENT) == 0
            assert self("enrol", "C", PHOTOGRAPHER, "--student", "R2 The Photographer", *CONSENT) == 0
            assert self("train", "C") == 0
            # Not where the test at hand keeps its own temporary files, which go with it.
            kept = tempfile.TemporaryDirectory(prefix="rollcall-trained-", dir=_BEFORE, ignore_cleanup_errors=True)
            _trained.append(kept)
            shutil.copytree(self.home.data, Path(_trained[0].name) / "data")
            shutil.copytree(self.home.classifiers, Path(_trained[0].name) / "classifiers")
        for name, folder in (("data", self.home.data), ("classifiers", self.home.classifiers)):
            shutil.copytree(Path(_trained[0].name) / name, folder, dirs_exist_ok=True)


def change_classifier(home: Home, path: Path, **changes: Any) -> None:
    """Save a classifier of class C again with other thresholds or another network; editing its files is noticed."""
    with open_store(home) as store:
        classifier = replace(load_classifier(path, "C", store.vault), **changes)
        save_classifier(path, classifier, store.vault, class_code="C", samples=0, trained_at=clock.now(), held_out={})


def portrait(path: Path, height: int = 400) -> Image:
    """A picture scaled to a height in pixels."""
    picture = read_image(path)
    return cv2.resize(picture, (picture.shape[1] * height // picture.shape[0], height), interpolation=cv2.INTER_AREA)


def save(path: Path, picture: Image) -> Path:
    """Write a picture losslessly; the folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    done, data = cv2.imencode(".png", picture)
    assert done
    path.write_bytes(data.tobytes())
    return path


def side_by_side(path: Path, *portraits: Path, height: int = 400) -> Path:
    """One photo of several people."""
    return save(path, cv2.hconcat([portrait(one, height) for one in portraits]))
