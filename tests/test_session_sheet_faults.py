"""The dated sheet when its file or folder cannot be written as it should."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import openpyxl
import pytest

from core.errors import DiskFullError
from core.reports.session_sheet import write_session_sheet
from tests.test_session_sheet import PROJECT, a_sheet


def test_open_in_excel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really_replace = os.replace

    def replace_unless_held(source: Path, target: Path) -> None:
        if Path(target).name == "sheet.xlsx":
            # What Windows says while Excel has the file open; no other system can show it.
            raise PermissionError(13, "The process cannot access the file")
        really_replace(source, target)

    monkeypatch.setattr(os, "replace", replace_unless_held)
    results = [write_session_sheet(tmp_path / "sheet.xlsx", a_sheet()) for _ in range(2)]
    assert [result.path.name for result in results] == ["sheet (2).xlsx", "sheet (3).xlsx"]
    assert all(result.note and result.path.name in result.note for result in results)
    assert openpyxl.load_workbook(results[1].path)["Attendance"]["A10"].value == "007"


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    # A file in place of the folder stops root as well, whom a read-only folder would not.
    (tmp_path / "attendance").write_text("")
    path = tmp_path / "attendance" / "CS101" / "sheet.xlsx"
    result = write_session_sheet(path, a_sheet(), fallback=tmp_path / "output")
    assert result.path == tmp_path / "output" / "sheet.xlsx"
    assert result.note is not None
    with pytest.raises(DiskFullError):
        write_session_sheet(path, a_sheet())


@pytest.mark.skipif(os.name != "posix", reason="limits of file sizes are a thing of POSIX")
def test_full_disk_keeps_the_old_sheet(tmp_path: Path) -> None:
    """A real limit of the system, in a child process since it stays for good."""
    path = write_session_sheet(tmp_path / "sheet.xlsx", a_sheet()).path
    before = path.read_bytes()
    script = """
        import resource, sys
        from pathlib import Path
        from core.errors import DiskFullError
        from core.reports.session_sheet import write_session_sheet
        from tests.test_session_sheet import a_sheet
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        try:
            write_session_sheet(Path(sys.argv[1]), a_sheet())
        except DiskFullError as error:
            print(error)
    """
    child = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(path)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert "no room left" in child.stdout
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["sheet.xlsx"]
