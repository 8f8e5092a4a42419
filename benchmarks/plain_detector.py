"""The plain way to find faces: the ``mtcnn`` package's own detector through Keras, with nothing set.

Run as a child of :mod:`benchmarks.detection`, which stays without TensorFlow: ``python -m benchmarks.plain_detector
PHOTO…``; prints JSON, for each photo its milliseconds and boxes (xyxy).
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import cv2
from mtcnn import MTCNN

from benchmarks.detection import ROUNDS
from core.vision.images import read_image


def main() -> None:
    """Time each photo as the others are timed: once to warm up, then the quickest of the rounds."""
    detector = MTCNN()
    photos = [cv2.cvtColor(read_image(Path(one)), cv2.COLOR_BGR2RGB) for one in sys.argv[1:]]
    detector.detect_faces(photos[0])
    answers = []
    for photo in photos:
        rounds = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            found = detector.detect_faces(photo)
            rounds.append(1000 * (time.perf_counter() - started))
        corners = [(x, y, x + width, y + height) for x, y, width, height in (one["box"] for one in found)]
        answers.append({"ms": min(rounds), "boxes": corners})
    print(json.dumps(answers, default=float))


if __name__ == "__main__":
    main()
