"""Which cameras this computer has, for the doctor."""

import sys
from pathlib import Path

import cv2

PROBED = 3
"""Numbers tried where the system does not list its cameras."""


def describe_cameras() -> list[str]:
    """Names of the cameras found, e.g. ``camera 0``."""
    if sys.platform.startswith("linux"):
        return [f"camera {path.name.removeprefix('video')}" for path in sorted(Path("/dev").glob("video*"))]
    found = []
    for number in range(PROBED):
        capture = cv2.VideoCapture(number)
        if capture.isOpened():
            found.append(f"camera {number}")
        capture.release()
    return found
