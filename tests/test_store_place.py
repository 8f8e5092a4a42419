"""Network shares are refused; the tables of mounts are those that the systems print."""

from pathlib import Path

import pytest

from core.errors import StoreError
from core.paths import Home
from core.store import place
from core.store.database import open_store

LINUX = r"""sysfs /sys sysfs rw,nosuid 0 0
/dev/sda2 / ext4 rw,relatime 0 0
fileserver:/export/school /mnt/school nfs4 rw,vers=4.2 0 0
//nas/lehrer /mnt/teachers\040share cifs rw,vers=3.1.1 0 0
me@host:/home /srv/remote fuse.sshfs rw 0 0
C:\134 /mnt/c 9p rw,trans=fd 0 0
/dev/sdb1 /mnt/school/local ext4 rw 0 0
broken line
"""
MAC = """/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
devfs on /dev (devfs, local, nobrowse)
//teacher@nas._smb._tcp.local/School on /Volumes/School on NAS (smbfs, nodev, nosuid, mounted by me)
/dev/disk4s2 on /Volumes/Stick (exfat, local, nodev)
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/srv/school", "ext4"),
        ("/mnt/school", "nfs4"),
        ("/mnt/school/rollcall/data", "nfs4"),
        ("/mnt/school/local/data", "ext4"),
        ("/mnt/schoolbooks", "ext4"),
        ("/mnt/teachers share/x", "cifs"),
        ("/srv/remote/x", "fuse.sshfs"),
        ("/mnt/c/Users", "9p"),
    ],
)
def test_linux_mounts(folder: str, kind: str) -> None:
    assert place.filesystem_of(Path(folder), place.parse_linux_mounts(LINUX)) == kind


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("/Users/me", "apfs"), ("/Volumes/School on NAS/data", "smbfs"), ("/Volumes/Stick/data", "exfat")],
)
def test_mac_mounts(folder: str, kind: str) -> None:
    assert place.filesystem_of(Path(folder), place.parse_mac_mounts(MAC)) == kind


@pytest.mark.parametrize(
    ("path", "unc"),
    [
        (r"\\server\share\data", True),
        ("//server/share/data", True),
        (r"\\?\UNC\server\share", True),
        (r"\\?\C:\data", False),
        (r"C:\data", False),
    ],
)
def test_unc_paths(path: str, unc: bool) -> None:
    assert place.is_unc(path) is unc


def test_a_share_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    root = (tmp_path / "share").resolve()
    monkeypatch.setattr(place.sys, "platform", "linux")
    monkeypatch.setattr(place, "_linux_mounts", lambda: {Path(root.anchor): "ext4", root: "cifs"})
    with pytest.raises(StoreError, match=r"network share.*--home"):
        open_store(Home(root))
    assert not root.exists()
    open_store(Home(tmp_path / "local")).close()


def test_this_computer_answers(tmp_path: Path) -> None:
    assert place.is_on_network(tmp_path) is False
