"""What is peculiar to YuNet: its file, its sentences, and which sizes each of its searches answers for."""

import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.doctor import Finding, examine
from core.errors import NetworksError
from core.paths import Home
from core.vision import yunet
from core.vision.detectors import detector_problem, load_detector
from core.vision.images import read_image
from core.vision.yunet import YunetDetector, find_file
from tests.cli_support import ASTRONAUT, HOPPER
from tests.conftest import SHARED

NAME = "face_detection_yunet_2023mar.onnx"


@pytest.fixture
def file(engine_home: Home) -> Path:
    """The real file, from where the contract test has it too."""
    for home in (engine_home, Home(SHARED)):
        if detector_problem(home, "yunet") is None:
            return find_file(home)
    pytest.skip(str(detector_problem(engine_home, "yunet")))


def findings(home: Home) -> dict[str, Finding]:
    return {one.subject: one for one in examine(home)}


def test_without_its_file_the_sentence_says_where_to_put_it(home: Home) -> None:
    with pytest.raises(NetworksError, match="no file yet") as caught:
        load_detector(home, "yunet", 40)
    assert NAME in str(caught.value)
    assert str(home.models) in str(caught.value)


@pytest.mark.parametrize("contents", [b"", b"<!DOCTYPE html>", b"version https://git-lfs.github.com/spec/v1"])
def test_another_file_of_that_name_is_not_used(home: Home, contents: bytes) -> None:
    (home.models / NAME).write_bytes(contents)
    with pytest.raises(NetworksError, match="not the file that Rollcall knows") as caught:
        YunetDetector.load(home)
    assert NAME in str(caught.value)
    assert str(home.models) in str(caught.value)


def test_a_changed_byte_is_noticed(home: Home, file: Path) -> None:
    contents = bytearray(file.read_bytes())
    contents[len(contents) // 2] ^= 1
    (home.models / NAME).write_bytes(contents)
    with pytest.raises(NetworksError, match="not the file"):
        YunetDetector.load(home)


def test_a_folder_of_that_name_is_answered_in_a_sentence(home: Home) -> None:
    (home.models / NAME).mkdir()
    with pytest.raises(NetworksError, match="cannot be read"):
        YunetDetector.load(home)


def test_the_right_file_is_found_beside_a_wrong_one_in_a_folder_of_any_name(tmp_path: Path, file: Path) -> None:
    home = Home(tmp_path / "Schüler №1 学校")
    home.create()
    (home.models / "face_detection_yunet_2022mar.onnx").write_bytes(b"older")
    shutil.copy(file, home.models / "face_detection_yunet_2023mar (1).onnx")
    assert len(YunetDetector.load(home).detect(read_image(ASTRONAUT))) == 1


def test_loading_it_prints_nothing(home: Home, file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shutil.copy(file, home.models)
    YunetDetector.load(home).detect(read_image(ASTRONAUT))
    assert capfd.readouterr() == ("", "")


def test_the_doctor_tells_which_detectors_can_be_used(ready: Home, file: Path) -> None:
    without = findings(ready)
    assert without["detector mtcnn"] == Finding("detector mtcnn", True, "can be used, and is chosen in the settings")
    assert without["detector yunet"].ok
    assert "no file yet" in without["detector yunet"].text
    shutil.copy(file, ready.models)
    assert findings(ready)["detector yunet"] == Finding("detector yunet", True, "can be used")


def test_the_doctor_minds_a_detector_that_was_chosen_and_is_missing(home: Home) -> None:
    (home.data / "settings.toml").write_text('detector = "yunet"', encoding="utf-8")
    found = findings(home)
    assert not found["detector yunet"].ok
    assert str(home.models) in found["detector yunet"].text
    assert found["detector mtcnn"].ok
    assert "setup" in found["detector mtcnn"].text


@pytest.mark.parametrize("photo", [ASTRONAUT, HOPPER], ids=["astronaut", "hopper"])
def test_landmarks_are_where_the_cascade_sees_them(engine_home: Home, home: Home, file: Path, photo: Path) -> None:
    """Mixed up, left and right or eyes and mouth would lie half a face apart."""
    shutil.copy(file, home.models)
    image = read_image(photo)
    (mine,) = YunetDetector.load(home).detect(image)
    (other,) = load_detector(engine_home, "mtcnn", 20).detect(image)
    assert np.abs(mine.landmarks - other.landmarks).max() < 0.1 * other.size
    assert np.abs(mine.box - other.box).max() < 0.15 * other.size


@given(st.integers(yunet.TINY, 30_000), st.integers(12, 400))
def test_together_the_searches_answer_for_every_size(longest: int, least: int) -> None:
    searches = list(yunet._searches(longest, least))
    finest, coarsest = searches[0], searches[-1]
    assert finest[0] * longest <= yunet.LARGEST_SIDE + 1e-6
    assert finest[0] * least <= yunet.SMALLEST_SEEN + 1e-6 or finest[0] == 1
    assert (finest[1], coarsest[2]) == (0, float("inf"))
    assert coarsest[0] * longest <= yunet.COARSEST
    for fine, coarse in pairwise(searches):
        assert coarse[1] / coarse[0] < fine[2] / fine[0]
