"""Whole files or none, and names that every file system takes.

The tests run as root in some places, where ``chmod`` forbids nothing; an unwritable folder is therefore a file
standing where the folder should be, and the refusals of Windows are put in at ``os.replace``.
"""

import errno
import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DiskFullError
from core.files import PendingFile, safe_name, write_atomically, write_bytes_atomically


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def hold_open(monkeypatch: pytest.MonkeyPatch, *held: str) -> None:
    """Make ``os.replace`` refuse these names, as Windows does while Excel has the file open."""
    really_replace = os.replace

    def replace(source: Path, target: Path) -> None:
        if Path(target).name in held:
            raise PermissionError(errno.EACCES, "The process cannot access the file", str(target))
        really_replace(source, target)

    monkeypatch.setattr(os, "replace", replace)


def test_writes_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "sheet.xlsx"
    for content in (b"one", b"two"):
        written = write_bytes_atomically(path, content)
        assert (written.path, written.note) == (path, None)
        assert path.read_bytes() == content
    assert names_in(path.parent) == ["sheet.xlsx"]


def test_the_writer_sees_the_same_folder_and_suffix(tmp_path: Path) -> None:
    seen = []

    def write(temporary: Path) -> None:
        seen.append(temporary)
        temporary.write_text("x")

    write_atomically(tmp_path / "a.npz", write)
    assert seen[0].parent == tmp_path
    assert seen[0].suffix == ".npz"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG])
def test_full_disk_keeps_the_old_file(tmp_path: Path, number: int) -> None:
    path = tmp_path / "sheet.xlsx"
    path.write_bytes(b"old")

    def write(temporary: Path) -> None:
        temporary.write_bytes(b"half")
        raise OSError(number, os.strerror(number))

    with pytest.raises(DiskFullError, match="no room"):
        write_atomically(path, write)
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["sheet.xlsx"]


def test_full_disk_found_out_by_fsync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(DiskFullError, match="no room"):
        write_bytes_atomically(tmp_path / "a.bin", b"data")
    assert names_in(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="limits of file sizes are a thing of POSIX")
def test_real_limit_of_the_system(tmp_path: Path) -> None:
    import resource

    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    path = tmp_path / "big.bin"
    path.write_bytes(b"old")
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, old[1]))
    try:
        with pytest.raises(DiskFullError, match="no room"):
            write_bytes_atomically(path, bytes(200_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["big.bin"]


@pytest.mark.parametrize("failure", [RuntimeError("bug"), KeyboardInterrupt(), FileNotFoundError("its own")])
def test_other_failures_pass_and_leave_nothing(tmp_path: Path, failure: BaseException) -> None:
    def write(temporary: Path) -> None:
        temporary.write_bytes(b"half")
        raise failure

    with pytest.raises(type(failure)):
        write_atomically(tmp_path / "a.bin", write)
    assert names_in(tmp_path) == []


def test_open_in_excel_goes_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sheet.xlsx"
    path.write_bytes(b"open")
    hold_open(monkeypatch, "sheet.xlsx")
    for number in (2, 3):
        written = write_bytes_atomically(path, b"new", beside=True)
        assert written.path.name == f"sheet ({number}).xlsx"
        assert written.note is not None
        assert written.path.name in written.note
        assert "open in another program" in written.note
    assert path.read_bytes() == b"open"
    assert names_in(tmp_path) == ["sheet (2).xlsx", "sheet (3).xlsx", "sheet.xlsx"]


def test_a_held_copy_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hold_open(monkeypatch, "sheet.xlsx", "sheet (2).xlsx")
    assert write_bytes_atomically(tmp_path / "sheet.xlsx", b"new", beside=True).path.name == "sheet (3).xlsx"
    assert names_in(tmp_path) == ["sheet (3).xlsx"]


def test_own_files_never_go_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hold_open(monkeypatch, "class.npz")
    with pytest.raises(DiskFullError, match="in use by another program"):
        write_bytes_atomically(tmp_path / "class.npz", b"new")
    assert names_in(tmp_path) == []


def test_a_folder_of_that_name_goes_beside_too(tmp_path: Path) -> None:
    (tmp_path / "sheet.xlsx" / "inside").mkdir(parents=True)
    assert write_bytes_atomically(tmp_path / "sheet.xlsx", b"new", beside=True).path.name == "sheet (2).xlsx"


def test_unwritable_folder_uses_the_fallback(tmp_path: Path) -> None:
    (tmp_path / "attendance").write_text("a file where the folder should be")
    path = tmp_path / "attendance" / "CS101" / "sheet.xlsx"
    written = write_bytes_atomically(path, b"new", fallback=tmp_path / "output")
    assert written.path == tmp_path / "output" / "sheet.xlsx"
    assert written.path.read_bytes() == b"new"
    assert written.note is not None
    assert str(path.parent) in written.note
    assert str(written.path) in written.note


def test_folder_that_refuses_new_files_uses_the_fallback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really_open = Path.open

    def refuse(self: Path, mode: str = "r", *rest: object) -> object:
        if self.parent == tmp_path / "locked" and "x" in mode:
            raise PermissionError(errno.EACCES, "Permission denied")
        return really_open(self, mode, *rest)

    monkeypatch.setattr(Path, "open", refuse)
    written = write_bytes_atomically(tmp_path / "locked" / "a.xlsx", b"new", fallback=tmp_path / "output")
    assert written.path == tmp_path / "output" / "a.xlsx"


def test_nothing_works(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("")
    path = tmp_path / "blocked" / "sheet.xlsx"
    with pytest.raises(DiskFullError, match="cannot write"):
        write_bytes_atomically(path, b"new")
    with pytest.raises(DiskFullError, match="neither"):
        write_bytes_atomically(path, b"new", fallback=tmp_path / "blocked" / "too")


def test_name_too_long_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DiskFullError, match="Choose another name"):
        write_bytes_atomically(tmp_path / ("x" * 300 + ".csv"), b"new")
    assert names_in(tmp_path) == []


def test_pending_file_without_commit_leaves_nothing(tmp_path: Path) -> None:
    with PendingFile(tmp_path / "a.mp4") as pending:
        pending.temporary.write_bytes(b"half")
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("text", ["CS101", "10-B", "Klasse 5a", "विज्ञान", "علوم", "数学", "Chess 🦄", "a.b"])
def test_harmless_names_stay(text: str) -> None:
    assert safe_name(text) == text


HOSTILE = ["", " ", ".", "..", "../../x", "a/b", "a\\b", "CON", "con.txt", "NUL", "COM1", "lpt9.xlsx", "COM²", "a:b"]
HOSTILE += ["x.", "x ", " x", ".hidden", "a\x00b", "a\nb", "\u202eexe", "x" * 300, "🦄" * 200, 'a*?"<>|', "\ud800"]


def check_name(name: str) -> None:
    assert 0 < len(name) <= 80
    assert len(name.encode()) <= 160
    assert not set(name) & set('<>:"/\\|?*')
    assert name not in {".", ".."}
    assert name == name.strip(" .")
    assert name.split(".")[0].strip().upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9", "COM²"}
    assert not any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in name)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_become_usable(tmp_path: Path, text: str) -> None:
    name = safe_name(text)
    check_name(name)
    assert name != text
    (tmp_path / f"{name}_2026-11-21_09-00 (2).xlsx").write_bytes(b"x")
    assert len(names_in(tmp_path)) == 1


def test_names_do_not_meet() -> None:
    texts = [*HOSTILE, "a_b", "a?b", "x" * 301, "unnamed", "_CON", "é", "e\u0301"]
    assert len({safe_name(text) for text in texts}) == len(texts)


@given(st.text(max_size=120))
def test_any_text(text: str) -> None:
    name = safe_name(text)
    check_name(name)
    assert safe_name(text) == name


def test_too_little_room_for_a_hash() -> None:
    with pytest.raises(ValueError, match="at least 20"):
        safe_name("x", max_len=10)
