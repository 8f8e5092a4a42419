"""Classifier files: arrays as ``.npz`` (never a pickle), sealed, for they are faces too; beside them a JSON manifest.

What is sealed is bound to the file's place and to what the manifest says of thresholds and network; the manifest's hash
is that of the arrays before they were sealed, so that a new key leaves it true.
"""

import hashlib
import io
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
from core.files import write_bytes_atomically
from core.recognition.classifier import Classifier, Thresholds
from core.vault.sealing import SealError, generation_of
from core.vault.vault import Vault

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
    vault: Vault,
    *,
    class_code: str,
    samples: int,
    trained_at: datetime,
    held_out: Mapping[str, Any],
) -> Manifest:
    """Write ``path`` (``.npz``) and its manifest (``.json``).  Raises DiskFullError and leaves older files intact,
    VaultError when the key of the faces is not there.
    """
    arrays = io.BytesIO()
    np.savez(
        arrays,
        student_ids=classifier.student_ids,
        coef=classifier.coef,
        intercept=classifier.intercept,
        centroids=classifier.centroids,
        raised=classifier.raised,
        alike=classifier.alike,
        rejected=classifier.rejected,
        rejected_of=classifier.rejected_of,
    )
    manifest = Manifest(
        class_code=class_code,
        sha256=hashlib.sha256(arrays.getvalue()).hexdigest(),
        model_key=classifier.model_key,
        students=len(classifier.student_ids),
        samples=samples,
        trained_at=trained_at.isoformat(),
        held_out=dict(held_out),
        thresholds=asdict(classifier.thresholds),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes_atomically(path, vault.seal(arrays.getvalue(), _context(path, asdict(manifest))))
    text = json.dumps(asdict(manifest), indent=2, ensure_ascii=False)
    write_bytes_atomically(path.with_suffix(".json"), text.encode())
    return manifest


def load_classifier(path: Path, class_code: str, vault: Vault) -> Classifier:
    """Read a classifier back.

    Raises ClassifierError with what to do when a file is missing, damaged, not sealed or not what the manifest tells,
    VaultError when the key of the faces is not there.
    """
    retrain = f"Train the class again: app.py train {class_code}"
    try:
        manifest = _read_manifest(path)
        data = vault.unseal(path.read_bytes(), _context(path, manifest))
    except FileNotFoundError as error:
        raise ClassifierError(f"The classifier of {class_code} is missing from {path.parent}. {retrain}") from error
    except SealError as error:
        raise ClassifierError(f"The classifier of {class_code} is damaged. {retrain}") from error
    except (OSError, ValueError) as error:
        raise ClassifierError(f"The classifier of {class_code} cannot be read. {retrain}") from error
    if manifest.get("sha256") != hashlib.sha256(data).hexdigest():
        raise ClassifierError(f"The classifier of {class_code} is damaged. {retrain}")
    try:
        return _assembled(data, manifest)
    except (AttributeError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise ClassifierError(f"The classifier of {class_code} is damaged. {retrain}") from error


def reseal_classifier(path: Path, vault: Vault, generation: int, *, plain: bool) -> bool:
    """Seal a file anew with the key of ``generation``; whether that was needed.

    plain: the file may never have been sealed.  Raises ClassifierError for a damaged one, VaultError, DiskFullError.
    """
    if not needs_sealing(path, generation):
        return False
    try:
        manifest, stored = _read_manifest(path), path.read_bytes()
        context = _context(path, manifest)
        arrays = stored if plain and generation_of(stored) is None else vault.unseal(stored, context)
    except (OSError, ValueError) as error:
        raise ClassifierError(f"The classifier {path} is damaged. Train its class again.") from error
    if manifest.get("sha256") != hashlib.sha256(arrays).hexdigest():
        raise ClassifierError(f"The classifier {path} is damaged. Train its class again.")
    write_bytes_atomically(path, vault.seal(arrays, context, generation))
    return True


def needs_sealing(path: Path, generation: int) -> bool:
    """Whether a file is not sealed with the key of ``generation``; False for one that is not there any more."""
    try:
        with path.open("rb") as file:
            return generation_of(file.read(64)) != generation
    except FileNotFoundError:
        return False


def _read_manifest(path: Path) -> dict[str, Any]:
    manifest = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    if not isinstance(manifest, dict):
        raise SealError("a manifest is an object")
    return manifest


def _context(path: Path, manifest: Mapping[str, Any]) -> bytes:
    """What the arrays are sealed together with: where they lie, the network and the cuts they are to be used with."""
    said = [manifest.get(name) for name in ("format", "model_key", "thresholds")]
    return json.dumps(["rollcall classifier", path.parent.name, path.name, *said], sort_keys=True).encode()


def _assembled(data: bytes, manifest: Mapping[str, Any]) -> Classifier:
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
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
