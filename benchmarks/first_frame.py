"""A child of :mod:`benchmarks.start`: does what the command ``mark`` does, and tells when each step of it was over.

``python -m benchmarks.first_frame HOME CLASS VIDEO``; prints JSON: the clock's time by step.
"""

import sys
import time

steps = {"starting Python": time.time()}

# What app.py imports, with nothing imported before.
import core.commands.main  # noqa: F401

steps["imports"] = time.time()

import json
from dataclasses import replace
from pathlib import Path

from core.commands.context import Context
from core.marking import MarkRequest, mark
from core.paths import Home
from core.records import Face, Image, no_progress
from core.vision.detector import Detector


class Clocked(Detector):
    """A detector that notes when it is asked first, and when it has answered."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self.min_face_px = detector.min_face_px

    def detect(self, image: Image, *, quick: bool = False) -> list[Face]:
        """As the other does."""
        self._detector.min_face_px = self.min_face_px
        steps.setdefault("classifier and video", time.time())
        faces = self._detector.detect(image, quick=quick)
        steps.setdefault("searching the first frame", time.time())
        return faces

    def warm(self) -> None:
        """As the other does."""
        self._detector.warm()


def main() -> None:
    """Walk the steps."""
    _, home, class_code, video = sys.argv
    here = Context(Home.find(Path(home)))
    settings = here.settings
    with here.writing("measuring the start") as store:
        steps["settings and database"] = time.time()
        engine = here.engine(no_progress)
        steps["networks"] = time.time()
        clocked = replace(engine, detector=Clocked(engine.detector))
        mark(store, clocked, settings, MarkRequest(class_code, video), no_progress)
    steps["naming, register and sheet"] = time.time()
    print(json.dumps(steps))


if __name__ == "__main__":
    main()
