"""Boxes and names on frames, and the video they are saved in."""

import errno
import os
import subprocess
import sys
import textwrap
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import features

from core.errors import DiskFullError, InputError
from core.records import Image
from core.vision import annotate
from core.vision.annotate import FaceLabel, LabelKind, draw_faces
from core.vision.video_writer import VideoWriter, check_suffix

PROJECT = Path(__file__).resolve().parent.parent


def grey(height: int = 240, width: int = 320) -> Image:
    return np.full((height, width, 3), 128, np.uint8)


def label(
    text: str, kind: LabelKind = "present", box: tuple[float, ...] = (100, 100, 180, 200), short: str = ""
) -> FaceLabel:
    return FaceLabel(np.array(box, np.float32), text, kind, short)


def colours(image: Image) -> set[tuple[int, ...]]:
    return {tuple(int(value) for value in pixel) for pixel in np.unique(image.reshape(-1, 3), axis=0)}


def test_the_picture_given_is_not_touched() -> None:
    image = grey()
    drawn = draw_faces(image, [label("Ada")])
    assert (image == 128).all()
    assert drawn.shape == image.shape
    assert drawn.dtype == np.uint8
    assert (drawn != image).any()
    assert (draw_faces(image, []) == image).all()


def test_kinds_differ_in_colour_and_in_shape() -> None:
    shapes = []
    for kind in ("present", "review", "unknown"):
        drawn = draw_faces(grey(), [label("", kind)])
        assert len(colours(drawn)) == 2
        shapes.append((drawn != 128).any(axis=2).sum())
    present, review, _ = shapes
    assert review < 0.8 * present, "a dashed box has gaps"
    big = [(draw_faces(grey(1080, 1920), [label("", kind)]) != 128).sum() for kind in ("present", "unknown")]
    assert big[1] < big[0], "an unknown face's box is thinner"


def test_the_text_stands_above_the_box() -> None:
    drawn = draw_faces(grey(), [label("Ada")])
    strip = drawn[80:99, 101:140]
    assert annotate._STYLES["present"].fill in colours(strip)
    assert (drawn[:60] == 128).all()


@pytest.mark.parametrize(
    "box", [(-50, -40, 20, 30), (300, 220, 400, 300), (0, 0, 319, 239), (500, 500, 600, 600), (9, 9, 9, 9)]
)
def test_boxes_at_and_beyond_the_edges(box: tuple[float, ...]) -> None:
    drawn = draw_faces(grey(), [label("Somebody with a long name", "review", box)])
    assert drawn.shape == (240, 320, 3)
    assert (drawn != 128).any()


def test_a_frame_smaller_than_the_text() -> None:
    assert draw_faces(grey(8, 8), [label("Somebody", box=(1, 1, 6, 6))]).shape == (8, 8, 3)


def written(text: str, short: str = "R007") -> str:
    return annotate._writable(text, short)[0]


@pytest.mark.parametrize("name", ["Ada Lovelace", "Ștefan Đorđević", "Άννα", "Борис", "=1+1", "../../x"])
def test_scripts_of_the_bundled_font(name: str) -> None:
    assert annotate._writable(name, "R007") == (name, str(annotate._bundled_font()))


@pytest.mark.skipif(not features.check("raqm"), reason="Pillow has no layout engine here")
@pytest.mark.parametrize("name", ["عائشة محمد", "שרה לוי"])
def test_right_to_left_names(name: str) -> None:
    assert written(name) == name


def test_without_a_layout_engine_the_roll_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "check", lambda _: False)
    assert written("عائشة محمد") == "R007"
    assert written("नेहा शर्मा") == "R007"
    assert written("Ada") == "Ada"


def test_letters_no_font_has_give_the_roll() -> None:
    assert written("\U000e1234\U00013000\ue000") == "R007"
    assert written("\ue000", short="") == "?"
    assert written("", short="") == "?"


def test_a_name_survives_its_emoji_and_hidden_characters() -> None:
    assert written("Zoë \U0001fae8 Müller") == "Zoë Müller"
    assert written("A\x00d\u202ea\n  L") == "A da L"
    assert written("x" * 300) == "x" * 31 + "…"


def test_the_same_label_is_rendered_once() -> None:
    annotate._bitmap.cache_clear()
    for _ in range(5):
        draw_faces(grey(), [label("Ada"), label("Alan", "review")])
    assert annotate._bitmap.cache_info().misses == 2


def frames(count: int, height: int = 120, width: int = 160) -> list[Image]:
    ramp = np.linspace(0, 200, width, dtype=np.uint8)
    picture = np.dstack([np.tile(ramp, (height, 1)), np.full((height, width), 60), np.tile(ramp[::-1], (height, 1))])
    return [np.ascontiguousarray(np.roll(picture, 3 * number, axis=1)).astype(np.uint8) for number in range(count)]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".MP4"])
def test_a_video_players_can_open(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"lesson{suffix}"
    pictures = frames(25)
    with VideoWriter(path, 12.5, (160, 120)) as writer:
        for picture in pictures:
            writer.write(picture)
    assert writer.written is not None
    assert (writer.written.path, writer.written.note, writer.path) == (path, None, path)
    with av.open(str(path)) as video:
        stream = video.streams.video[0]
        context = stream.codec_context
        assert (context.name, context.pix_fmt, context.width, context.height) == ("h264", "yuv420p", 160, 120)
        assert stream.average_rate == Fraction(25, 2)
        read = [frame.to_ndarray(format="bgr24") for frame in video.decode(stream)]
    assert len(read) == 25
    assert np.abs(read[0].astype(int) - pictures[0]).mean() < 6, "colours come back as they went in"
    if suffix != ".mkv":
        data = path.read_bytes()
        assert 0 < data.find(b"moov") < data.find(b"mdat")
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("size", [(161, 121), (160, 121), (1, 1), (33, 64)])
def test_odd_sizes_become_even(tmp_path: Path, size: tuple[int, int]) -> None:
    with VideoWriter(tmp_path / "odd.mp4", 25, size) as writer:
        for picture in frames(3, size[1], size[0]):
            writer.write(picture)
    with av.open(str(tmp_path / "odd.mp4")) as video:
        shapes = [frame.to_ndarray(format="bgr24").shape for frame in video.decode(video=0)]
    assert shapes == [(size[1] + size[1] % 2, size[0] + size[0] % 2, 3)] * 3


def test_frames_of_another_size_are_fitted_in(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "mixed.mp4", 25, (160, 120)) as writer:
        writer.write(np.full((400, 100, 3), 200, np.uint8))
    with av.open(str(tmp_path / "mixed.mp4")) as video:
        read = next(video.decode(video=0)).to_ndarray(format="bgr24")
    assert read[:, 75:85].mean() > 180
    assert read[:, :50].mean() < 20


def test_a_failure_inside_leaves_no_file(tmp_path: Path) -> None:
    def fail() -> None:
        with VideoWriter(tmp_path / "a.mp4", 25, (160, 120)) as writer:
            writer.write(frames(1)[0])
            raise RuntimeError("bug")

    with pytest.raises(RuntimeError, match="bug"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_no_frames_no_file(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", 25, (160, 120)) as writer:
        pass
    assert writer.written is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.avi", "a", "a.txt", "a.mp4.gif"])
def test_other_formats_are_refused_early(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"ends in \.mp4"):
        check_suffix(tmp_path / name)
    with pytest.raises(InputError):
        VideoWriter(tmp_path / name, 25, (160, 120))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("fps", "size"), [(0, (2, 2)), (float("nan"), (2, 2)), (25, (0, 2))])
def test_impossible_rate_or_size(tmp_path: Path, fps: float, size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="positive"):
        VideoWriter(tmp_path / "a.mp4", fps, size)


def test_unwritable_folder(tmp_path: Path) -> None:
    # A file where the folder should be refuses root as well, which a read-only folder does not.
    (tmp_path / "blocked").write_text("")
    with pytest.raises(DiskFullError, match="cannot write"):
        VideoWriter(tmp_path / "blocked" / "a.mp4", 25, (160, 120))
    with VideoWriter(tmp_path / "blocked" / "a.mp4", 25, (160, 120), fallback=tmp_path / "output") as writer:
        writer.write(frames(1)[0])
    assert writer.path == tmp_path / "output" / "a.mp4"
    assert writer.written is not None
    assert writer.written.note is not None


def test_open_in_a_player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really_replace = os.replace

    def replace(source: Path, target: Path) -> None:
        if Path(target).name == "a.mp4":
            raise PermissionError(errno.EACCES, "in use")
        really_replace(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with VideoWriter(tmp_path / "a.mp4", 25, (160, 120)) as writer:
        writer.write(frames(1)[0])
    assert writer.path.name == "a (2).mp4"


@pytest.mark.skipif(os.name != "posix", reason="limits of file sizes are a thing of POSIX")
@pytest.mark.parametrize("count", [4, 200])
def test_real_limit_of_the_system(tmp_path: Path, count: int) -> None:
    """The limit is met while closing (few frames) and in the middle (many); in a child, as it stays for good."""
    script = """
        import resource, sys
        from pathlib import Path
        import numpy as np
        from core.errors import DiskFullError
        from core.vision.video_writer import VideoWriter
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
        noise = np.random.default_rng(1)
        try:
            with VideoWriter(Path(sys.argv[1]), 25, (320, 240)) as writer:
                for _ in range(int(sys.argv[2])):
                    writer.write(noise.integers(0, 256, (240, 320, 3), dtype=np.uint8))
        except DiskFullError as error:
            print(error)
            print(writer.frames)
    """
    arguments = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path / "a.mp4"), str(count)]
    child = subprocess.run(arguments, cwd=PROJECT, capture_output=True, text=True, timeout=300, check=True)
    sentence, frames_taken = child.stdout.splitlines()
    assert "no room left" in sentence
    assert int(frames_taken) <= min(count, 150), "a long video stops soon after the disk is full"
    assert list(tmp_path.iterdir()) == []
