"""Reading tables that people hand in: encodings, separators, numbers, dates, and files that are refused."""

import struct
import subprocess
import zipfile
from contextlib import suppress
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path
from shutil import which

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.tables_in import guarded, limits, read_table, unguarded

ROWS = [["Roll", "Name"], ["007", "Zoë Müller"], ["R2", "محمد; علي"], ["R3", 'O"Neil, Ann']]
WORKSHEET = "xl/worksheets/sheet1.xml"


def quoted(text: str, separator: str) -> str:
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if set(text) & {separator, '"', "\n"} else text


def csv_text(rows: list[list[str]], separator: str = ",", line: str = "\r\n") -> str:
    return "".join(separator.join(quoted(one, separator) for one in row) + line for row in rows)


def texts(path: Path, sheet: str | None = None) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in read_table(path, sheet).rows]


def book(path: Path, *rows: list[object], sheet: str = "People") -> Path:
    made = openpyxl.Workbook()
    page = made.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(row)
    made.save(path)
    return path


def rewritten(path: Path, name: str, content: bytes, target: Path) -> Path:
    """A copy of a workbook in which one part is different, or new."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return target


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be-bom"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line", ["\r\n", "\n", "\r"])
def test_csv_as_programs_write_it(tmp_path: Path, encoding: str, separator: str, line: str) -> None:
    path = tmp_path / "people.csv"
    text = csv_text(ROWS, separator, line)
    path.write_bytes(b"\xfe\xff" + text.encode("utf-16-be") if encoding.endswith("bom") else text.encode(encoding))
    table = read_table(path)
    assert texts(path) == ROWS
    assert table.is_csv
    assert table.notes == ()


def test_csv_of_old_windows_programs_comes_with_a_note(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes("Roll;Name\n1;Zoë – “Z”\n".encode("cp1252"))
    assert texts(path) == [["Roll", "Name"], ["1", "Zoë – “Z”"]]
    assert "Windows-1252" in read_table(path).notes[0]


def test_csv_rows_keep_the_numbers_that_excel_shows(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text('sep=;\n\nRoll;Name\n;;\n 1 ;"two\nlines"\n2;\'=1+1\n', encoding="utf-8")
    table = read_table(path)
    assert [(row.number, row.text(0), row.text(1), row.text(9)) for row in table.rows] == [
        (3, "Roll", "Name", ""),
        (5, " 1 ", "two\nlines", ""),
        (6, "2", "=1+1", ""),
    ]


def test_names_with_commas_do_not_make_the_comma_a_separator(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("School list, autumn\nRoll;Name\n1;Lovelace, Ada\n2;Hopper, Grace\n", encoding="utf-8")
    assert texts(path)[1:] == [["Roll", "Name"], ["1", "Lovelace, Ada"], ["2", "Hopper, Grace"]]


def test_excel_cells_come_as_they_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    made = xlsxwriter.Workbook(path)
    made.add_worksheet("Empty")
    page = made.add_worksheet("People")
    form = {
        "id": made.add_format({"num_format": "000"}),
        "letter": made.add_format({"num_format": '"R-"0000'}),
        "day": made.add_format({"num_format": "dd/mm/yyyy"}),
        "clock": made.add_format({"num_format": "hh:mm"}),
        "money": made.add_format({"num_format": "0.00"}),
    }
    page.write_number(2, 1, 7, form["id"])
    page.write_number(2, 2, 12, form["letter"])
    page.write_number(2, 3, 7.0)
    page.write_number(2, 4, 7.25, form["money"])
    page.write_datetime(2, 5, datetime(2026, 11, 21), form["day"])
    page.write_datetime(2, 6, datetime(2026, 11, 21, 9, 30), form["day"])
    page.write_datetime(2, 7, time(9, 30), form["clock"])
    page.write_boolean(2, 8, True)
    page.write_formula(2, 9, "=1/0", value="#DIV/0!")
    page.write_formula(2, 10, "=1+1", value=2)
    page.write_string(2, 11, "0042")
    made.close()
    table = read_table(path)
    assert (table.sheet, table.sheets, len(table.rows)) == ("People", ("Empty", "People"), 1)
    row = table.rows[0]
    assert row.number == 3
    assert [one.text for one in row.cells] == [
        "", "007", "R-0012", "7", "7.25", "2026-11-21", "2026-11-21 09:30", "09:30", "yes", "#DIV/0!", "2", "0042",
    ]  # fmt: skip
    assert [one.kind for one in row.cells] == [
        "empty", "number", "number", "number", "number", "date", "date", "time", "yes/no", "error", "number", "text",
    ]  # fmt: skip
    assert (row.cell(5).value, row.cell(6).value) == (date(2026, 11, 21), datetime(2026, 11, 21, 9, 30))


def test_a_sheet_is_found_by_name_and_hidden_ones_only_so(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    made = openpyxl.Workbook()
    first = made.active
    assert first is not None
    first.append(["secret"])
    first.title, first.sheet_state = "Lists", "hidden"
    made.create_sheet("Class 7").append(["seven"])
    made.create_sheet("Class 8").append(["eight"])
    made.save(path)
    assert texts(path) == [["seven"]]
    assert texts(path, "class 8") == [["eight"]]
    assert texts(path, "Lists") == [["secret"]]
    with pytest.raises(InputError, match=r"no sheet “x”\. Its sheets are Class 7, Class 8"):
        read_table(path, "x")


def test_a_wrong_size_in_the_file_hides_no_row(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ["Roll", "Name"], ["1", "Ada"])
    xml = zipfile.ZipFile(path).read(WORKSHEET).replace(b'ref="A1:B2"', b'ref="A1"')
    assert b'ref="A1"' in xml
    assert texts(rewritten(path, WORKSHEET, xml, tmp_path / "b.xlsx")) == [["Roll", "Name"], ["1", "Ada"]]


def test_libreoffice_files_are_read_alike(tmp_path: Path) -> None:
    office = which("soffice") or which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not on this computer")
    path = tmp_path / "people.xlsx"
    made = xlsxwriter.Workbook(path)
    page = made.add_worksheet("People")
    for number, (roll, name) in enumerate(ROWS):
        page.write_row(2 * number, 1, [roll, name + "  x"])
    page.write_number(9, 1, 7, made.add_format({"num_format": "000"}))
    page.write_number(9, 2, 7.5)
    page.write_datetime(9, 3, datetime(2026, 11, 21), made.add_format({"num_format": "d.m.yy"}))
    made.close()
    command = [office, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "ods"]
    subprocess.run([*command, "--outdir", str(tmp_path), str(path)], check=True, capture_output=True, timeout=300)
    ods, xlsx = read_table(path.with_suffix(".ods")), read_table(path)
    assert [(row.number, [(one.text, one.kind) for one in row.cells]) for row in ods.rows] == [
        (row.number, [(one.text, one.kind) for one in row.cells]) for row in xlsx.rows
    ]
    assert ods.rows[-1].text(1) == "007"


def refused(path: Path, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read_table(path)
    assert 20 < len(str(caught.value)) < 300


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "none.csv", "no file")
    refused(tmp_path, "is a folder")
    for name, data, words in [
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Excel format"),
        (
            "b.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            "password",
        ),
        ("c.csv", b"%PDF-1.7 and so on", "PDF"),
        ("d.xls", b"<html><table><tr><td>x", "web page"),
        ("e.csv", b"Roll\0Name\1\2\3", "neither text nor"),
        ("f.csv", b"\x81\x8d\xff\x00", "neither text nor"),
        ("g.csv", b'Roll,Name\n1,"Ada\n2,Bob\n', "row 2 on: a quotation mark"),
        ("h.xlsx", b"PK\x03\x04 not really", "damaged"),
    ]:
        path = tmp_path / name
        path.write_bytes(data)
        refused(path, words)


def test_other_documents_in_a_zip_are_refused(tmp_path: Path) -> None:
    for name, parts, words in [
        ("a.xlsx", {"word/document.xml": "x"}, "Word document"),
        ("b.xlsx", {"xl/workbook.bin": "x"}, "xlsb"),
        ("c.xlsx", {"readme.txt": "x"}, "an archive"),
        ("d.ods", {"mimetype": "application/vnd.oasis.opendocument.text"}, "a document"),
        ("e.ods", {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}, "damaged"),
    ]:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w") as packed:
            for part, text in parts.items():
                packed.writestr(part, text)
        refused(path, words)


def test_macros_are_refused_under_any_name(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ["Roll"])
    refused(rewritten(path, "xl/vbaProject.bin", b"x", tmp_path / "b.xlsx"), "macros")
    refused(path.rename(tmp_path / "c.xlsm"), "macros")


@pytest.mark.parametrize("name", ["xl/workbook.xml", WORKSHEET, "xl/styles.xml", "[Content_Types].xml"])
def test_damaged_workbooks_are_refused(tmp_path: Path, name: str) -> None:
    path = book(tmp_path / "a.xlsx", ["Roll", "Name"], ["1", "Ada"])
    content = zipfile.ZipFile(path).read(name)
    refused(rewritten(path, name, content[: len(content) // 2], tmp_path / "b.xlsx"), "damaged")
    whole = path.read_bytes()
    (tmp_path / "c.xlsx").write_bytes(whole[: len(whole) // 2])
    refused(tmp_path / "c.xlsx", "damaged")


def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = book(tmp_path / "a.xlsx", ["Roll"])
    refused(rewritten(path, WORKSHEET, b" " * 70_000_000, tmp_path / "size.xlsx"), "too large")
    entities = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
    refused(rewritten(path, WORKSHEET, entities, tmp_path / "entities.xlsx"), "damaged")
    rows = b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (n, n) for n in range(1, 500))
    xml = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData>'
    far = xml % b'<row r="2000000000"><c r="A2000000000"><v>1</v></c></row>'
    refused(rewritten(path, WORKSHEET, xml % rows + b"</worksheet>", tmp_path / "wide.xlsx"), "too large")
    refused(rewritten(path, WORKSHEET, far + b"</worksheet>", tmp_path / "far.xlsx"), "too large")
    monkeypatch.setattr(limits, "MOST_ROWS", 2)
    refused(book(tmp_path / "rows.xlsx", ["a"], ["b"], ["c"]), "too large")


def test_a_spreadsheet_that_repeats_one_cell_without_end_is_refused(tmp_path: Path) -> None:
    cell = '<table:table-cell office:value-type="string" table:number-columns-repeated="16384"><text:p>x</text:p>'
    names = "".join(
        f' xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"' for one in ("table", "office", "text")
    )
    path = tmp_path / "a.ods"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("META-INF/manifest.xml", "<x/>")
        row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-cell></table:table-row>'
        packed.writestr("content.xml", f'<x{names}><table:table table:name="A">{row}</table:table></x>')
    refused(path, "too large")


@settings(max_examples=300)
@given(st.binary(max_size=300), st.integers(0, 4000))
def test_whatever_is_in_a_file_gives_a_table_or_a_sentence(tmp_path: Path, junk: bytes, place: int) -> None:
    whole = BytesIO()
    book_data = tmp_path / "base.xlsx"
    if not book_data.exists():
        book(book_data, ["Roll", "Name"], ["1", "Ada"])
    whole.write(book_data.read_bytes())
    whole.seek(min(place, whole.getbuffer().nbytes - 1))
    whole.write(junk)
    for name, data in (("a.csv", junk), ("a.xlsx", whole.getvalue())):
        path = tmp_path / name
        path.write_bytes(data)
        with suppress(InputError):
            assert all(row.number > 0 and row.cells for row in read_table(path).rows)


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\nab 1")))
def test_the_guard_of_formulas_is_taken_off_again(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(tuple("=+-@\t\r\n"))


def test_a_wrong_length_in_the_archive_is_damage(tmp_path: Path) -> None:
    """A bomb that states a small size is cut off at that size and fails its checksum."""
    path = book(tmp_path / "a.xlsx", *([["x" * 50]] * 200))
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as packed:
        info = packed.getinfo(WORKSHEET)
    found = data.index(WORKSHEET.encode(), data.index(b"PK\x01\x02"))
    assert struct.unpack("<L", data[found - 22 : found - 18])[0] == info.file_size
    data[found - 22 : found - 18] = struct.pack("<L", 100)
    path.write_bytes(data)
    refused(path, "damaged")


def test_a_name_too_long_for_the_disk_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no file|cannot be read"):
        read_table(tmp_path / f"{'x' * 300}.csv")
