"""The OpenVINO networks against their Keras originals, and the detector against the ``mtcnn`` package."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.engine import Engine
from core.networks.runtime import Network
from core.networks.weights import find_weights
from core.paths import PROJECT, Home
from core.vision.embedder import Embedder, crop_face
from core.vision.eyes import load_eyes
from core.vision.images import read_image
from tests.cli_support import ASTRONAUT, HOPPER, PHOTOGRAPHER

ORIGINALS = """
import sys
import numpy as np
from pathlib import Path
import tensorflow as tf
from core.networks import convert
from core.networks.weights import eyes_file
from mtcnn import MTCNN

work, key, weights = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
given = np.load(work / "given.npz")
out = {}
faces = (given["crops"][..., ::-1].astype(np.float32) - 127.5) / 127.5
out["embeddings"] = convert.facenet(key, weights)(faces, training=False).numpy()
for name, (_, side) in convert.DETECTOR_NETS.items():
    patches = (given[f"patches_{side or 40}"][..., ::-1].astype(np.float32) - 127.5) / 128
    for i, part in enumerate(convert.detector_net(name)(patches)):
        out[f"{name}_{part.shape[-1]}"] = part.numpy()
lids = tf.lite.Interpreter(model_path=str(eyes_file()))
lids.allocate_tensors()
place = {one["shape"][-1]: one["index"] for one in lids.get_output_details()}[213]
found = []
for one in given["patches_64"].astype(np.float32) / 255:
    lids.set_tensor(lids.get_input_details()[0]["index"], one[None])
    lids.invoke()
    found.append(lids.get_tensor(place))
out["lids"] = np.stack(found)
detector = MTCNN()
for name in given:
    if name.startswith("photo"):
        # As numbers, because the package's own records round to whole pixels.
        out[name] = detector.detect_faces(given[name][..., ::-1], output_type="numpy", box_format="xyxy")[:, 1:5]
np.savez(work / "originals.npz", **out)
"""
PORTRAITS = (ASTRONAUT, HOPPER, PHOTOGRAPHER)
GROUPS = ("compreface_016_8.jpg", "linzaer_20.jpg", "faceapijs_bbt4.jpg")


def photos() -> list[Path]:
    """The portraits are everywhere, the group photos only where the evaluation faces are."""
    return [*PORTRAITS, *(PROJECT.parent / "shared" / "faces" / "groups" / name for name in GROUPS)]


@pytest.fixture(scope="session")
def given(engine: Engine) -> dict[str, np.ndarray]:
    """What both sides see: crops and patches of real faces, and whole photos."""
    images = {f"photo{i}": read_image(path) for i, path in enumerate(photos()) if path.is_file()}
    crops = [crop_face(image, face) for image in images.values() for face in engine.detector.detect(image)[:4]]
    small = {f"patches_{side}": np.stack([_shrunk(crop, side) for crop in crops]) for side in (24, 40, 48, 64)}
    return {"crops": np.stack(crops), **small, **images}


def _shrunk(crop: np.ndarray, side: int) -> np.ndarray:
    import cv2

    return np.asarray(cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA))


@pytest.fixture(scope="session")
def originals(
    given: dict[str, np.ndarray], engine_home: Home, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, np.ndarray]:
    """The same through TensorFlow, in one child process so that this one never imports it."""
    work = tmp_path_factory.mktemp("originals")
    np.savez(work / "given.npz", **given)
    weights = find_weights(engine_home)
    command = [sys.executable, "-c", ORIGINALS, str(work), weights.key, str(weights.path)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    with np.load(work / "originals.npz") as found:
        return dict(found)


def test_embeddings_agree(engine_home: Home, given: dict[str, np.ndarray], originals: dict[str, np.ndarray]) -> None:
    mine, theirs = Embedder.load(engine_home).embed(given["crops"]), originals["embeddings"]
    assert len(mine) >= 3
    assert np.abs(mine - theirs).max() < 1e-4
    assert np.sum(mine * theirs, axis=1).min() > 0.9999
    assert np.linalg.norm(mine, axis=1) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(("name", "side"), [("pnet", 40), ("rnet", 24), ("onet", 48)])
def test_detection_networks_agree(
    engine: Engine, given: dict[str, np.ndarray], originals: dict[str, np.ndarray], name: str, side: int
) -> None:
    detector = engine.detector
    net: Network = {
        "pnet": detector.proposal,  # type: ignore[attr-defined]
        "rnet": detector.refinement,  # type: ignore[attr-defined]
        "onet": detector.output,  # type: ignore[attr-defined]
    }[name]
    outputs = net(given[f"patches_{side}"].astype(np.float32))
    assert len(outputs) == (3 if name == "onet" else 2)
    for mine in outputs:
        assert np.abs(mine - originals[f"{name}_{mine.shape[-1]}"]).max() < 1e-4


def test_eyelids_agree(given: dict[str, np.ndarray], originals: dict[str, np.ndarray]) -> None:
    network = load_eyes()
    assert network is not None
    mine = [network(one[None].astype(np.float32) / 255) for one in given["patches_64"]]
    assert np.abs(np.stack(mine) - originals["lids"]).max() < 1e-2  # Of 64 pixels.


@pytest.mark.parametrize("number", range(len(photos())))
def test_boxes_agree(
    engine: Engine, given: dict[str, np.ndarray], originals: dict[str, np.ndarray], number: int
) -> None:
    if f"photo{number}" not in given:
        pytest.skip("the evaluation faces (../shared) are not on this computer")
    before = engine.detector.min_face_px
    engine.detector.min_face_px = 20
    try:
        mine = np.array([face.box for face in engine.detector.detect(given[f"photo{number}"])])
    finally:
        engine.detector.min_face_px = before
    theirs = originals[f"photo{number}"]
    assert len(mine) == len(theirs) >= 1
    distance = np.abs(mine[:, None] - theirs[None]).max(axis=2)
    assert distance.min(axis=1).max() <= 1.0
    assert len(set(distance.argmin(axis=1))) == len(mine)
