"""Image files in, ``(h, w, 3) uint8 BGR`` out; the header is judged before a pixel is decoded.

The one way by which pictures come in.  A usual photo (JPEG, PNG, WebP, BMP of up to 25 megapixels) is decoded here;
what is larger, of another format, or packed so tightly that it may be a trap, in a process that can be killed.
"""

import stat
from pathlib import Path

import cv2
from PIL import Image as Pillow

from core.errors import InputError
from core.records import Image
from core.vision.decoder_process import DECODER
from core.vision.decoding import decoded, opened

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jfif", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif", ".heic", ".heif", ".pgm", ".ppm"}
)
MOST_BYTES = 400_000_000
"""50 megapixels of 16-bit colours with transparency, not packed at all."""
USUAL_PIXELS = 25_000_000
USUAL_RATIO = 200
"""Bytes of pixels for one byte of file: photos have 2 to 50, drawings up to 150, pictures made to harm 1000."""
USUAL_SCANS = 20
"""Passes over a progressive JPEG: cameras and programs write about ten, and each takes time."""
_USUAL = {
    "JPEG": (0, b"\xff\xd8\xff"),
    "PNG": (0, b"\x89PNG\r\n\x1a\n"),
    "WEBP": (8, b"WEBP"),
    "BMP": (0, b"BM"),
}
"""Where the files of a format have which bytes."""
_OTHERS = (b"II", b"MM", b"GIF8", b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"Py", b"Pf", b"PF")
_SCAN = b"\xff\xda"


def read_image(path: Path) -> Image:
    """Read a photo upright, whatever its colours: EXIF rotation, CMYK, 16 bit, grey, palette, transparency, HEIC.

    Transparent parts are white; of an animation the first picture is read.  A file that ends too early is refused
    even when its upper part could be shown.  Raises InputError with a sentence for a missing, empty, foreign, broken
    or too large file.
    """
    name = shown_name(path)
    return decode_image(_content(path, name), name)


def decode_image(data: bytes, name: str) -> Image:
    """The same for bytes in memory; ``name`` appears in the sentence."""
    kind = next((kind for kind, (at, magic) in _USUAL.items() if data[at : at + len(magic)] == magic), None)
    if kind is None:
        if not (data.startswith(_OTHERS) or data[4:8] == b"ftyp"):
            raise InputError(f"{name} is not a picture that Rollcall can read. Use JPEG, PNG or HEIC.")
        return DECODER.decode(data, name)
    picture = opened(data, name, (kind,))
    return decoded(picture, name) if _is_usual(picture, data) else DECODER.decode(data, name)


def _is_usual(picture: Pillow.Image, data: bytes) -> bool:
    pixels = picture.width * picture.height
    if pixels > USUAL_PIXELS or pixels * len(picture.getbands()) > USUAL_RATIO * len(data) + 1_000_000:
        return False
    return picture.format != "JPEG" or data.count(_SCAN) <= USUAL_SCANS


def checked_file(path: Path, name: str) -> int:
    """Size in bytes of a file to be read.  Raises InputError for what is no file: a pipe would never end."""
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise InputError(f"{name} does not exist. Check the spelling.") from error
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from error
    if stat.S_ISDIR(found.st_mode):
        raise InputError(f"{name} is a folder, not a picture. Give one of the files in it.")
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"{name} is not a file but a device or a pipe. Give a file.")
    if not found.st_size:
        raise InputError(f"{name} is empty (0 bytes). Copy it again from where it came.")
    return found.st_size


def _content(path: Path, name: str) -> bytes:
    if checked_file(path, name) > MOST_BYTES:
        raise InputError(f"{name} is too large for a photo. Save it as a JPEG and give that.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(name, error) from error


def _unreadable(name: str, error: OSError | ValueError) -> InputError:
    reason = getattr(error, "strerror", None) or "its name is not one"
    return InputError(f"{name} cannot be read ({reason}). Check its permissions.")


def shown_name(path: Path) -> str:
    """The file's name, fit for messages and the store: letters that are no Unicode (Linux allows them) become ``?``."""
    return path.name.encode("utf-8", "replace").decode("utf-8")


def encode_png(image: Image) -> bytes:
    """Lossless PNG bytes of a BGR image."""
    done, data = cv2.imencode(".png", image)
    if not done:
        raise ValueError("the image could not be encoded")
    return data.tobytes()


def encode_jpeg(image: Image, quality: int = 80) -> bytes:
    """JPEG bytes of a BGR image, to be shown and not kept.  quality: 1-100."""
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("the image could not be encoded")
    return data.tobytes()


def decode_png(data: bytes) -> Image:
    """The BGR image of PNG bytes that :func:`encode_png` made.  Raises InputError when they are damaged."""
    return decode_image(data, "a stored face")
