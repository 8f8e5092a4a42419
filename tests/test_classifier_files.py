"""Classifier files: what is saved comes back; anything else gives one sentence and never runs foreign code."""

import hashlib
import io
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from core.errors import ClassifierError, DiskFullError
from core.paths import Home
from core.recognition import files
from core.recognition.classifier import Classifier, Thresholds
from core.recognition.files import load_classifier, save_classifier
from core.vault.vault import Vault
from tests.store_support import lone_vault

CODE = "CS 101/ü"
COMMAND = f"app.py train {CODE}"
vaults: list[Vault] = []


def machine(seed: int = 0) -> Classifier:
    rng = np.random.default_rng(seed)
    coef, centroids = rng.normal(size=(2, 3, 512)).astype(np.float32)
    cuts, raised, alike = Thresholds(1.9, 1.5, 1.3, 0.3), np.float32([0, 0.2, 0]), np.array([[3, 20]])
    ids, intercept = np.array([3, 7, 20]), np.float32([0.1, -0.2, 0.3])
    rejected, rejected_of = rng.normal(size=(2, 512)).astype(np.float32), np.array([7, 7])
    return Classifier(ids, coef, intercept, centroids, cuts, "key", raised, alike, rejected, rejected_of)


@pytest.fixture(autouse=True, scope="module")
def _vault(tmp_path_factory: pytest.TempPathFactory) -> None:
    vaults[:] = [lone_vault(Home(tmp_path_factory.mktemp("home")))]


def save(path: Path, seed: int = 0) -> None:
    more = {"class_code": CODE, "samples": 9, "trained_at": datetime(2026, 1, 2, tzinfo=UTC), "held_out": {"a": 1}}
    save_classifier(path, machine(seed), vaults[0], **more)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "klasse ü" / "one.npz"
    save(path)
    return path


def seal(path: Path, data: bytes, **changes: object) -> None:
    """Put ``data`` in the arrays' place, sealed with the right key, with a manifest that fits it."""
    note = path.with_suffix(".json")
    manifest = json.loads(note.read_text(encoding="utf-8")) | {"sha256": hashlib.sha256(data).hexdigest()} | changes
    path.write_bytes(vaults[0].seal(data, files._context(path, manifest)))
    note.write_text(json.dumps(manifest), encoding="utf-8")


def arrays_in(path: Path) -> bytes:
    """The arrays of a file as they were before they were sealed."""
    manifest = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return vaults[0].unseal(path.read_bytes(), files._context(path, manifest))


def npz(**changes: np.ndarray) -> bytes:
    one, out = machine(), io.BytesIO()
    names = ("student_ids", "coef", "intercept", "centroids", "rejected", "rejected_of")
    np.savez(out, **({name: getattr(one, name) for name in names} | changes))
    return out.getvalue()


def npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


class Trap:
    """Unpickling it makes a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Callable, tuple]:
        return Path.touch, (self.target,)


def refused(path: Path) -> str:
    with pytest.raises(ClassifierError) as caught:
        load_classifier(path, CODE, vaults[0])
    assert COMMAND in str(caught.value)
    return str(caught.value)


def test_round_trip(path: Path) -> None:
    saved, loaded = machine(), load_classifier(path, CODE, vaults[0])
    for name in ("student_ids", "coef", "intercept", "centroids", "rejected", "rejected_of"):
        before, after = getattr(saved, name), getattr(loaded, name)
        assert before.dtype == after.dtype
        np.testing.assert_array_equal(before, after)
    assert (loaded.thresholds, loaded.model_key) == (saved.thresholds, "key")


def test_the_manifest_tells_what_was_trained(path: Path) -> None:
    manifest = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert (manifest["class_code"], manifest["students"], manifest["samples"]) == (CODE, 3, 9)
    assert manifest["sha256"] == hashlib.sha256(arrays_in(path)).hexdigest()
    assert manifest["trained_at"] == "2026-01-02T00:00:00+00:00"


def test_saving_again_takes_the_place_and_leaves_nothing_else(path: Path) -> None:
    save(path, seed=1)
    np.testing.assert_array_equal(load_classifier(path, CODE, vaults[0]).coef, machine(1).coef)
    assert sorted(one.name for one in path.parent.iterdir()) == ["one.json", "one.npz"]


@pytest.mark.parametrize("suffix", [".npz", ".json"])
def test_a_missing_file(path: Path, suffix: str) -> None:
    path.with_suffix(suffix).unlink()
    assert "missing" in refused(path)


@pytest.mark.parametrize("suffix", [".npz", ".json"])
def test_a_folder_in_the_place_of_a_file(path: Path, suffix: str) -> None:
    path.with_suffix(suffix).unlink()
    path.with_suffix(suffix).mkdir()
    refused(path)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"{}", b"\xff\xfe", b'{"sha256": 3}'])
def test_a_damaged_manifest(path: Path, text: bytes) -> None:
    path.with_suffix(".json").write_bytes(text)
    refused(path)


def test_damaged_arrays(path: Path) -> None:
    data = path.read_bytes()
    for damaged in (b"", data[:100], data[:-1], data + b"x", data[:500] + b"\x00\x01" + data[502:]):
        path.write_bytes(damaged)
        assert "damaged" in refused(path)


def test_the_arrays_of_another_training(path: Path, tmp_path: Path) -> None:
    save(tmp_path / "other.npz", seed=1)
    path.write_bytes((tmp_path / "other.npz").read_bytes())
    assert "damaged" in refused(path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text",
        b"PK\x03\x04 but no more",
        npz()[:2000],
        npy(np.zeros(3)),
        npz(coef=np.zeros((2, 512), np.float32)),
        npz(coef=np.zeros((3, 128), np.float32), centroids=np.zeros((3, 128), np.float32)),
        npz(intercept=np.zeros(4, np.float32)),
        npz(student_ids=np.array(3)),
        npz(coef=np.array(1.0)),
        npz(rejected=np.zeros((3, 512), np.float32)),
        npz(rejected=np.zeros((2, 128), np.float32)),
        npz(rejected_of=np.array([[7, 7]])),
        npz(rejected_of=np.array(7)),
    ],
)
def test_foreign_arrays_under_a_fitting_seal(path: Path, data: bytes) -> None:
    seal(path, data)
    assert "damaged" in refused(path)


def test_a_file_of_the_first_format_asks_for_training(path: Path) -> None:
    out = io.BytesIO()
    with np.load(io.BytesIO(arrays_in(path))) as arrays:
        np.savez(out, **{name: arrays[name] for name in ("student_ids", "coef", "intercept", "centroids")})
    seal(path, out.getvalue(), format=1)
    with pytest.raises(ClassifierError, match="Train the class again"):
        load_classifier(path, CODE, vaults[0])


@pytest.mark.parametrize("changes", [{"thresholds": {"sure": 0.0}}, {"model_key": "other"}, {"sha256": "0" * 64}])
def test_a_changed_manifest_is_noticed(path: Path, changes: dict) -> None:
    """Lower cuts would let anybody in."""
    note = path.with_suffix(".json")
    manifest = json.loads(note.read_text(encoding="utf-8"))
    changed = {**manifest, **changes, "thresholds": manifest["thresholds"] | changes.get("thresholds", {})}
    note.write_text(json.dumps(changed), encoding="utf-8")
    assert "damaged" in refused(path)


def test_files_of_two_classes_cannot_be_exchanged(path: Path) -> None:
    other = path.parent.parent / "another" / path.name
    other.parent.mkdir()
    for suffix in (".npz", ".json"):
        other.with_suffix(suffix).write_bytes(path.with_suffix(suffix).read_bytes())
    assert "damaged" in refused(other)


def test_arrays_that_were_never_sealed_are_refused(path: Path) -> None:
    path.write_bytes(arrays_in(path))
    assert "damaged" in refused(path)


@pytest.mark.parametrize(
    "changes",
    [{"thresholds": []}, {"thresholds": {"sure": 1}}, {"thresholds": {"sure": "x"}}, {"format": 99}],
)
def test_a_foreign_manifest(path: Path, changes: dict) -> None:
    seal(path, arrays_in(path), **changes)
    refused(path)


def test_a_pickled_object_is_refused_and_not_run(path: Path, tmp_path: Path) -> None:
    sign = tmp_path / "it ran"
    trap = np.array([Trap(sign)], dtype=object)
    for data in (npz(student_ids=trap), npy(trap), pickle.dumps(Trap(sign))):
        seal(path, data)
        refused(path)
    assert not sign.exists()


def test_a_place_that_cannot_be_written_keeps_the_older_files(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.files._write_bytes", full)
    with pytest.raises(DiskFullError):
        save(path, seed=1)
    assert path.read_bytes() == before
    np.testing.assert_array_equal(load_classifier(path, CODE, vaults[0]).coef, machine().coef)
