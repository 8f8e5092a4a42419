"""SQLite on a network share corrupts; such a place is recognised and refused."""

import ctypes
import sys
from pathlib import Path, PurePath

from core.errors import StoreError

NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "webdav", "fuse.sshfs", "fuse.rclone", "ncpfs", "afs", "davfs"}
)
DRIVE_REMOTE = 4


def refuse_network_share(folder: Path) -> None:
    """Raises StoreError when ``folder`` lies on a network share."""
    if is_network_share(folder):
        raise StoreError(
            f"{folder} lies on a network drive, where the database would break. "
            "Choose a folder on this computer with --home."
        )


def is_network_share(folder: Path) -> bool:
    """Whether ``folder`` is on another computer, as far as the system tells."""
    if is_unc(folder):
        return True
    if sys.platform == "win32":
        return bool(ctypes.windll.kernel32.GetDriveTypeW(folder.anchor) == DRIVE_REMOTE)
    try:
        table = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        # macOS mounts shares under /Volumes; a local disk there has a device of its own kind, which is not told.
        return False
    return file_system_of(folder, table) in NETWORK_FILE_SYSTEMS


def is_unc(folder: PurePath) -> bool:
    r"""Whether a path begins with a server's name (``\\server\share``)."""
    return str(folder).startswith(("\\\\", "//")) and not str(folder).startswith("\\\\?\\")


def file_system_of(folder: Path, table: str) -> str:
    """The type of file system that holds ``folder``, from the text of ``/proc/mounts``."""
    best, kind = -1, ""
    for line in table.splitlines():
        parts = line.split()
        if len(parts) < 3:
            continue
        mount = Path(parts[1].replace("\\040", " "))
        if (folder == mount or mount in folder.parents) and len(mount.parts) >= best:
            best, kind = len(mount.parts), parts[2]
    return kind
