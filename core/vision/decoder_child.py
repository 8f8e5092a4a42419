"""The process in which large and unusual pictures are decoded: little memory, no new file, no secret of its parent.

Run as ``python -m core.vision.decoder_child``.  Asked on standard input, answers on standard output, each a line of
JSON and the bytes it announces; ends when nobody asks any more.
"""

import contextlib
import json
import sys
from typing import BinaryIO

import pillow_heif

from core.errors import InputError
from core.vision.decoding import decoded, opened

pillow_heif.register_heif_opener()

FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "TIFF", "GIF", "HEIF", "PPM")
MOST_MEMORY = 2_500_000_000
"""Bytes of address space; 50 megapixels with transparency take 1.8 GB while they are composed."""

MOST_SECONDS = 10
"""Of computing for one picture."""


def main() -> None:
    """Answer until standard input ends."""
    _limit()
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    while line := asked.readline():
        request = json.loads(line)
        _begin_to_count()
        _answer(answers, asked.read(request["size"]), request["name"])


def _answer(answers: BinaryIO, data: bytes, name: str) -> None:
    pixels, answer = b"", dict[str, object]()
    try:
        image = decoded(opened(data, name, FORMATS), name)
        pixels, answer = image.tobytes(), {"shape": image.shape}
    except InputError as error:
        answer = {"refused": str(error)}
    except MemoryError:
        answer = {"refused": f"{name} takes too much memory to read. Make the picture smaller."}
    answers.write(json.dumps(answer).encode() + b"\n" + pixels)
    answers.flush()


def _limit() -> None:
    """What POSIX systems can forbid a process; Windows has only the parent's limit of time."""
    if sys.platform == "win32":
        return
    import resource

    for limit, most in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        # macOS knows the limit of memory but refuses to set it.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(limit, (most, most))


def _begin_to_count() -> None:
    if sys.platform == "win32":
        return
    import resource

    spent = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    resource.setrlimit(resource.RLIMIT_CPU, (int(spent) + MOST_SECONDS + 1, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
