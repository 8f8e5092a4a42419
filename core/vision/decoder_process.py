"""Asking the process that decodes large and unusual pictures; one serves all, and is replaced when it fails."""

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from io import BufferedReader
from typing import cast

import numpy as np

from core.errors import InputError
from core.paths import PROJECT
from core.records import Image
from core.vision.decoding import MAX_PIXELS

TIMEOUT_S = 60.0
"""A picture that takes longer is given up.  50 megapixels take about two seconds, and far longer on a busy computer: so
the process itself counts the seconds it computes, where the system can (``decoder_child.MOST_SECONDS``).
"""
_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)


class DecoderProcess:
    """The process and who may ask it; from any thread, one picture at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def decode(self, data: bytes, name: str, timeout_s: float = TIMEOUT_S) -> Image:
        """The picture in ``data``.  Raises InputError with a sentence, also where decoding it ends the process."""
        with self._lock:
            child = self._running(name)
            overdue = threading.Event()

            def end() -> None:
                overdue.set()
                child.kill()

            timer = threading.Timer(timeout_s, end)
            timer.start()
            answered = False
            try:
                image = _asked(child, data, name)
                answered = True
                return image
            except InputError:
                answered = True
                raise
            except (OSError, ValueError, EOFError) as error:
                if overdue.is_set() or _spent(child):
                    raise InputError(f"{name} takes too long to read. Save it as a JPEG and give that.") from error
                raise InputError(f"{name} is damaged and cannot be read. Copy it again from where it came.") from error
            finally:
                timer.cancel()
                if not answered:
                    # Also after Ctrl-C: else the answer to this question would be taken for that to the next one.
                    self._drop()

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._drop()

    def _running(self, name: str) -> "subprocess.Popen[bytes]":
        if self._child is None or self._child.poll() is not None:
            self._drop()
            try:
                self._child = _started()
            except OSError as error:
                raise InputError(f"{name} cannot be read here ({error.strerror}). Save it as a JPEG.") from error
        return self._child

    def _drop(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        # Closing the pipes would try to write what is left in them; the process is gone.
        child.communicate()


def _spent(child: "subprocess.Popen[bytes]") -> bool:
    """Whether the system ended the process because it had computed for too long."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        return child.wait(1.0) == -getattr(signal, "SIGXCPU", 0) < 0
    return False


def _started() -> "subprocess.Popen[bytes]":
    """Without the settings of Rollcall, which may hold a passphrase, and with one thread, which needs little memory."""
    passed = {key: value for key, value in os.environ.items() if not key.startswith("ROLLCALL_")}
    paths = os.pathsep.join([str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])])
    few = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "core.vision.decoder_child"],
        env={**passed, **few, "PYTHONPATH": paths},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=_NO_WINDOW,
    )


def _asked(child: "subprocess.Popen[bytes]", data: bytes, name: str) -> Image:
    """One question and its answer.  Raises OSError, EOFError or ValueError when the process fails."""
    if child.stdin is None or child.stdout is None:
        raise ValueError("the process was started without pipes")
    child.stdin.write(json.dumps({"name": name, "size": len(data)}).encode() + b"\n")
    child.stdin.write(data)
    child.stdin.flush()
    answer = json.loads(child.stdout.readline(4096))
    if "refused" in answer:
        raise InputError(str(answer["refused"]))
    height, width, channels = (int(one) for one in answer["shape"])
    if channels != 3 or not 0 < height * width <= MAX_PIXELS:
        raise ValueError("no picture")
    pixels = bytearray(height * width * 3)
    if cast(BufferedReader, child.stdout).readinto(pixels) != len(pixels):
        raise EOFError("the process ended")
    return np.frombuffer(pixels, np.uint8).reshape(height, width, 3)


DECODER = DecoderProcess()
atexit.register(DECODER.close)
