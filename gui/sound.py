"""A short tick, made here and played by whatever the computer has; where there is nothing, it stays silent."""

import io
import math
import shutil
import struct
import subprocess
import sys
import wave
from pathlib import Path

from core.errors import DiskFullError
from core.files import write_bytes_atomically
from core.paths import Home

RATE = 22_050
NOTES = ((880.0, 0.07), (1318.5, 0.11))
"""Frequency in Hz and length in seconds: up, as in “yes”."""
LOUD = 0.35
LONGEST_S = 3.0
_PLAYERS = (("afplay",), ("paplay",), ("pw-play",), ("aplay", "-q"))


def tick() -> bytes:
    """The sound as a WAV file of some kilobytes."""
    samples = bytearray()
    for hertz, seconds in NOTES:
        count = int(RATE * seconds)
        for place in range(count):
            # Begins and ends at nothing, so that it does not crack.
            swell = math.sin(math.pi * place / count)
            samples += struct.pack("<h", int(32767 * LOUD * swell * math.sin(2 * math.pi * hertz * place / RATE)))
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(bytes(samples))
    return made.getvalue()


def play_tick(home: Home) -> bool:
    """Play it and wait for its end: call it in a thread.  False where nothing here can play it."""
    path = home.data / "window" / "tick.wav"
    try:
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes_atomically(path, tick())
    except (OSError, DiskFullError):
        return False  # Nobody at a door shall read of a full disk.
    return _play(path)


def _play(path: Path) -> bool:
    if sys.platform == "win32":
        import winsound

        try:
            winsound.PlaySound(str(path), winsound.SND_FILENAME | winsound.SND_NODEFAULT)
        except RuntimeError:
            return False
        return True
    for program, *options in _PLAYERS:
        found = shutil.which(program)
        if found is None:
            continue
        try:
            command = [found, *options, str(path)]
            done = subprocess.run(command, capture_output=True, timeout=LONGEST_S, check=False)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            return True
    return False
