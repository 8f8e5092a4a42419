"""Why a face came out as it did, and students of other classes, on real faces."""

import json
from pathlib import Path

import cv2
import pytest

from core.demo import build_video
from core.paths import Home
from core.recognition.explain import shortcomings
from core.records import no_progress
from core.store.database import open_store
from core.store.tables import SightingTable
from core.vision.images import read_image
from core.vision.quality import Quality
from tests.cli_support import ASTRONAUT, CONSENT, HOPPER, NINE, PHOTOGRAPHER, Cli, side_by_side


@pytest.fixture
def cli(ready: Home, capsys: pytest.CaptureFixture[str]) -> Cli:
    cli = Cli(ready, capsys)
    cli.trained_class()
    return cli


def explained(cli: Cli, *arguments: object) -> list[dict]:
    target = cli.home.output / "why.json"
    assert cli("mark", "C", *arguments, "--explain", target) == 0
    return json.loads(target.read_text(encoding="utf-8"))["faces"]


def test_every_face_of_a_photo_has_its_reason(cli: Cli, tmp_path: Path) -> None:
    faces = explained(cli, side_by_side(tmp_path / "all.png", ASTRONAUT, HOPPER, PHOTOGRAPHER))
    assert sorted(one["outcome"] for one in faces) == ["sure", "sure", "unknown"]
    for one in faces:
        assert one["reason"]
        assert one["candidates"][0]["roll"] in {"R1", "R2"}
        assert one["best_look"]["face_px"] > 40
        above = one["candidates"][0]["evidence"] >= one["needed"]["sure"]
        assert above == (one["outcome"] == "sure")


def test_what_made_it_hard_is_told(cli: Cli, tmp_path: Path) -> None:
    image = read_image(HOPPER)
    small = cv2.resize(image, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    room = cv2.copyMakeBorder(small, 100, 100, 200, 200, cv2.BORDER_CONSTANT, value=(120, 120, 120))
    cv2.imwrite(str(tmp_path / "far.png"), room)
    [face] = explained(cli, tmp_path / "far.png")
    assert face["outcome"] in ("unknown", "unsure")
    assert "too small" in face["reason"]
    assert any("too small" in one for one in face["best_look"]["shortcomings"])


def test_the_annotated_video_shows_the_reasons_on_request(cli: Cli, tmp_path: Path) -> None:
    video = tmp_path / "lesson.mp4"
    build_video(video, no_progress)
    plain, told = cli.home.output / "plain.mp4", cli.home.output / "told.mp4"
    assert cli("mark", "C", video, *NINE, "--save-video", plain) == 0
    faces = explained(cli, video, *NINE, "--save-video", told)
    assert {one["outcome"] for one in faces} >= {"sure", "unknown"}
    frames = []
    for path in (plain, told):
        capture = cv2.VideoCapture(str(path))
        capture.set(cv2.CAP_PROP_POS_FRAMES, 60)
        done, frame = capture.read()
        assert done
        frames.append(frame.astype(int))
        capture.release()
    assert (abs(frames[0] - frames[1]).max(axis=2) > 60).sum() > 300


@pytest.mark.parametrize(
    ("quality", "words"),
    [
        (Quality(80, 0.6, 120, 0.0, 0.9), ()),
        (Quality(30, 0.6, 120, 0.0, 0.3), ("too small (30 pixels)",)),
        (Quality(80, 0.2, 120, -0.9, 0.3), ("blurred", "side view")),
        (Quality(80, 0.6, 10, 0.0, 0.3), ("too dark",)),
        (Quality(80, 0.6, 250, 0.0, 0.3), ("too bright",)),
    ],
)
def test_shortcomings_are_named(quality: Quality, words: tuple[str, ...]) -> None:
    assert shortcomings(quality) == words


def school(cli: Cli, shared: Path) -> list[Path]:
    """A second class with six public people; returns a photo of each that was not enrolled."""
    assert cli("class", "add", "D", "Other class") == 0
    rest = []
    folders = sorted(one for one in (shared / "faces" / "known").iterdir() if one.is_dir())[:6]
    for number, folder in enumerate(folders):
        *enrolled, last = sorted(folder.iterdir())[:6]
        target = cli.home.root / "photos" / f"D{number} {folder.name.replace('_', ' ')}"
        target.mkdir(parents=True)
        for photo in enrolled:
            (target / photo.name).write_bytes(photo.read_bytes())
        rest.append(last)
    assert cli("enrol", "D", cli.home.root / "photos", *CONSENT) == 0
    return rest


def test_a_student_of_another_class_is_told_but_never_marked(cli: Cli, shared: Path) -> None:
    found = 0
    for number, photo in enumerate(school(cli, shared)):
        said = cli.json("mark", "C", photo, "--new")
        assert said["present"] == []
        assert [one["roll"] for one in said["elsewhere"]] in ([], [f"D{number}"])
        found += len(said["elsewhere"])
    assert found >= 4
    with open_store(cli.home) as store, store.read() as db:
        kinds = {row.kind for row in db.query(SightingTable)}
    assert "elsewhere" in kinds
    # A stranger is nobody's student, and the class's own student is no guest.
    assert cli.json("mark", "C", PHOTOGRAPHER, "--new")["elsewhere"] == []
    own = cli.json("mark", "C", ASTRONAUT, "--new")
    assert (own["elsewhere"], [one["roll"] for one in own["present"]]) == ([], ["R1"])
