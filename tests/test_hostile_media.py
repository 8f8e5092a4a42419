"""Pictures and videos that were made to harm, or that nobody would send: a sentence each, and Rollcall goes on."""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow
from skimage import data

from core.errors import InputError
from core.paths import PROJECT
from core.vision import images
from core.vision.decoder_process import DECODER, DecoderProcess
from core.vision.decoding import MAX_PIXELS
from core.vision.images import decode_image, read_image
from core.vision.sources import open_source
from tests.test_images import HUGE, png

NOISE = np.random.default_rng(1).bytes(4000)
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="a thing of POSIX")


def packed(kind: str, **how: object) -> bytes:
    file = io.BytesIO()
    Pillow.fromarray(data.astronaut()[:240, 120:320]).save(file, kind, **how)
    return file.getvalue()


def many_scans(count: int, side: int = 4800) -> bytes:
    """A progressive JPEG whose last pass is repeated: few bytes, and a decoder works through all of it each time."""
    file = io.BytesIO()
    Pillow.new("RGB", (side, side), (90, 120, 60)).save(file, "JPEG", progressive=True)
    whole = file.getvalue()
    at = whole.rindex(b"\xff\xda")
    return whole[:at] + whole[at:-2] * count + whole[-2:]


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        list(open_source(path).frames())
    return str(caught.value)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the pictures that went to the other process."""
    names: list[str] = []
    real = DecoderProcess.decode

    def noting(self: DecoderProcess, data: bytes, name: str, timeout_s: float = 60.0) -> images.Image:
        names.append(name)
        return real(self, data, name, timeout_s)

    monkeypatch.setattr(DecoderProcess, "decode", noting)
    return names


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP"])
def test_usual_photos_need_no_other_process(asked: list[str], kind: str) -> None:
    assert decode_image(packed(kind), kind).shape == (240, 200, 3)
    assert decode_image(packed("JPEG", progressive=True), kind).shape == (240, 200, 3)
    assert asked == []


@pytest.mark.parametrize("kind", ["TIFF", "GIF", "PPM"])
def test_rarer_kinds_are_decoded_apart(asked: list[str], kind: str) -> None:
    assert decode_image(packed(kind), kind).shape == (240, 200, 3)
    assert asked == [kind]


def test_large_and_tightly_packed_ones_are_decoded_apart(asked: list[str]) -> None:
    large = io.BytesIO()
    Pillow.new("L", (6_000, 4_500), 77).save(large, "JPEG")
    image = decode_image(large.getvalue(), "large")
    assert image.shape == (4_500, 6_000, 3)
    image[0, 0] = 1  # it can be drawn on, like any other
    side = 4_000
    tight = decode_image(png(side, side, 1, 0, b"\0" * (1 + side // 8) * side), "tight")
    assert tight.shape == (side, side, 3)
    assert asked == ["large", "tight"]


def test_a_picture_without_end_is_given_up_and_the_next_one_read(asked: list[str]) -> None:
    decoder = DecoderProcess()
    try:
        with pytest.raises(InputError, match="takes too long"):
            decoder.decode(many_scans(20_000), "slow.jpg", timeout_s=2.0)
        assert decoder.decode(packed("TIFF"), "next").shape == (240, 200, 3)
    finally:
        decoder.close()
    assert len(many_scans(100)) < 5_000_000
    decode_image(many_scans(30, 400), "some.jpg")
    assert asked[-1] == "some.jpg"


def test_a_decoder_that_dies_is_a_sentence_and_is_started_again() -> None:
    decoder = DecoderProcess()
    try:
        assert decoder.decode(packed("GIF"), "first").shape == (240, 200, 3)
        assert decoder._child is not None
        decoder._child.kill()
        decoder._child.wait()
        assert decoder.decode(packed("GIF"), "second").shape == (240, 200, 3)
    finally:
        decoder.close()


@POSIX
def test_the_decoder_has_limits_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLCALL_PASSPHRASE", "canary words of nobody")
    decoder = DecoderProcess()
    try:
        decoder.decode(packed("GIF"), "one")
        assert decoder._child is not None
        folder = Path(f"/proc/{decoder._child.pid}")
        if not folder.exists():
            pytest.skip("no /proc to look at")
        assert b"canary" not in (folder / "environ").read_bytes()
        limits = {line[:25].strip(): line[25:].split() for line in (folder / "limits").read_text().splitlines()}
        assert limits["Max address space"][0] == "2500000000"
        assert limits["Max file size"][0] == "0"
    finally:
        decoder.close()


@POSIX
def test_computing_without_end_is_ended_by_the_system() -> None:
    """Not by the clock: on a busy computer a good picture takes long, too."""
    with pytest.raises(InputError, match="takes too long"):
        DECODER.decode(many_scans(60_000), "slow.jpg", timeout_s=500.0)


@POSIX
def test_the_decoder_ends_with_its_parent() -> None:
    script = (
        "import os, sys\nfrom core.vision.decoder_process import DECODER\n"
        "DECODER.decode(sys.stdin.buffer.read(), 'x')\nprint(DECODER._child.pid, flush=True)\nos._exit(1)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], input=packed("GIF"), cwd=PROJECT, capture_output=True)
    pid = int(done.stdout)
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state == "Z":
            return
        subprocess.run(["sleep", "0.05"], check=True)
    pytest.fail("the decoder outlives the process that started it")


def test_no_format_hides_in_another(tmp_path: Path) -> None:
    """A file is what its first bytes say, whatever else is in it."""
    inside = io.BytesIO()
    with zipfile.ZipFile(inside, "w") as archive:
        archive.writestr("a.txt", "text")
    (tmp_path / "both.jpg").write_bytes(packed("JPEG") + inside.getvalue())
    assert read_image(tmp_path / "both.jpg").shape == (240, 200, 3)
    (tmp_path / "zip.jpg").write_bytes(inside.getvalue())
    (tmp_path / "page.jpg").write_bytes(b"<html><script>alert(1)</script>" + packed("JPEG"))
    (tmp_path / "vector.png").write_text(
        "<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>"
    )
    (tmp_path / "print.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    for name in ("zip.jpg", "page.jpg", "vector.png", "print.jpg"):
        assert "not a picture" in refused(tmp_path / name)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
def test_a_photo_cut_off_anywhere(tmp_path: Path, kind: str) -> None:
    whole = packed(kind)
    for part in range(20):
        path = tmp_path / f"cut{part}.jpg"
        path.write_bytes(whole[: 1 + part * (len(whole) - 2) // 20])
        assert "damaged" in refused(path) or "not a picture" in refused(path)


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        read_image(tmp_path / "x.jpg")
    assert "no photos" in refused(tmp_path / "x.jpg")
    with pytest.raises(InputError, match="its name is not one"):
        read_image(Path("a\0b.jpg"))


@POSIX
@pytest.mark.parametrize("name", ["x.jpg", "x.mp4"])
def test_pipes_devices_and_loops(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    assert "device or a pipe" in refused(tmp_path / name)
    (tmp_path / "null").mkdir()
    (tmp_path / "null" / name).symlink_to("/dev/zero")
    assert "device or a pipe" in refused(tmp_path / "null" / name)
    loop = tmp_path / "loop"
    loop.mkdir()
    (loop / name).symlink_to(loop / name)
    assert "does not exist" in refused(loop / name)
    assert "no photos" in refused(loop)
    (loop / "again").symlink_to(loop, target_is_directory=True)
    assert "no photos" in refused(loop) or "sub-folders" in refused(loop)


def test_opencv_itself_refuses_a_huge_picture(tmp_path: Path) -> None:
    """Also where somebody calls it: the limit is set before it is imported, whatever the environment says."""
    (tmp_path / "huge.png").write_bytes(HUGE)
    script = "import sys, core, cv2\nprint(cv2.imread(sys.argv[1]))"
    environment = {**os.environ, "OPENCV_IO_MAX_IMAGE_PIXELS": "99999999999"}
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "huge.png")],
        cwd=PROJECT, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.split() == ["None"] or "CV_IO_MAX_IMAGE_PIXELS" in done.stderr


def video(path: Path, code: str, size: tuple[int, int] = (64, 48), frames: int = 12) -> bytes:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*code), 10, size)
    for number in range(frames):
        writer.write(np.full((size[1], size[0], 3), number * 9, np.uint8))
    writer.release()
    return path.read_bytes()


@pytest.mark.parametrize(("suffix", "code"), [("mp4", "mp4v"), ("avi", "MJPG")])
def test_videos_cut_off_or_damaged_anywhere(tmp_path: Path, suffix: str, code: str) -> None:
    path = tmp_path / f"lesson.{suffix}"
    whole = video(path, code)
    with open_source(path) as source:
        assert len(list(source.frames())) == 12
    read = refusals = 0
    for part in range(20):
        path.write_bytes(whole[: 1 + part * (len(whole) - 2) // 20])
        try:
            with open_source(path) as source:
                read += len(list(source.frames()))
        except InputError:
            refusals += 1
    assert refusals > 0
    assert read < 20 * 12


@pytest.mark.parametrize("suffix", ["mp4", "avi", "mkv", "ts", "wmv"])
def test_what_is_no_video(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"lesson.{suffix}"
    path.write_bytes(b"")
    assert "is empty" in refused(path)
    for content in (b"Dear parents", NOISE, b"\0" * 4000, packed("JPEG"), HUGE):
        path.write_bytes(content)
        assert "is not a video" in refused(path)


@pytest.mark.parametrize(
    "words", ["#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n", "ffconcat version 1.0\nfile {}\n"]
)
def test_a_list_of_other_files_is_no_video(tmp_path: Path, words: str) -> None:
    """FFmpeg would open what such a text names, here or on the network."""
    video(tmp_path / "other.mp4", "mp4v")
    (tmp_path / "list.mp4").write_text(words.format("other.mp4"))
    assert "is not a video" in refused(tmp_path / "list.mp4")


def test_a_video_of_absurd_size(tmp_path: Path) -> None:
    path = tmp_path / "huge.avi"
    whole = video(path, "MJPG")
    sides = (64).to_bytes(4, "little") + (48).to_bytes(4, "little")
    assert whole.count(sides) >= 1
    for side in (12_000, 100_000, 0x7FFFFFFF):
        path.write_bytes(whole.replace(sides, side.to_bytes(4, "little") * 2))
        said = ""
        try:
            with open_source(path) as source:
                assert all(frame.image.size < 3 * MAX_PIXELS for frame in source.frames())
        except InputError as error:
            said = str(error)
        assert not said or "too large" in said or "not a video" in said or "no picture" in said


def teardown_module() -> None:
    DECODER.close()
