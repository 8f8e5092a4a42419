"""A real LibreOffice that edits, recalculates and saves workbooks, as somebody in the school's office would."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

XLSX, ODS = "Calc MS Excel 2007 XML", "calc8"
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE {0} PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "{1}">'
)
_MODULE = (
    _HEAD.format("script:module", "module.dtd")
    + '<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1"'
    ' script:language="StarBasic">{}</script:module>'
)
_BEFORE = tempfile.gettempdir()
_profile: list[tempfile.TemporaryDirectory] = []


def _soffice() -> str:
    found = shutil.which("soffice")
    if found is None:
        pytest.skip("LibreOffice is not on this computer")
    return found


def _run(*arguments: str) -> None:
    program = _soffice()
    if not _profile:
        _profile.append(tempfile.TemporaryDirectory(prefix="rollcall-office-", dir=_BEFORE, ignore_cleanup_errors=True))
    profile = Path(_profile[0].name).as_uri()
    command = [program, f"-env:UserInstallation={profile}", "--headless", "--norestore", *arguments]
    subprocess.run(command, capture_output=True, timeout=300, check=True, env={**os.environ, "LC_ALL": "C.UTF-8"})


def convert(path: Path, ending: str, folder: Path) -> Path:
    """The file as LibreOffice saves it in another format."""
    folder.mkdir(exist_ok=True)
    _run("--convert-to", ending, "--outdir", str(folder), str(path))
    made = folder / f"{path.stem}.{ending}"
    assert made.stat().st_size > 1000
    return made


def edit(
    path: Path, target: Path, cells: Mapping[str, Mapping[str, str]], *, more: Sequence[str] = (), kind: str = XLSX
) -> Path:
    """Open a workbook, type texts into cells (by page and cell), run further Basic, recalculate all and save it.

    more: lines that know the document as ``doc``.
    """
    module = _module_file()
    lines = [
        f"doc.Sheets.getByName({_quoted(page)}).getCellRangeByName({_quoted(cell)}).String = {_quoted(text)}"
        for page, texts in cells.items()
        for cell, text in texts.items()
    ]
    program = [
        "Sub Main",
        "Dim opening(0) As New com.sun.star.beans.PropertyValue",
        "Dim saving(0) As New com.sun.star.beans.PropertyValue",
        'opening(0).Name = "Hidden" : opening(0).Value = True',
        f'saving(0).Name = "FilterName" : saving(0).Value = {_quoted(kind)}',
        f'doc = StarDesktop.loadComponentFromURL({_quoted(path.as_uri())}, "_blank", 0, opening())',
        *lines,
        *more,
        "doc.calculateAll()",
        f"doc.storeToURL({_quoted(target.as_uri())}, saving())",
        "doc.close(True)",
        "End Sub",
    ]
    module.write_text(_MODULE.format(escape("\n".join(program))), encoding="utf-8")
    _run("macro:///Standard.Module1.Main")
    assert target.exists(), "LibreOffice did not save the workbook"
    return target


def _module_file() -> Path:
    """The module that LibreOffice makes for a new profile; one of our own would not be known to it."""
    if not _profile:
        _run("--terminate_after_init")
    module = Path(_profile[0].name) / "user/basic/Standard/Module1.xba"
    if not module.exists():
        _make_library(module.parent)
    return module


def _make_library(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    library = _HEAD.format("library:library", "library.dtd") + (
        '<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard"'
        ' library:readonly="false" library:passwordprotected="false"><library:element library:name="Module1"/>'
        "</library:library>"
    )
    libraries = _HEAD.format("library:libraries", "libraries.dtd") + (
        '<library:libraries xmlns:library="http://openoffice.org/2000/library"'
        ' xmlns:xlink="http://www.w3.org/1999/xlink"><library:library library:name="Standard" library:link="false"/>'
        "</library:libraries>"
    )
    (folder / "script.xlb").write_text(library, encoding="utf-8")
    (folder.parent / "script.xlc").write_text(libraries, encoding="utf-8")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
