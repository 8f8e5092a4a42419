"""Real selfies: accepted when they show the right head turning, else shown to the teacher with a reason."""

from itertools import permutations
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from core.confirming import selfies
from core.confirming.challenge import LENGTH, STEPS, new_challenge
from core.confirming.selfies import Judgement, judge_selfie
from core.engine import Engine
from core.paths import Home
from core.recognition.school import SchoolIndex
from core.records import Face, Image
from core.vectors import normalised
from core.vision import eyes
from core.vision.eyes import openness
from core.vision.images import decode_png
from core.vision.liveness import CLOSED, FLAT, LEAST_OPEN, answer_to, residual
from core.vision.pose import TURNED as ENOUGH_YAW
from core.vision.pose import yaw_of
from core.vision.spoof import NETWORKS, SpoofSense
from tests.phone_support import jpeg, noise
from tests.selfie_support import (
    AHEAD,
    BLINK,
    ENROLLED_PHOTOS,
    GATES,
    GENUINE,
    HER,
    LEFT,
    OPEN,
    OTHERS,
    POWELL,
    PRINT,
    TABLET,
    TURNED,
    UP,
    Known,
    film,
    held,
    known_people,
    photos,
    spoof_photo,
    turning,
)


@pytest.fixture(scope="module")
def faces(shared: Path) -> Path:
    return shared / "faces"


@pytest.fixture(scope="module")
def known(engine: Engine, faces: Path) -> Known:
    return known_people(engine, faces)


@pytest.fixture(scope="module")
def index(known: Known, engine: Engine) -> SchoolIndex:
    return known.index(engine.model_key)


@pytest.fixture(scope="module")
def spoof(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> SpoofSense:
    home = Home(tmp_path_factory.mktemp("spoof"))
    home.models.mkdir()
    (home.models / "antispoof").symlink_to(shared / "models" / "antispoof")
    found = SpoofSense.load(home)
    assert found is not None
    return found


@pytest.fixture
def judge(engine: Engine, index: SchoolIndex, spoof: SpoofSense) -> Any:
    def judged(pictures: list[bytes], student: int = HER, **more: Any) -> Judgement:
        given: dict[str, Any] = {"spoof": spoof, "index": index, "challenge": TURNED, "seen": False, **more}
        return judge_selfie(
            engine, given["spoof"], given["index"], student, given["challenge"], pictures, seen=given["seen"]
        )

    return judged


def single(image: Image) -> list[bytes]:
    return [jpeg(image)]


def blurred(image: Image) -> Image:
    return cv2.GaussianBlur(image, (0, 0), 12)


def small(image: Image, side: int) -> Image:
    """The whole picture at ``side`` pixels in the middle of a grey one of 480."""
    canvas = np.full((480, 480, 3), 120, np.uint8)
    at = (480 - side) // 2
    canvas[at : at + side, at : at + side] = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    return canvas


def beside(one: Image, other: Image) -> Image:
    return np.hstack([one, cv2.resize(other, (one.shape[1], one.shape[0]))])


def test_the_right_head_that_turns_as_asked_is_accepted(judge: Any, faces: Path, spoof: SpoofSense) -> None:
    found = judge(turning(faces, AHEAD, LEFT, UP))
    assert (found.state, found.reason) == ("accepted", selfies.ACCEPTED)
    scores = found.scores
    assert scores["cosine"] == scores["best"] >= scores["cut"]
    assert (scores["turned"], scores["pictures"], scores["faces"]) == ("answered", 9, 9)
    assert scores["residual"] >= scores["flat_cut"] == FLAT
    assert scores["real"] >= scores["real_cut"]
    assert scores["spoof_network"] == spoof.key
    assert all(sha.startswith(part) for part, (_, sha) in zip(spoof.key.split("+"), NETWORKS.values(), strict=True))
    assert scores["alike"] >= scores["alike_cut"]


def test_the_same_film_mirrored_turns_to_the_other_side(judge: Any, faces: Path) -> None:
    pictures = turning(faces, AHEAD, LEFT, UP, mirrored=True)
    assert judge(pictures, challenge=("right", "up")).state == "accepted"
    assert judge(pictures).reason == selfies.NOT_TURNED


@pytest.mark.parametrize(
    ("parts", "challenge"),
    [
        ((AHEAD, LEFT, UP), ("right", "up")),
        ((AHEAD, LEFT, UP), ("up", "left")),
        ((AHEAD, LEFT, UP), ("left", "right")),
        ((AHEAD, UP, LEFT), ("left", "up")),
        ((AHEAD, AHEAD, AHEAD), ("left", "up")),
        ((LEFT, LEFT, UP), ("left", "up")),
        ((AHEAD, UP, UP), ("left", "up")),
        # Waving about does every turn some time.
        ((AHEAD, (354, 218, 70), (70, 360, 64)), ("left", "up")),
    ],
)
def test_another_order_or_direction_goes_to_the_teacher(
    judge: Any, faces: Path, parts: Any, challenge: tuple[str, ...]
) -> None:
    found = judge(turning(faces, *parts), challenge=challenge)
    assert (found.state, found.reason) == ("review", selfies.NOT_TURNED)
    assert found.scores["turned"] == "not answered"


def test_eyes_that_close_as_asked_are_seen(judge: Any, faces: Path) -> None:
    for parts, challenge in (((OPEN, BLINK, LEFT), ("blink", "left")), ((OPEN, LEFT, BLINK), ("left", "blink"))):
        found = judge(turning(faces, *parts), challenge=challenge)
        assert (found.state, found.reason) == ("accepted", selfies.ACCEPTED), found.scores
        assert len(found.scores["eyes"]) == 9


@pytest.mark.parametrize(
    "parts",
    [
        (OPEN, OPEN, LEFT),
        # Closed all the time, and closed only when they were to be open.
        (AHEAD, BLINK, LEFT),
        (AHEAD, OPEN, LEFT),
        # One picture may be any blink.
        (OPEN, (OPEN[0], BLINK[0], OPEN[2]), LEFT),
    ],
    ids=["open", "closed", "opened", "one"],
)
def test_eyes_that_do_not_close_when_asked_go_to_the_teacher(judge: Any, faces: Path, parts: Any) -> None:
    found = judge(turning(faces, *parts), challenge=("blink", "left"))
    assert (found.state, found.reason) == ("review", selfies.NOT_CLOSED)


def test_closed_eyes_alone_prove_no_head(judge: Any, faces: Path) -> None:
    found = judge(turning(faces, OPEN, BLINK, OPEN), challenge=("blink", "left"))
    assert found.reason == selfies.NOT_TURNED


def test_eyes_that_cannot_be_told_are_not_said_to_have_closed(
    judge: Any, faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eyes, "load_eyes", lambda: None)
    found = judge(turning(faces, OPEN, BLINK, LEFT), challenge=("blink", "left"))
    assert (found.state, found.reason) == ("review", selfies.EYES_UNCHECKED)


@pytest.mark.parametrize("name", OTHERS)
def test_press_photos_with_open_eyes_are_not_taken_for_closed(engine: Engine, faces: Path, name: str) -> None:
    """Of other days, with other smiles: harder than the pictures of one selfie."""
    found = [openness(one, detected(engine, one)) or 0.0 for one in photos(faces, name)[:ENROLLED_PHOTOS]]
    own = float(np.median(found))
    assert own > LEAST_OPEN
    assert min(found) > CLOSED * own


def test_a_challenge_has_a_turn_sideways_and_asks_for_eyes_only_where_they_are_told() -> None:
    drawn = {new_challenge(blink=True) for _ in range(600)}
    assert drawn == {one for one in permutations(STEPS, LENGTH) if {"left", "right"} & {*one}}
    without = {new_challenge(blink=False) for _ in range(600)}
    assert without == {one for one in drawn if "blink" not in one}


def test_a_picture_without_a_face_in_between_does_no_harm(judge: Any, faces: Path) -> None:
    pictures = turning(faces, AHEAD, LEFT, UP)
    pictures[1] = pictures[5] = noise(3, 480)
    found = judge(pictures)
    assert (found.state, found.scores["pictures"], found.scores["faces"]) == ("accepted", 9, 7)


def test_somebody_else_is_not_accepted(judge: Any, faces: Path) -> None:
    gates, stranger = photos(faces, OTHERS[0])[7], photos(faces, "Ciro_Gomes", "unknown")[0]
    for pictures, reason in (
        (single(gates), {selfies.ANOTHER}),
        (single(stranger), {selfies.UNLIKE}),
        (turning(faces, AHEAD, LEFT, UP), {selfies.ANOTHER}),
    ):
        found = judge(pictures, POWELL, seen=True)
        assert found.state == "review"
        assert found.reason in reason
        assert decode_png(found.picture).shape == (selfies.SHOWN_PX, selfies.SHOWN_PX, 3)
        assert found.scores["cosine"] < found.scores["cut"]


def test_no_stranger_and_no_other_student_passes(judge: Any, faces: Path, index: SchoolIndex) -> None:
    """One photo each of 12 strangers and of all other students, with a camera as witness: none is accepted."""
    names = sorted(one.name for one in (faces / "unknown").iterdir())[:12]
    tried = [photos(faces, one, "unknown")[0] for one in names] + [photos(faces, one)[6] for one in OTHERS[1:]]
    states = [judge(single(one), GATES, seen=True).state for one in tried]
    assert states.count("accepted") == 0


def test_most_other_photos_of_the_right_one_pass(judge: Any, faces: Path) -> None:
    """Press photos of other years, with a camera as witness: harder than selfies."""
    states = [
        judge(single(image), 2 + place, seen=True, spoof=None).state
        for place, name in enumerate(OTHERS)
        for image in photos(faces, name)[5:7]
    ]
    assert states.count("accepted") >= 0.7 * len(states)


def test_who_looks_like_two_students_is_not_decided_by_chance(
    judge: Any, known: Known, engine: Engine, faces: Path
) -> None:
    double = known.and_also(99, known.embeddings[HER]).index(engine.model_key)
    for student in (HER, 99):
        found = judge(turning(faces, AHEAD, LEFT, UP), student, index=double)
        assert found.state == "review"
        assert found.reason in (selfies.UNCLEAR, selfies.UNLIKE)


def test_a_look_alike_who_scores_higher_is_not_the_student(
    judge: Any, known: Known, engine: Engine, faces: Path
) -> None:
    """A student whose stored faces are half the other's: alone they would pass as them, beside them they do not."""
    mixed = known.embeddings[HER][:4] + 0.5 * known.embeddings[GATES][:4]
    school = known.and_also(98, normalised(mixed))
    alone, both = school.index(engine.model_key, without=[HER]), school.index(engine.model_key)
    pictures = turning(faces, AHEAD, LEFT, UP)
    assert judge(pictures, 98, index=alone).state == "accepted"
    found = judge(pictures, 98, index=both)
    assert (found.state, found.reason) == ("review", selfies.ANOTHER)
    assert found.scores["best"] > found.scores["cosine"]


def test_who_has_no_stored_face_goes_to_the_teacher(judge: Any, faces: Path) -> None:
    pictures = turning(faces, AHEAD, LEFT, UP)
    for found in (judge(pictures, 77), judge(pictures, index=None)):
        assert (found.state, found.reason) == ("review", selfies.NO_FACES)
        assert found.picture


def test_two_people_in_the_picture(judge: Any, faces: Path) -> None:
    both = beside(photos(faces, OTHERS[0])[6], photos(faces, OTHERS[1])[6])
    found = judge(single(both), GATES, seen=True)
    assert found.state == "review"
    assert found.reason in (selfies.CROWDED, selfies.ANOTHER)
    # She herself, and somebody who looks over her shoulder all the time.
    crowd = [jpeg(beside(cv2.imdecode(np.frombuffer(one, np.uint8), 1)[:, 100:540], photos(faces, OTHERS[1])[6]))
             for one in turning(faces, AHEAD, LEFT, UP)]  # fmt: skip
    assert judge(crowd).state == "review"


def test_pictures_of_two_people_in_one_selfie(judge: Any, faces: Path) -> None:
    """The student's photo first, then somebody else's head that turns."""
    gates = photos(faces, OTHERS[0])[6]
    pictures = [*single(gates) * 3, *turning(faces, LEFT, UP)]
    found = judge(pictures, GATES, challenge=TURNED)
    assert found.state == "review"
    assert found.scores.get("alike", 0) < selfies.SAME


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (lambda one: np.full_like(one, 128), selfies.NO_FACE),
        (lambda one: small(one, 60), selfies.NO_FACE),
        (lambda one: small(one, 190), "the face is too small"),
        (blurred, "the face is blurred"),
    ],
    ids=["none", "tiny", "small", "blurred"],
)
def test_a_face_that_cannot_be_told(judge: Any, faces: Path, picture: Any, reason: str) -> None:
    found = judge(single(picture(photos(faces, OTHERS[0])[6])), GATES, seen=True)
    assert found.state == "review"
    assert found.reason.startswith(reason)
    assert decode_png(found.picture).shape == (240, 240, 3)


def test_files_that_are_no_pictures(judge: Any) -> None:
    broken = [b"\xff\xd8\xff" + bytes(300), noise(1)[:400], b"RIFFxxxxWEBPnothing"]
    found = judge(broken, seen=True)
    assert (found.state, found.reason, found.picture) == ("review", selfies.UNREADABLE, b"")


@pytest.mark.parametrize("who", [PRINT, TABLET])
def test_a_photo_of_a_photo_or_of_a_screen(judge: Any, faces: Path, who: int) -> None:
    """The face is the right one and a camera saw the student: only the networks tell."""
    found = judge(single(spoof_photo(faces, who)), who, seen=True)
    assert (found.state, found.reason) == ("review", selfies.PICTURE_OF_PICTURE)
    assert found.scores["real"] < found.scores["real_cut"] == 0.5
    assert found.picture
    unchecked = judge(single(spoof_photo(faces, who)), who, seen=True, spoof=None)
    assert (unchecked.state, unchecked.reason) == ("accepted", selfies.UNCHECKED)
    # Without the camera one picture is never enough, whatever the networks say.
    assert judge(single(spoof_photo(faces, who)), who, spoof=None).reason == selfies.SINGLE


def test_the_genuine_picture_passes(judge: Any, faces: Path) -> None:
    found = judge(single(spoof_photo(faces, GENUINE)), GENUINE, seen=True)
    assert (found.state, found.reason) == ("accepted", selfies.ACCEPTED)
    assert judge(single(spoof_photo(faces, GENUINE)), GENUINE).reason == selfies.SINGLE


def test_without_the_networks_nobody_is_said_to_have_passed(judge: Any, faces: Path) -> None:
    found = judge(turning(faces, AHEAD, LEFT, UP), spoof=None)
    assert (found.state, found.reason) == ("accepted", selfies.UNCHECKED)
    assert (found.scores["real"], found.scores["spoof_network"]) == (None, "not available")
    assert "real_cut" not in found.scores


def test_networks_that_were_changed_are_not_loaded(home: Home, shared: Path) -> None:
    folder = home.models / "antispoof"
    folder.mkdir()
    assert SpoofSense.load(home) is None
    for name in NETWORKS:
        (folder / name).write_bytes((shared / "models" / "antispoof" / name).read_bytes())
    assert SpoofSense.load(home) is not None
    changed = bytearray((folder / name).read_bytes())
    changed[len(changed) // 2] ^= 1
    (folder / name).write_bytes(bytes(changed))
    assert SpoofSense.load(home) is None


@pytest.mark.parametrize("who", [GENUINE, HER])
def test_a_flat_photo_moved_about_does_no_turns(judge: Any, faces: Path, who: int) -> None:
    image = spoof_photo(faces, GENUINE) if who == GENUINE else film(faces)[AHEAD[0]]
    still = [jpeg(held(image, angle, 0, angle, 3)) for angle in (-2, 0, 2)]
    for degrees in (-50, -30, 30, 50):
        sideways = [jpeg(held(image, degrees, 4, roll, 1.5)) for roll in (-10, 0, 10)]
        upwards = [jpeg(held(image, 2, degrees, 0, 1.5))] * 3
        found = judge([*still, *sideways, *upwards], who, spoof=None)
        assert found.state == "review", degrees
        # It is the right face: what gives it away is how it moves, where it is still found at all.
        assert found.scores.get("turned", "not answered") in ("not answered", "flat")
        assert found.scores["cosine"] > 0.6


def detected(engine: Engine, image: Image) -> Face:
    return max(engine.detector.detect(image), key=lambda one: one.size)


def test_a_flat_photo_that_seems_to_turn_stays_flat(engine: Engine, faces: Path) -> None:
    """Sheared so far that its nose stands as that of a turned head: one plane all the same."""
    ahead = [detected(engine, film(faces)[number]) for number in AHEAD]
    shear = np.array([[1, 0.4, -20], [0.05, 1, 10]], np.float32)
    sheared = [Face(one.box, (one.landmarks @ shear[:, :2].T + shear[:, 2]).astype(np.float32), 1.0) for one in ahead]
    assert min(abs(yaw_of(one)) for one in sheared) >= ENOUGH_YAW
    side = "left" if yaw_of(sheared[0]) > 0 else "right"
    found = answer_to((side,), [*ahead, *sheared])
    assert found.verdict == "flat"
    assert found.residual is not None
    assert found.residual < 0.01
    real = [detected(engine, film(faces)[number]) for number in LEFT]
    assert residual(ahead, real) > FLAT
    assert answer_to(("left",), [*ahead, *real]).verdict == "answered"


def test_small_faces_say_too_little(engine: Engine, faces: Path) -> None:
    found = [detected(engine, film(faces)[number]) for number in (*AHEAD, *LEFT)]
    tiny = [Face(one.box * 0.3, one.landmarks * 0.3, 1.0) for one in found]
    assert answer_to(("left",), tiny).verdict == "too little"
    assert answer_to(("left",), []).verdict == "too little"
    assert answer_to(("left",), [None] * 6).verdict == "too little"
    assert answer_to(("left", "right"), found[:1]).verdict == "not answered"
