"""A file in, a table out: which kind of file it is, and which kinds are refused."""

import errno
import zipfile
from pathlib import Path

from core.errors import InputError
from core.tables_in import csv_in, ods_in, xlsx_in
from core.tables_in.limits import MOST_FILE_BYTES, MOST_PART_BYTES, MOST_UNPACKED_BYTES
from core.tables_in.records import Table
from core.tables_in.refusals import SAVE_AS, damaged, foreign, protected, too_large

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"{\\rtf": "a text document",
    b"Rar!": "an archive",
    b"7z\xbc\xaf": "an archive",
    b"\x1f\x8b": "an archive",
}
_MARKUP = (b"<html", b"<!doctype html", b"<?xml", b"<table", b"<style", b"<meta")
_PICTURES = ("xl/media/", "pictures/", "thumbnails/")
_OFFICE = {
    "word/document.xml": "a Word document",
    "ppt/presentation.xml": "a presentation",
    "xl/workbook.bin": "a binary Excel workbook (.xlsb)",
}


def read_table(path: Path, sheet: str | None = None) -> Table:
    """Read a CSV, Excel (.xlsx) or OpenDocument (.ods) file; what is inside decides, not the file's name.

    sheet: the name of a sheet, upper or lower case; without it the first visible one that is not empty.  CSV: UTF-8
    with or without mark, UTF-16, else Windows-1252 (a note says so); comma, semicolon or tab; the guard of
    :func:`core.tables_in.guarded` is taken off.  The values of formulas are those that the last program saved.

    Raises InputError with a sentence when there is no such file or sheet, or it is damaged, protected by a password,
    of another kind, has macros, or is far too large.
    """
    head = _head(path)
    if head.startswith(b"PK"):
        return _read_packed(path, sheet)
    if head.startswith(_OLD_OFFICE):
        raise _old_office(path)
    for start, what in _FOREIGN.items():
        if head.startswith(start):
            raise foreign(path, what)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:14].lower().startswith((b"<html", b"<!doctype html", b"<?xml", b"<tab")):
        raise foreign(path, "a web page or XML file")
    if sheet is not None:
        raise InputError(f"{path.name} is a text file, which has no sheets. Leave the name of the sheet out.")
    return csv_in.read(path)


def _head(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_FILE_BYTES:
            raise too_large(path)
        with path.open("rb") as file:
            return file.read(512)
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}. Check its name and folder.") from error
    except IsADirectoryError as error:
        raise InputError(f"{path} is a folder. Give a CSV or Excel file.") from error
    except OSError as error:
        # Windows says "permission denied" for a folder; a name too long for the disk is none.
        if error.errno != errno.ENAMETOOLONG and path.is_dir():
            raise InputError(f"{path} is a folder. Give a CSV or Excel file.") from error
        raise InputError(
            f"{path} cannot be read ({error.strerror}). Close it in other programs and try again."
        ) from error


def _read_packed(path: Path, sheet: str | None) -> Table:
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
            kind = packed.read("mimetype")[:200] if "mimetype" in packed.namelist() else b""
    except (zipfile.BadZipFile, RuntimeError, OSError, EOFError, ValueError, NotImplementedError) as error:
        raise damaged(path) from error
    names = {part.filename for part in parts}
    is_calc = kind.strip() == b"application/vnd.oasis.opendocument.spreadsheet"
    if not is_calc and "xl/workbook.xml" not in names:
        what = next((words for part, words in _OFFICE.items() if part in names), "an archive")
        raise foreign(path, "a document" if kind.startswith(b"application/vnd.oasis") else what)
    _check_parts(path, parts)
    return (ods_in if is_calc else xlsx_in).read(path, sheet)


def _check_parts(path: Path, parts: list[zipfile.ZipInfo]) -> None:
    if any(part.flag_bits & 1 for part in parts):
        raise protected(path)
    names = [part.filename.casefold() for part in parts]
    macros = path.suffix.casefold() in {".xlsm", ".xltm"} or any(
        "vbaproject" in name or name.startswith(("basic/", "scripts/", "xl/macrosheets/")) for name in names
    )
    if macros:
        raise InputError(f"{path.name} contains macros, which are not opened here. {SAVE_AS}")
    read = (part for part in parts if not part.filename.casefold().startswith(_PICTURES))
    if sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES or any(
        part.file_size > MOST_PART_BYTES for part in read
    ):
        raise too_large(path)


def _old_office(path: Path) -> InputError:
    with path.open("rb") as file:
        # A workbook with a password is wrapped in the old format, beside a stream of this name.
        locked = "EncryptedPackage".encode("utf-16-le") in file.read(MOST_FILE_BYTES)
    return protected(path) if locked else foreign(path, "in the old Excel format (.xls) or another old format")
