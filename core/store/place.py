"""Refuse network shares: SQLite needs locks and shared memory that they do not give, and loses data there."""

import ctypes
import re
import subprocess
import sys
from pathlib import Path

from core.errors import StoreError

_NETWORK_TYPES = frozenset({
    "9p", "acfs", "afpfs", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fuse.ceph", "fuse.davfs",
    "fuse.davfs2", "fuse.gcsfuse", "fuse.glusterfs", "fuse.gvfsd-fuse", "fuse.rclone", "fuse.s3fs", "fuse.sshfs",
    "fuse.vmhgfs-fuse", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "prl_fs", "smb2", "smb3", "smbfs", "vboxsf",
    "webdav",
})  # fmt: skip
_LINUX_MOUNTS = Path("/proc/self/mounts")
_MAC_LINE = re.compile(r"^.* on (?P<place>/.*) \((?P<type>[^,)]+)[,)]")
_DRIVE_REMOTE = 4  # winbase.h


def refuse_network_share(folder: Path) -> None:
    """Raise StoreError when ``folder`` (absolute, may not exist yet) lies on a network share."""
    if is_on_network(folder):
        raise StoreError(
            f"The folder {folder} is on a network share, where the database would lose data. "
            "Keep it on this computer's own disk: choose a folder there with --home."
        )


def is_on_network(folder: Path) -> bool:
    """Whether the operating system says that ``folder`` is on another computer; False when it does not say."""
    if sys.platform == "win32":
        return is_unc(str(folder)) or _is_remote_drive(folder)
    kind = filesystem_of(folder, _mac_mounts() if sys.platform == "darwin" else _linux_mounts())
    return kind in _NETWORK_TYPES


def is_unc(path: str) -> bool:
    r"""Whether a Windows path names another computer: ``\\server\share`` or ``\\?\UNC\server\share``."""
    path = path.replace("/", "\\")
    if path.startswith(("\\\\?\\", "\\\\.\\")):
        return path[4:8].upper() == "UNC\\"
    return path.startswith("\\\\")


def filesystem_of(folder: Path, mounts: dict[Path, str]) -> str | None:
    """The type of the innermost mount that holds ``folder``; the mounts are place -> type."""
    for place in (folder, *folder.parents):
        if place in mounts:
            return mounts[place]
    return None


def parse_linux_mounts(text: str) -> dict[Path, str]:
    r"""Read /proc/self/mounts (proc(5)): place and type are the second and third field, blanks written ``\040``."""
    mounts = {}
    for line in text.splitlines():
        fields = line.split(" ")
        if len(fields) >= 3:
            # Only blank, tab, line feed and backslash are written in octal.
            place = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), fields[1])
            mounts[Path(place)] = fields[2].lower()
    return mounts


def parse_mac_mounts(text: str) -> dict[Path, str]:
    """Read what ``mount`` of macOS prints: ``//me@server/share on /Volumes/share (smbfs, nodev)``."""
    found = (_MAC_LINE.match(line) for line in text.splitlines())
    return {Path(match["place"]): match["type"].strip().lower() for match in found if match}


def _linux_mounts() -> dict[Path, str]:
    try:
        return parse_linux_mounts(_LINUX_MOUNTS.read_text(encoding="utf-8", errors="surrogateescape"))
    except OSError:
        return {}


def _mac_mounts() -> dict[Path, str]:
    try:
        done = subprocess.run(["/sbin/mount"], capture_output=True, text=True, errors="replace", timeout=5, check=False)
    except (OSError, subprocess.SubprocessError):
        return {}
    return parse_mac_mounts(done.stdout)


def _is_remote_drive(folder: Path) -> bool:
    if sys.platform != "win32":
        return False
    return bool(ctypes.windll.kernel32.GetDriveTypeW(folder.anchor) == _DRIVE_REMOTE)
