"""Recordings as an entrance camera makes them: people come towards it one after another, with nobody in between."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.records import Image
from core.vision.video_writer import VideoWriter

WIDTH, HEIGHT, FPS = 960, 540, 10
WALK_S, GAP_S = 4.0, 3.5
"""How long somebody is in the picture, and nobody after them (longer than a lost face is waited for)."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Somebody who passes.  faces: pictures of theirs; starts_s: when they come into the picture."""

    name: str
    starts_s: float


def record_walks(path: Path, people: Sequence[tuple[str, Image]], lead_s: float = 0.5) -> list[Walk]:
    """Write a video in which everybody of ``people`` passes once, in order; returns when."""
    walks = [Walk(name, lead_s + i * (WALK_S + GAP_S)) for i, (name, _) in enumerate(people)]
    wall = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    cv2.rectangle(wall, (0, HEIGHT - 60), (WIDTH, HEIGHT), (70, 80, 95), -1)
    with VideoWriter(path, FPS, (WIDTH, HEIGHT)) as writer:
        for number in range(int((lead_s + len(people) * (WALK_S + GAP_S)) * FPS)):
            frame = wall.copy()
            for walk, (_, picture) in zip(walks, people, strict=True):
                share = (number / FPS - walk.starts_s) / WALK_S
                if 0 <= share < 1:
                    _draw(frame, picture, share)
            writer.write(frame)
    return walks


def _draw(frame: Image, picture: Image, share: float) -> None:
    """Nearer and more to the right with every step, the head going up and down a little."""
    height = int(HEIGHT * (0.55 + 0.3 * share))
    width = picture.shape[1] * height // picture.shape[0]
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    small = cv2.convertScaleAbs(small, alpha=0.85 + 0.15 * share)
    left = int((WIDTH - width) * (0.2 + 0.6 * share))
    top = int((HEIGHT - height) * 0.5 + 8 * np.sin(9 * share))
    frame[top : top + height, left : left + width] = small
