"""Image files in, ``(h, w, 3) uint8 BGR`` out; the header is judged before a pixel is decoded."""

import io
import warnings
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from core.errors import InputError
from core.records import Image

pillow_heif.register_heif_opener()

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif", ".heic", ".heif", ".pgm"}
)
MAX_PIXELS = 50_000_000
"""More is refused: a hostile PNG of 100 kB unpacks to gigabytes."""
FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "TIFF", "GIF", "HEIF", "MPO", "PPM")


def read_image(path: Path) -> Image:
    """Read a photo upright, whatever its colours: EXIF rotation, CMYK, 16 bit, grey, palette, transparency, HEIC.

    Raises InputError with a sentence for a missing, empty, foreign, broken or too large file.
    """
    name = path.name
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"{name} does not exist. Check the spelling.") from error
    except OSError as error:
        raise InputError(f"{name} cannot be read ({error.strerror}). Check its permissions.") from error
    if not data:
        raise InputError(f"{name} is empty (0 bytes). Copy it again from where it came.")
    return decode_image(data, name)


def decode_image(data: bytes, name: str) -> Image:
    """The same for bytes in memory; ``name`` appears in the sentence."""
    try:
        with warnings.catch_warnings():
            # Pillow's own limit only warns up to twice its size; ours decides below.
            warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)
            with Pillow.open(io.BytesIO(data), formats=FORMATS) as picture:
                _check_size(picture, name)
                upright = ImageOps.exif_transpose(picture)
                return _as_bgr(upright)
    except UnidentifiedImageError as error:
        raise InputError(f"{name} is not a picture that Rollcall can read. Use JPEG, PNG or HEIC.") from error
    except Pillow.DecompressionBombError as error:
        raise InputError(f"{name} is far too large to be a photo. Make it smaller.") from error
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, OverflowError, RuntimeError) as error:
        # Pillow's decoders meet broken data with any of these.
        raise InputError(f"{name} is damaged and cannot be read. Copy it again from where it came.") from error


def _check_size(picture: Pillow.Image, name: str) -> None:
    width, height = picture.size
    if width * height > MAX_PIXELS:
        limit = MAX_PIXELS // 1_000_000
        raise InputError(f"{name} is too large ({width} x {height} pixels). Make it smaller than {limit} megapixels.")


def _as_bgr(picture: Pillow.Image) -> Image:
    if picture.mode in {"I;16", "I;16L", "I;16B", "I", "F"}:
        grey = np.asarray(picture, dtype=np.float64)
        # 16-bit grey is scaled, not cut off; 32-bit kinds are scaled by what they hold.
        top = 65535.0 if picture.mode.startswith("I;16") or grey.max(initial=0) > 255 else 255.0
        picture = Pillow.fromarray(np.clip(grey / top * 255, 0, 255).astype(np.uint8))
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        white = Pillow.new("RGBA", clear.size, "white")
        picture = Pillow.alpha_composite(white, clear)
    rgb = np.asarray(picture.convert("RGB"))
    return np.ascontiguousarray(rgb[:, :, ::-1])


def encode_png(image: Image) -> bytes:
    """Lossless PNG bytes of a BGR image."""
    done, data = cv2.imencode(".png", image)
    if not done:
        raise ValueError("the image could not be encoded")
    return data.tobytes()


def decode_png(data: bytes) -> Image:
    """The BGR image of PNG bytes that :func:`encode_png` made.  Raises InputError when they are damaged."""
    return decode_image(data, "a stored face")
