"""Classifier files: arrays in ``.npz`` (never a pickle) beside a JSON manifest that seals them with a hash."""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import ClassifierError
from core.files import write_atomically, write_bytes_atomically
from core.recognition.classifier import Classifier, Thresholds

FORMAT = 2
"""1 had another scale of evidence, and no look-alikes or rejected faces."""
EMBEDDING_SIZE = 512


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is written beside the arrays."""

    class_code: str
    sha256: str
    model_key: str
    students: int
    samples: int
    trained_at: str
    held_out: Mapping[str, Any]
    thresholds: dict[str, float]
    format: int = FORMAT


def save_classifier(
    path: Path,
    classifier: Classifier,
    *,
    class_code: str,
    samples: int,
    trained_at: datetime,
    held_out: Mapping[str, Any],
) -> Manifest:
    """Write ``path`` (``.npz``) and its manifest (``.json``).  Raises DiskFullError and leaves older files intact."""

    def write(target: Path) -> None:
        with target.open("wb") as out:
            np.savez(
                out,
                student_ids=classifier.student_ids,
                coef=classifier.coef,
                intercept=classifier.intercept,
                centroids=classifier.centroids,
                raised=classifier.raised,
                alike=classifier.alike,
                rejected=classifier.rejected,
                rejected_of=classifier.rejected_of,
            )

    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, write)
    manifest = Manifest(
        class_code=class_code,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        model_key=classifier.model_key,
        students=len(classifier.student_ids),
        samples=samples,
        trained_at=trained_at.isoformat(),
        held_out=dict(held_out),
        thresholds=asdict(classifier.thresholds),
    )
    text = json.dumps(asdict(manifest), indent=2, ensure_ascii=False)
    write_bytes_atomically(path.with_suffix(".json"), text.encode())
    return manifest


def load_classifier(path: Path, class_code: str) -> Classifier:
    """Read a classifier back.

    Raises ClassifierError with what to do when a file is missing, damaged or not what the manifest sealed.
    """
    retrain = f"Train the class again: app.py train {class_code}"
    try:
        manifest = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ClassifierError(f"The classifier of {class_code} is missing from {path.parent}. {retrain}") from error
    except (OSError, ValueError) as error:
        raise ClassifierError(f"The classifier of {class_code} cannot be read. {retrain}") from error
    if not isinstance(manifest, dict) or manifest.get("sha256") != hashlib.sha256(data).hexdigest():
        raise ClassifierError(f"The classifier of {class_code} is damaged. {retrain}")
    try:
        return _assembled(path, manifest)
    except (AttributeError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise ClassifierError(f"The classifier of {class_code} is damaged. {retrain}") from error


def _assembled(path: Path, manifest: dict) -> Classifier:
    with np.load(path, allow_pickle=False) as arrays:
        classifier = Classifier(
            student_ids=arrays["student_ids"],
            coef=arrays["coef"],
            intercept=arrays["intercept"],
            centroids=arrays["centroids"],
            thresholds=Thresholds(**{name: float(value) for name, value in manifest["thresholds"].items()}),
            model_key=str(manifest["model_key"]),
            raised=arrays["raised"],
            alike=arrays["alike"],
            rejected=arrays["rejected"],
            rejected_of=arrays["rejected_of"],
        )
    if manifest["format"] != FORMAT or not _fits(classifier):
        raise ValueError("the arrays do not fit together")
    return classifier


def _fits(classifier: Classifier) -> bool:
    """Whether the arrays belong together."""
    count = len(classifier.student_ids)
    a_row_each = (classifier.coef.shape, classifier.centroids.shape)
    rejections = classifier.rejected_of.shape
    return (
        set(a_row_each) == {(count, EMBEDDING_SIZE)}
        and classifier.intercept.shape == classifier.raised.shape == (count,)
        and classifier.alike.shape[1:] == (2,)
        and len(rejections) == 1
        and classifier.rejected.shape == (*rejections, EMBEDDING_SIZE)
    )
