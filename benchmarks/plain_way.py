"""The plain way to mark a video: every frame through ``mtcnn`` and Keras, an SVM with probabilities, a fixed cut.

This is what most projects of this kind do; everything else is measured against it in the same run.
Run as a child of other benchmarks: ``python -m benchmarks.plain_way ENROL_DIR VIDEO FRAMES``; prints JSON.
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import cv2
import numpy as np
from mtcnn import MTCNN
from sklearn.svm import SVC

from core.networks.convert import facenet
from core.networks.weights import find_weights
from core.paths import Home

CUT = 0.5


def crops_of(detector: MTCNN, image: np.ndarray) -> list[np.ndarray]:
    """Every face of a BGR image as ``(160, 160, 3) float32`` RGB, standardised."""
    rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    crops = []
    for found in detector.detect_faces(rgb):
        x, y, width, height = (max(0, value) for value in found["box"])
        face = rgb[y : y + height, x : x + width]
        if face.size:
            crops.append((cv2.resize(face, (160, 160)).astype(np.float32) - 127.5) / 127.5)
    return crops


def main() -> None:
    """Train on the folder, then time the first frames of the video."""
    folder, video, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    weights = find_weights(Home.find())
    detector, net = MTCNN(), facenet(weights.key, weights.path)
    names, faces = [], []
    for person in sorted(folder.iterdir()):
        for photo in sorted(person.iterdir()):
            for crop in crops_of(detector, np.asarray(cv2.imread(str(photo))))[:1]:
                names.append(person.name.split()[0])
                faces.append(net.predict(crop[None], verbose=0)[0])
    machine = SVC(kernel="linear", probability=True).fit(np.stack(faces), names)
    capture, present = cv2.VideoCapture(video), set()
    started = time.perf_counter()
    for _ in range(count):
        done, frame = capture.read()
        if not done:
            break
        for crop in crops_of(detector, frame):
            chances = machine.predict_proba(net.predict(crop[None], verbose=0))[0]
            if chances.max() >= CUT:
                present.add(str(machine.classes_[chances.argmax()]))
    print(json.dumps({"seconds": time.perf_counter() - started, "frames": count, "present": sorted(present)}))


if __name__ == "__main__":
    main()
