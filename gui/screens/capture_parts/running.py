"""A capture while it runs: what its threads do, and what they give to the window."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from core.capturing import CaptureControl, CaptureReport, CaptureRequest, Capturing, Look, Taken, capture
from core.vision.feed import CameraState
from core.vision.pose import Pose
from gui.background import Latest
from gui.networks import Networks
from gui.opening import Use
from gui.screens.capture_parts.showing import Held, Painter, advice


@dataclass(frozen=True, slots=True)
class News:
    """What stands around the picture.  hint: the sentence above it; asked: the pose that is asked for."""

    hint: str
    asked: Pose | None
    taken: Taken


def capture_work(
    request: CaptureRequest,
    control: CaptureControl,
    networks: Networks,
    painter: Painter,
    news: Latest[News],
    states: Latest[CameraState],
) -> Callable[[Use], CaptureReport]:
    """What the thread of a capture does."""
    held = Held()

    def look(seen: Look) -> None:
        now = held.take(advice(seen), time.monotonic())
        painter.take(seen, now.colour)
        news.put(News(now.words, seen.asked, seen.taken))

    def work(use: Use) -> CaptureReport:
        engine = networks.get(use)
        return capture(use.store, engine, use.settings, request, Capturing(look, states.put, control))

    return work
