"""Photos and videos that arrive in pieces, until they are marked: each upload is a folder that is removed at the end.

The folders are called as temporary ones are, so that the daily work removes what a killed program left; the portal does
so when it starts.
"""

import hashlib
import secrets
import shutil
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Literal

from core.errors import BusyError, ConflictError, DiskFullError, InputError, NotFoundError
from core.files import safe_name
from core.paths import Home
from core.vision.images import IMAGE_SUFFIXES
from core.vision.sources import VIDEO_SUFFIXES, check_video

PIECE_BYTES = 1_000_000
MOST_PHOTOS, PHOTO_BYTES = 60, 30_000_000
VIDEO_BYTES = 600_000_000
ALL_PHOTOS_BYTES = 300_000_000
SPARE_BYTES = 500_000_000
"""So much of the disk stays free: the register is on it."""
MOST_UPLOADS = 6
IDLE_S = 600.0
"""An upload that nobody went on with for so long is removed."""
_FOLDER = ".rollcall-upload-"
_NAME_LETTERS = 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that is to come.  name: as on the sender's device; size: bytes."""

    name: str
    size: int

    @property
    def suffix(self) -> str:
        """``.mp4``."""
        return PurePosixPath(self.name).suffix.lower()

    @property
    def pieces(self) -> int:
        """How many there are, all of PIECE_BYTES but the last."""
        return -(-self.size // PIECE_BYTES)


@dataclass(slots=True, eq=False)
class Upload:
    """One upload.  owner: number of the account; kind: photos or a video; there: the pieces of each file."""

    id: str
    owner: int
    session_id: int
    files: tuple[Wanted, ...]
    folder: Path
    there: tuple[set[int], ...]
    touched_s: float
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def kind(self) -> Literal["photos", "video"]:
        return "video" if self.files[0].suffix in VIDEO_SUFFIXES else "photos"

    def missing(self, number: int) -> list[int]:
        """The pieces of a file that did not come yet."""
        return [one for one in range(self.files[number].pieces) if one not in self.there[number]]

    def part(self, number: int) -> Path:
        """Where the pieces of a file are put together."""
        return self.folder / f"{number}.part"


class Uploads:
    """The uploads of one home; from any thread."""

    def __init__(self, home: Home) -> None:
        self._home, self._lock = home, threading.Lock()
        self._uploads: dict[str, Upload] = {}

    def begin(self, owner: int, session_id: int, files: Sequence[Wanted]) -> Upload:
        """A new upload, or the one of the same files that was interrupted.

        Raises InputError for files that are not taken, BusyError for too many uploads, DiskFullError.
        """
        check_wanted(files)
        self._check_room(sum(one.size for one in files))
        with self._lock:
            before = next((one for one in self._uploads.values() if one.owner == owner), None)
            if before is not None and (before.session_id, before.files) == (session_id, tuple(files)):
                before.touched_s = time.monotonic()
                return before
            if before is None and len(self._uploads) >= MOST_UPLOADS:
                raise BusyError("Too many others are sending pictures. Try again in a few minutes.")
            made = self._made(owner, session_id, tuple(files))
            self._uploads[made.id] = made
        if before is not None:
            self.discard(before)
        return made

    def get(self, upload_id: str, owner: int, session_id: int) -> Upload:
        """An upload of this account for this lesson.  Raises NotFoundError."""
        with self._lock:
            found = self._uploads.get(upload_id)
        if found is None or (found.owner, found.session_id) != (owner, session_id):
            raise NotFoundError("These pictures are not being sent any more. Choose them again.")
        return found

    def put(self, upload: Upload, number: int, piece: int, data: bytes) -> None:
        """Store a piece; a piece that came before is stored again.  Raises InputError, NotFoundError, DiskFullError."""
        if not 0 <= number < len(upload.files) or not 0 <= piece < upload.files[number].pieces:
            raise InputError("There is no such piece of these pictures. Choose them again.")
        wanted = upload.files[number]
        due = min(PIECE_BYTES, wanted.size - piece * PIECE_BYTES)
        if len(data) != due:
            raise InputError(f"A piece of {wanted.name[:40]} has {len(data)} bytes instead of {due}. Send it again.")
        with upload.lock:
            try:
                with upload.part(number).open("r+b") as file:
                    file.seek(piece * PIECE_BYTES)
                    file.write(data)
            except FileNotFoundError as error:
                raise NotFoundError("These pictures are not being sent any more. Choose them again.") from error
            except OSError as error:
                raise _no_room() from error
            upload.there[number].add(piece)
            upload.touched_s = time.monotonic()

    def finish(self, upload: Upload, digests: Sequence[str]) -> Path:
        """All was sent: where it lies, as a source to mark.  digests: the SHA-256 of each file, hexadecimal.

        From then on whoever gets it removes its folder.  Raises ConflictError while pieces are missing, InputError
        when something is not as it was sent; what was sent is gone then.
        """
        for number, wanted in enumerate(upload.files):
            if count := len(upload.missing(number)):
                raise ConflictError(f"{count} pieces of {wanted.name[:40]} are missing. Send them again.")
        with self._lock:
            if self._uploads.pop(upload.id, None) is None:
                raise NotFoundError("These pictures are not being sent any more. Choose them again.")
        try:
            found = [_digest(upload.part(number)) for number in range(len(upload.files))]
            if [one.lower() for one in digests] != found:
                raise InputError("The pictures did not arrive as they were sent. Send them again.")
            return _as_source(upload, found)
        except BaseException:
            remove(upload.folder)
            raise

    def whole(self, files: Sequence[tuple[str, IO[bytes]]]) -> Path:
        """Files that came at once: where they lie, as from :meth:`finish`.  Raises as :meth:`begin`."""
        sized = [(name, stream, _size(stream)) for name, stream in files]
        # Nobody's: what somebody sends in pieces meanwhile stays, and a double click is two uploads.
        owner = -1 - secrets.randbits(62)
        upload = self.begin(owner, 0, [Wanted(name, size) for name, _stream, size in sized])
        digests = []
        for number, (_name, stream, _all) in enumerate(sized):
            digest = hashlib.sha256()
            for piece in range(upload.files[number].pieces):
                data = stream.read(PIECE_BYTES)
                digest.update(data)
                self.put(upload, number, piece, data)
            digests.append(digest.hexdigest())
        return self.finish(upload, digests)

    def discard(self, upload: Upload) -> None:
        """Remove an upload."""
        with self._lock:
            self._uploads.pop(upload.id, None)
        with upload.lock:
            remove(upload.folder)

    def discard_idle(self, now_s: float) -> None:
        """Remove what nobody went on with.  now_s: of the monotonic clock."""
        with self._lock:
            idle = [one for one in self._uploads.values() if now_s - one.touched_s > IDLE_S]
        for one in idle:
            self.discard(one)

    def discard_all(self) -> None:
        """Remove everything, also what an earlier program left."""
        with self._lock:
            self._uploads.clear()
        for folder in self._home.data.glob(f"{_FOLDER}*"):
            remove(folder)

    def _check_room(self, size: int) -> None:
        try:
            free = shutil.disk_usage(self._home.data).free
        except OSError as error:
            raise _no_room() from error
        if free < size + SPARE_BYTES:
            raise DiskFullError("There is not enough room on the school’s computer. Free some space, or send less.")

    def _made(self, owner: int, session_id: int, files: tuple[Wanted, ...]) -> Upload:
        number = secrets.token_hex(8)
        folder = self._home.data / f"{_FOLDER}{number}"
        made = Upload(number, owner, session_id, files, folder, tuple(set() for _ in files), time.monotonic())
        try:
            folder.mkdir(mode=0o700)
            for place in range(len(files)):
                made.part(place).touch(mode=0o600)
        except OSError as error:
            remove(folder)
            raise _no_room() from error
        return made


def check_wanted(files: Sequence[Wanted]) -> None:
    """Raises InputError for files that are not taken: no pictures, too many, too large."""
    if not files:
        raise InputError("Choose photos or a video first.")
    for one in files:
        if one.suffix not in IMAGE_SUFFIXES | VIDEO_SUFFIXES:
            raise InputError(f"{one.name[:40]} is neither a photo nor a video. Send JPEG, PNG, HEIC, MP4 or MOV.")
        if one.size <= 0:
            raise InputError(f"{one.name[:40]} is empty. Choose another one.")
    videos = [one for one in files if one.suffix in VIDEO_SUFFIXES]
    if videos and len(files) > 1:
        raise InputError("Send one video at a time, or photos only.")
    if len(files) > MOST_PHOTOS:
        raise InputError(f"These are {len(files)} photos. Send {MOST_PHOTOS} at most.")
    most = VIDEO_BYTES if videos else PHOTO_BYTES
    large = next((one for one in files if one.size > most), None)
    if large is not None:
        raise InputError(f"{large.name[:40]} is larger than {most // 1_000_000} MB. Film for a shorter time.")
    if sum(one.size for one in files) > (VIDEO_BYTES if videos else ALL_PHOTOS_BYTES):
        raise InputError(f"These photos are larger than {ALL_PHOTOS_BYTES // 1_000_000} MB together. Send fewer.")


def remove(folder: Path) -> None:
    """Remove the folder of an upload; what cannot be removed now, the daily work removes."""
    shutil.rmtree(folder, ignore_errors=True)


def folder_of(source: Path) -> Path:
    """The folder to be removed when a source of :meth:`Uploads.finish` is over."""
    return next(one for one in source.parents if one.name.startswith(_FOLDER))


def _as_source(upload: Upload, digests: Sequence[str]) -> Path:
    """Give the files the names by which the register knows them: the same pictures get the same."""
    sign = hashlib.sha256("".join(digests).encode()).hexdigest()[:6]
    if len(upload.files) == 1:
        wanted = upload.files[0]
        stem = safe_name(PurePosixPath(wanted.name.replace("\\", "/")).stem[:_NAME_LETTERS] or "pictures")
        target = upload.part(0).replace(upload.folder / f"{stem} {sign}{wanted.suffix}")
        if upload.kind == "video":
            check_video(target)
        return target
    photos = upload.folder / f"{len(digests)} photos {sign}"
    photos.mkdir()
    for number, wanted in enumerate(upload.files):
        upload.part(number).replace(photos / f"photo {number + 1}{wanted.suffix}")
    return photos


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size(stream: IO[bytes]) -> int:
    stream.seek(0, 2)
    size = stream.tell()
    stream.seek(0)
    return size


def _no_room() -> DiskFullError:
    return DiskFullError("The pictures cannot be saved on the school’s computer. Free some space there and try again.")
