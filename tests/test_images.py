"""Photos of every kind people have, and files that only pretend to be photos."""

import io
import random
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image as Pillow
from PIL import ImageCms, ImageOps
from skimage import data

from core.errors import InputError
from core.paths import PROJECT
from core.records import Image
from core.vision.images import decode_image, decode_png, encode_png, read_image

TURNED = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_90,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_270,
}
"""What a camera held that way stores: the upright picture turned the other way round."""


@pytest.fixture(scope="module")
def portrait() -> Pillow.Image:
    """A real photo, 200 x 240 pixels: no two of its eight orientations are alike."""
    return Pillow.fromarray(data.astronaut()[:240, 120:320])


def bgr(picture: Pillow.Image) -> Image:
    return np.asarray(picture.convert("RGB"))[:, :, ::-1]


def difference(one: Image, other: Image) -> float:
    assert one.shape == other.shape
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_image(path)
    return str(caught.value)


def check(image: Image) -> None:
    """What every image of the project is."""
    assert image.dtype == np.uint8
    assert image.ndim == 3
    assert image.shape[2] == 3
    assert image.flags.c_contiguous


def png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    """A PNG of ``depth`` bits and PNG's colour type, made by hand from filtered rows."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([depth, colour, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "webp", "ppm"])
def test_lossless_kinds_are_read_exactly(portrait: Pillow.Image, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"photo.{suffix}"
    portrait.save(path, **({"lossless": True} if suffix == "webp" else {}))
    image = read_image(path)
    check(image)
    assert np.array_equal(image, bgr(portrait))


@pytest.mark.parametrize("name", ["😀 photo.jpg", "عمر الخيام.jpg", "Żółć ß 学生.jpg", "two  spaces .jpg"])
def test_any_file_name_will_do(portrait: Pillow.Image, tmp_path: Path, name: str) -> None:
    portrait.save(tmp_path / name, quality=95)
    assert difference(read_image(tmp_path / name), bgr(portrait)) < 3


def test_cmyk_keeps_its_colours(portrait: Pillow.Image, tmp_path: Path) -> None:
    portrait.convert("CMYK").save(tmp_path / "print.jpg", quality=95)
    assert difference(read_image(tmp_path / "print.jpg"), bgr(portrait)) < 4


def test_grey_becomes_three_equal_channels(portrait: Pillow.Image, tmp_path: Path) -> None:
    grey = portrait.convert("L")
    grey.save(tmp_path / "grey.png")
    image = read_image(tmp_path / "grey.png")
    check(image)
    assert all(np.array_equal(image[:, :, channel], np.asarray(grey)) for channel in range(3))


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bit_grey_equals_its_eight_bit_original(portrait: Pillow.Image, tmp_path: Path, suffix: str) -> None:
    grey = np.asarray(portrait.convert("L"))
    Pillow.fromarray(grey.astype(np.uint16) * 257).save(tmp_path / f"grey16.{suffix}")
    assert np.array_equal(read_image(tmp_path / f"grey16.{suffix}")[:, :, 1], grey)


@pytest.mark.parametrize(("colour", "channels"), [(2, 3), (6, 4)])
def test_sixteen_bit_colours_equal_their_eight_bit_original(
    portrait: Pillow.Image, tmp_path: Path, colour: int, channels: int
) -> None:
    rgb = np.asarray(portrait.convert("RGBA"))[:, :, :channels]
    deep = (rgb.astype(np.uint16) * 257).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in deep)
    (tmp_path / "deep.png").write_bytes(png(*portrait.size, 16, colour, rows))
    assert np.array_equal(read_image(tmp_path / "deep.png"), bgr(portrait))


@pytest.mark.parametrize(("dtype", "white"), [(np.int32, 65535), (np.float32, 1.0), (np.float32, 65535.0)])
def test_thirty_two_bit_grey_is_scaled_not_cut_off(
    portrait: Pillow.Image, tmp_path: Path, dtype: type, white: float
) -> None:
    grey = np.asarray(portrait.convert("L"))
    Pillow.fromarray((grey / 255 * white).astype(dtype)).save(tmp_path / "deep.tif")
    assert difference(read_image(tmp_path / "deep.tif")[:, :, 0], grey) < 1


def test_transparent_parts_are_white(portrait: Pillow.Image, tmp_path: Path) -> None:
    clear = portrait.convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, 50, 50))
    clear.save(tmp_path / "clear.png")
    image = read_image(tmp_path / "clear.png")
    assert (image[:50, :50] == 255).all()
    assert np.array_equal(image[50:], bgr(portrait)[50:])


def test_a_palette_with_transparency(tmp_path: Path) -> None:
    picture = Pillow.new("P", (40, 30), 1)
    picture.putpalette([0, 0, 0, 10, 20, 30, 200, 100, 50])
    picture.paste(0, (0, 0, 20, 30))
    picture.paste(2, (30, 0, 40, 30))
    picture.save(tmp_path / "palette.png", transparency=0)
    image = read_image(tmp_path / "palette.png")
    assert image[5, [5, 25, 35]].tolist() == [[255, 255, 255], [30, 20, 10], [50, 100, 200]]


def test_an_animation_gives_its_first_picture(portrait: Pillow.Image, tmp_path: Path) -> None:
    first, later = Pillow.new("RGB", (64, 48), (250, 10, 20)), Pillow.new("RGB", (64, 48), (0, 0, 255))
    for name in ("moving.gif", "moving.webp", "moving.png"):
        first.save(tmp_path / name, save_all=True, append_images=[later, later], duration=100)
        image = read_image(tmp_path / name)
        assert image.shape == (48, 64, 3)
        assert np.abs(image[20, 20].astype(int) - [20, 10, 250]).max() < 8


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_every_exif_orientation_is_read_upright(
    portrait: Pillow.Image, tmp_path: Path, orientation: int, suffix: str
) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    held = portrait.transpose(TURNED[orientation]) if orientation in TURNED else portrait
    held.save(tmp_path / f"held.{suffix}", exif=exif, quality=95)
    assert difference(read_image(tmp_path / f"held.{suffix}"), bgr(portrait)) < 4


def test_broken_exif_does_not_lose_the_picture(portrait: Pillow.Image, tmp_path: Path) -> None:
    for number, exif in enumerate((b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0rubbish", b"Exif\0\0", b"MM\0*\0\0")):
        path = tmp_path / f"{number}.jpg"
        portrait.save(path, exif=exif, quality=95)
        assert difference(read_image(path), bgr(portrait)) < 3


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_heic_of_a_phone_is_read_upright_and_once_turned(
    portrait: Pillow.Image, tmp_path: Path, orientation: int
) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    held = portrait.transpose(TURNED[orientation]) if orientation in TURNED else portrait
    file = pillow_heif.from_bytes("RGB", held.size, held.tobytes())
    file.info["exif"] = exif.tobytes()
    file.save(tmp_path / "phone.heic", quality=90)
    assert (b"irot" in (tmp_path / "phone.heic").read_bytes()) == (orientation != 1)
    assert difference(read_image(tmp_path / "phone.heic"), bgr(portrait)) < 6


def test_a_colour_profile_is_no_hindrance(portrait: Pillow.Image, tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    portrait.save(tmp_path / "profile.png", icc_profile=profile)
    assert np.array_equal(read_image(tmp_path / "profile.png"), bgr(portrait))


def test_contents_decide_not_the_suffix(portrait: Pillow.Image, tmp_path: Path) -> None:
    portrait.save(tmp_path / "really.png")
    (tmp_path / "really.png").rename(tmp_path / "named.jpg")
    assert np.array_equal(read_image(tmp_path / "named.jpg"), bgr(portrait))


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        (b"", "is empty (0 bytes)"),
        (b"Dear parents, ...", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "not a picture"),
        (b"\0" * 5000, "not a picture"),
        (b"%PDF-1.7\n%....", "not a picture"),
        (b"\xff\xd8\xff\xe0", "not a picture"),
        (b"\x89PNG\r\n\x1a\n", "not a picture"),
    ],
)
def test_files_that_are_no_pictures(tmp_path: Path, contents: bytes, words: str) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(contents)
    sentence = refused(path)
    assert words in sentence
    assert sentence.startswith("holiday.jpg ")
    assert str(tmp_path) not in sentence


def test_files_that_are_not_there(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "none.jpg")
    assert "is a folder" in refused(tmp_path)
    assert "cannot be read" in refused(tmp_path / ("x" * 5000 + ".jpg"))


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.75, 0.95])
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "heic"])
def test_a_cut_off_photo_is_refused(portrait: Pillow.Image, tmp_path: Path, suffix: str, share: float) -> None:
    """Half a face in grey would be enrolled as a face: a sentence is better."""
    path = tmp_path / f"photo.{suffix}"
    portrait.save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert "damaged" in refused(path) or "not a picture" in refused(path)


HUGE = png(30_000, 30_000, 1, 0, b"\0" * (1 + 30_000 // 8) * 30_000)


def test_a_huge_picture_is_refused_with_its_size(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    path.write_bytes(HUGE)
    assert path.stat().st_size < 200_000
    assert refused(path) == "huge.png is too large (900 megapixels). Make it smaller than 50 megapixels."


def test_a_little_too_large_is_too_large(tmp_path: Path) -> None:
    """Between our limit and Pillow's own, and where Pillow only warns."""
    for side in (7_200, 11_000):
        path = tmp_path / f"{side}.png"
        path.write_bytes(png(side, side, 1, 0, b"\0" * (1 + side // 8) * side))
        assert f"too large ({side * side / 1e6:.0f} megapixels)" in refused(path)


@pytest.mark.skipif(sys.platform == "win32", reason="the peak memory of a process is asked in POSIX's way")
def test_a_huge_picture_is_never_unpacked(tmp_path: Path) -> None:
    (tmp_path / "huge.png").write_bytes(HUGE)
    small = tmp_path / "small.png"
    Pillow.new("RGB", (64, 64)).save(small)
    script = (
        "import resource, sys\nfrom pathlib import Path\nfrom core.errors import InputError\n"
        "from core.vision.images import read_image\nread_image(Path(sys.argv[1]))\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\nbefore = peak()\n"
        "try:\n    read_image(Path(sys.argv[2]))\nexcept InputError as error:\n    print(peak() - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(small), str(tmp_path / "huge.png")],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(done.stdout) * unit < 20_000_000
    assert done.stderr == ""


def test_a_large_photo_within_the_limit_is_read(tmp_path: Path) -> None:
    Pillow.new("L", (8_000, 6_000), 77).save(tmp_path / "large.png")
    image = read_image(tmp_path / "large.png")
    assert image.shape == (6_000, 8_000, 3)
    assert image[0, 0].tolist() == [77, 77, 77]


@pytest.mark.filterwarnings("ignore")
def test_mutants_give_a_picture_or_a_sentence(portrait: Pillow.Image) -> None:
    """Nothing else may come out of damaged bytes; the seed is fixed, so a failure can be repeated."""
    chance = random.Random(20261121)
    outcomes = {"read": 0, "refused": 0}
    exif = Pillow.Exif()
    exif[0x0112] = 6
    small = portrait.resize((60, 72))
    for suffix in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "HEIF"):
        file = io.BytesIO()
        small.save(file, suffix, exif=exif)
        for _ in range(100):
            mutant = bytearray(file.getvalue())
            # Headers and tables stand in front, so most of the damage goes there.
            reach = len(mutant) if chance.random() < 0.3 else min(len(mutant), 400)
            for _ in range(chance.choice((1, 2, 5, 20))):
                mutant[chance.randrange(reach)] = chance.choice((0, 255, chance.randrange(256)))
            if chance.random() < 0.2:
                del mutant[chance.randrange(len(mutant)) :]
            try:
                check(decode_image(bytes(mutant), "mutant"))
                outcomes["read"] += 1
            except InputError:
                outcomes["refused"] += 1
    assert min(outcomes.values()) > 100, outcomes


def test_png_in_and_out_is_lossless(portrait: Pillow.Image) -> None:
    image = bgr(ImageOps.mirror(portrait))
    assert np.array_equal(decode_png(encode_png(image)), image)
    with pytest.raises(InputError, match="a stored face is damaged"):
        decode_png(encode_png(image)[:-500])
