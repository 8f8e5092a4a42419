"""Pixels out of picture files with Pillow: all formats, upright, ``(h, w, 3) uint8 BGR``.

Whoever has bytes to read uses ``core.vision.images``, which decides whether this runs here or in a process of its own.
"""

import io
import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import ExifTags, UnidentifiedImageError
from PIL import Image as Pillow

from core.errors import InputError
from core.records import Image

# Pillow warns of pictures that are large or damaged, where Rollcall has a sentence of its own.  Set once and for all,
# because switching warnings off and on again around each picture would not be safe between threads.
warnings.filterwarnings("ignore", category=Pillow.DecompressionBombWarning)
warnings.filterwarnings("ignore", module=r"PIL\.")

MAX_PIXELS = 50_000_000
"""More is refused: a hostile PNG of 100 kB unpacks to gigabytes."""
BROKEN = (
    *(OSError, ValueError, SyntaxError, EOFError, RuntimeError),
    *(LookupError, TypeError, ArithmeticError, AttributeError, struct.error, zlib.error),
)
"""What Pillow's decoders raise when they meet broken data: the first five were seen with 115 000 mutants, the others
stand in its sources."""
CLEAR_MODES = {"RGBA", "LA", "PA", "RGBa", "La"}
SHORT_MODES = {"I;16", "I;16L", "I;16B", "I;16N"}


def opened(data: bytes, name: str, formats: tuple[str, ...]) -> Pillow.Image:
    """A picture of which only the header was read, not too large.  Raises InputError."""
    with _sentences(name):
        picture = Pillow.open(io.BytesIO(data), formats=formats)
        if picture.width * picture.height > MAX_PIXELS:
            raise _too_large(picture.width * picture.height, name)
        return picture


def decoded(picture: Pillow.Image, name: str) -> Image:
    """Its pixels.  Raises InputError."""
    with _sentences(name):
        # TIFF and HEIC turn themselves upright here, and take the orientation away.
        picture.load()
    return _turned(_as_bgr(picture), _orientation(picture))


@contextmanager
def _sentences(name: str) -> Iterator[None]:
    """What goes wrong in Pillow, told in words."""
    try:
        yield
    except UnidentifiedImageError as error:
        raise InputError(f"{name} is not a picture that Rollcall can read. Use JPEG, PNG or HEIC.") from error
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as error:
        pixels = re.search(r"\d+", str(error))
        raise _too_large(int(pixels[0]) if pixels else MAX_PIXELS, name) from error
    except BROKEN as error:
        raise InputError(f"{name} is damaged and cannot be read. Copy it again from where it came.") from error


def _too_large(pixels: int, name: str) -> InputError:
    return InputError(
        f"{name} is too large ({pixels / 1e6:.0f} megapixels). "
        f"Make it smaller than {MAX_PIXELS // 1_000_000} megapixels."
    )


def _as_bgr(picture: Pillow.Image) -> Image:
    if picture.mode in SHORT_MODES:
        # The upper byte, as Pillow itself takes it of 16-bit colours.
        picture = Pillow.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    elif picture.mode in {"I", "F"}:
        picture = Pillow.fromarray(_scaled(np.asarray(picture)))
    if picture.mode in CLEAR_MODES or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        white = Pillow.new("RGBA", clear.size, "white")
        picture = Pillow.alpha_composite(white, clear)
    rgb = np.asarray(picture if picture.mode == "RGB" else picture.convert("RGB"))
    return np.ascontiguousarray(rgb[:, :, ::-1])


def _scaled(grey: np.ndarray) -> Image:
    """32-bit grey as 8 bit: what such a file calls white is not written in it, so its largest value tells."""
    values = np.nan_to_num(grey.astype(np.float32), posinf=0.0, neginf=0.0)
    largest = float(values.max(initial=0.0))
    usual = (1.0, 255.0, 65535.0) if grey.dtype.kind == "f" else (255.0, 65535.0)
    white = next((one for one in usual if largest <= one), largest)
    return np.rint(np.clip(values / white, 0, 1) * 255).astype(np.uint8)


def _orientation(picture: Pillow.Image) -> int:
    """The EXIF orientation, 1 (upright) to 8; broken EXIF does not make a good picture unreadable."""
    try:
        value = picture.getexif().get(ExifTags.Base.Orientation, 1)
    except BROKEN:
        return 1
    return value if isinstance(value, int) else 1


def _turned(image: Image, orientation: int) -> Image:
    """Undo the orientation: 2-4 are flips and a half turn, 5-8 the same of the transposed picture."""
    if orientation in (5, 6, 7, 8):
        image = image.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)
