"""The dated sheet, read back cell by cell."""

import zipfile
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from PIL import Image as Pictures

from core.records import MarkRow, SightingRow
from core.reports.session_sheet import Origin, SessionSheet, write_session_sheet
from core.reports.status_cells import shown_statuses
from core.store.statuses import Status

PROJECT = Path(__file__).resolve().parent.parent
KOLKATA = ZoneInfo("Asia/Kolkata")
BEGIN = datetime(2026, 11, 21, 3, 30, tzinfo=UTC)
FIRST_ROW = 10
STATUSES = (
    Status("P", "P", "Present", "present", 1.0, "#DDF1E1", "#17602B"),
    Status("L", "L", "Late", "late", 1.0, "#FFF0CC", "#7A4B00"),
    Status("E", "E", "Excused", "excused", None, "#DEEAF7", "#1C4D82"),
    Status("A", "A", "Absent", "absent", 0.0, "#F9DDDC", "#93211C"),
)
ORIGIN = Origin(1, "0123456789abcdef", "2026-11-01T00:00:00+00:00", 7, BEGIN)


def picture(size: tuple[int, int] = (160, 160), kind: str = "PNG", **options: Any) -> bytes:
    data = BytesIO()
    Pictures.new("RGB", size, (90, 140, 200)).save(data, kind, **options)
    return data.getvalue()


def seen(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def mark(roll: str, name: str, status: str = "P") -> MarkRow:
    if status == "A":
        return MarkRow(roll, name, "A", "", None, None, None)
    return MarkRow(roll, name, status, "camera", 0.875, seen(2.5), seen(1801))


def sighting(kind: str, thumbnail: bytes, **more: Any) -> SightingRow:
    fields: dict[str, Any] = {
        "reason": "seen_only_once",
        "student_roll": None,
        "student_name": None,
        "confidence": 0.4,
        "first_seen": seen(10),
        "last_seen": seen(20),
    }
    return SightingRow(kind=kind, thumbnail=thumbnail, **{**fields, **more})


def a_sheet(**changes: Any) -> SessionSheet:
    sheet = SessionSheet(
        school="Lakeside School",
        class_code="CS101",
        class_name="Introduction to Computing",
        teacher="Ms. Rao",
        starts_at=BEGIN,
        zone=KOLKATA,
        source="lesson.mp4",
        model="FaceNet 20180408-102900",
        session_id=12,
        rows=(mark("007", "Ada"), mark("R-2", "عائشة محمد"), mark("3", "Ben", "A")),
        sightings=(),
        unknown_faces=0,
        statuses=STATUSES,
        origin=ORIGIN,
        ends_at=BEGIN + timedelta(minutes=90),
    )
    return replace(sheet, **changes)


def written(tmp_path: Path, **changes: Any) -> openpyxl.Workbook:
    return openpyxl.load_workbook(write_session_sheet(tmp_path / "sheet.xlsx", a_sheet(**changes)).path)


def table(page: Any, first: int, columns: int) -> list[list[Any]]:
    rows = page.iter_rows(min_row=first, max_col=columns, values_only=True)
    return [list(row) for row in rows if any(value is not None for value in row)]


def all_texts(page: Any) -> set[str]:
    return {cell.value for row in page.iter_rows() for cell in row if isinstance(cell.value, str)}


def test_every_cell_of_the_register(tmp_path: Path) -> None:
    page = written(tmp_path)["Attendance"]
    assert [cell.value for cell in page[9]] == [
        "Roll",
        "Name",
        "Status",
        "Late (min)",
        "Reason",
        "First seen",
        "Last seen",
        "Confidence",
        "Source",
    ]
    first, last = datetime(2026, 11, 21, 9, 0, 2), datetime(2026, 11, 21, 9, 30, 1)
    assert table(page, FIRST_ROW, 9)[:3] == [
        ["007", "Ada", "P", None, None, first, last, 0.875, "Face"],
        ["R-2", "عائشة محمد", "P", None, None, first, last, 0.875, "Face"],
        ["3", "Ben", "A", None, None, None, None, None, None],
    ]
    assert page.cell(FIRST_ROW, 1).data_type == "s", "a roll number of digits stays text"
    assert page.cell(FIRST_ROW, 8).number_format == "0.00"
    assert page.cell(FIRST_ROW, 6).number_format == "hh:mm:ss"
    assert page.cell(FIRST_ROW, 6).is_date


def test_the_header_block(tmp_path: Path) -> None:
    page = written(tmp_path, unknown_faces=3, sightings=[sighting("review", picture())])["Attendance"]
    assert page["A1"].value == "Introduction to Computing"
    assert page["A2"].value == "Lakeside School · CS101 · Saturday, 21 November 2026, 09:00–10:30 · open"
    facts = [(page.cell(row, 1).value, page.cell(row, 2).value) for row in range(4, 8)]
    assert facts == [
        ("Teacher", "Ms. Rao"),
        ("Source", "lesson.mp4"),
        ("Model", "FaceNet 20180408-102900"),
        ("Not named", "3 unknown, 1 to review (on the next sheets)"),
    ]
    assert any("Asia/Kolkata" in text for text in all_texts(page))


def test_without_school_and_teacher(tmp_path: Path) -> None:
    page = written(tmp_path, school="", teacher=None)["Attendance"]
    assert page["A2"].value.startswith("CS101 · ")
    assert page["B4"].value == "–"
    assert page["B7"].value == "Nobody"


def test_counts_are_formulas_with_their_values(tmp_path: Path) -> None:
    path = write_session_sheet(tmp_path / "sheet.xlsx", a_sheet()).path
    page = openpyxl.load_workbook(path)["Attendance"]
    known = openpyxl.load_workbook(path, data_only=True)["Attendance"]
    counts = [(page.cell(row, 6).value, page.cell(row, 8).value, known.cell(row, 8).value) for row in range(4, 8)]
    assert counts == [
        ("P  Present", '=COUNTIF($C$10:$C$12,"P")', 2),
        ("L  Late", '=COUNTIF($C$10:$C$12,"L")', 0),
        ("E  Excused", '=COUNTIF($C$10:$C$12,"E")', 0),
        ("A  Absent", '=COUNTIF($C$10:$C$12,"A")', 1),
    ]


HOSTILE = ["=1+1", "@SUM(A1)", "+1", "-1", '=HYPERLINK("http://x","y")', "{=1}", "http://x.y", "mailto:a@b.c", "CON"]
HOSTILE += ["../../x", "a/b", "1e5", "TRUE", "#N/A", "'quoted", "_x0041_", "<b>&amp;", "é🦄", "x" * 300]


def test_nothing_becomes_a_formula_or_a_link(tmp_path: Path) -> None:
    rows = [MarkRow(text, text, "P", text, 0.5, None, None) for text in HOSTILE]
    sightings = [
        sighting(kind, b"", reason=text, student_roll=text, student_name=text)
        for text in HOSTILE
        for kind in ("unknown", "review")
    ]
    text = "=1+1"
    book = written(
        tmp_path,
        school=text,
        class_code="=1&2",
        class_name=text,
        teacher=text,
        source=text,
        model=text,
        rows=rows,
        sightings=sightings,
        unknown_faces=19,
    )
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    formulas = [cell for cell in cells if cell.data_type == "f"]
    assert [cell.coordinate for cell in formulas] == ["H4", "H5", "H6", "H7"]
    assert all(cell.value.startswith("=COUNTIF(") for cell in formulas)
    assert not any(cell.hyperlink for cell in cells)
    page = book["Attendance"]
    for number, expected in enumerate(HOSTILE):
        assert [page.cell(FIRST_ROW + number, column).value for column in (1, 2)] == [expected, expected]
        assert page.cell(FIRST_ROW + number, 2).data_type == "s"
    review = book["To review"]
    assert [review.cell(5 + number, 3).value for number in range(len(HOSTILE))] == HOSTILE


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a\x00b\x07c\x1bd", "a b c d"),
        ("two\nlines\ttab", "two lines tab"),
        ("\u202egnp.exe", "gnp.exe"),
        ("lone \ud800 half", "lone  half"),
        ("\ufffe\uffff ok", "ok"),
        ("z" * 40000, "z" * 32767),
        ("🦄" * 20000, "🦄" * 16383),
        ("نام\u200cه", "نام\u200cه"),
    ],
)
def test_names_excel_cannot_hold_are_mended(tmp_path: Path, name: str, expected: str) -> None:
    page = written(tmp_path, rows=[mark("1", name)])["Attendance"]
    assert page.cell(FIRST_ROW, 2).value == expected
    assert page.row_dimensions[FIRST_ROW].height <= 409


def test_long_names_get_a_taller_row(tmp_path: Path) -> None:
    page = written(tmp_path, rows=[mark("1", "Ada"), mark("2", "x" * 300)])["Attendance"]
    heights = [page.row_dimensions[row].height for row in (10, 11)]
    assert heights[1] > 4 * heights[0]
    assert page.cell(11, 2).alignment.wrap_text


def test_statuses_of_the_schools_own(tmp_path: Path) -> None:
    trip = Status("TRIP", "<*", 'Out "there"', "excused", 0.5, "#112233", "#FFFFFF")
    statuses = shown_statuses({one.code: one for one in (*STATUSES, trip)}, ["ODD"])
    rows = [mark("1", "Ada", "TRIP"), mark("2", "Ben", "ODD"), mark("3", "Cem", "")]
    path = write_session_sheet(tmp_path / "sheet.xlsx", a_sheet(rows=rows, statuses=statuses)).path
    page = openpyxl.load_workbook(path)["Attendance"]
    assert [cell.value for cell in page[11]][:3] == ["Roll", "Name", "Status"]
    assert [page.cell(row, 3).value for row in (12, 13, 14)] == ["<*", "ODD", None]
    assert page["F8"].value == '<*  Out "there"'
    assert page["H8"].value == '=COUNTIF($C$12:$C$14,"=<~*")'
    assert page["F9"].value == "ODD  ODD", "a mark whose status is gone is still counted and told"
    counted = openpyxl.load_workbook(path, data_only=True)["Attendance"]
    assert [counted.cell(row, 8).value for row in range(4, 10)] == [0, 0, 0, 0, 1, 1]


def test_late_with_minutes_and_excused_with_reason(tmp_path: Path) -> None:
    rows = [
        MarkRow("1", "Ada", "L", "manual", None, None, None, minutes_late=12),
        MarkRow("2", "Ben", "E", "auto", None, None, None, reason="=cmd()"),
    ]
    page = written(tmp_path, rows=rows, title="Lab", group="Group A", state="closed")["Attendance"]
    assert [page.cell(10, column).value for column in (3, 4, 5)] == ["L", 12, None]
    assert [page.cell(11, column).value for column in (3, 4, 5, 9)] == ["E", None, "=cmd()", "At closing"]
    assert page.cell(11, 5).data_type == "s"
    assert page["A2"].value.endswith("09:00–10:30 · Lab · Group A · closed")


def test_sources_as_words(tmp_path: Path) -> None:
    given = ["face", "camera", "manual", "qr", "self_check", "Paper list"]
    rows = [MarkRow(str(number), "x", "P", source, None, None, None) for number, source in enumerate(given)]
    page = written(tmp_path, rows=rows)["Attendance"]
    words = [page.cell(FIRST_ROW + number, 9).value for number in range(len(given))]
    assert words == ["Face", "Face", "By hand", "QR code", "Self check", "Paper list"]


@pytest.mark.parametrize("confidence", [float("nan"), float("inf")])
def test_no_confidence_that_is_no_number(tmp_path: Path, confidence: float) -> None:
    row = MarkRow("1", "Ada", "P", "face", confidence, None, None)
    assert written(tmp_path, rows=[row])["Attendance"]["H10"].value is None


def test_empty_register(tmp_path: Path) -> None:
    book = written(tmp_path, rows=())
    page = book["Attendance"]
    assert page["A10"].value == "Nobody is on the roster of this class."
    assert page.auto_filter.ref is None
    assert page["H4"].value == '=COUNTIF($C$10:$C$10,"P")'
    assert book["Unknown faces"]["A2"].value == "No unknown face was seen in this session."
    assert book["To review"]["A2"].value == "There is nothing to review in this session."
    for name in ("Unknown faces", "To review"):
        # Wide enough that a print does not end within the sentence.
        assert sum(one.width for one in book[name].column_dimensions.values()) > 70


def test_five_hundred_rows(tmp_path: Path) -> None:
    rows = [mark(f"{number:04}", f"Student {number}", "PA"[number % 2]) for number in range(500)]
    path = write_session_sheet(tmp_path / "sheet.xlsx", a_sheet(rows=rows)).path
    page = openpyxl.load_workbook(path, data_only=True)["Attendance"]
    assert page["A509"].value == "0499"
    assert (page["H4"].value, page["H7"].value) == (250, 250)
    assert page.auto_filter.ref == "A9:I509"


def test_how_it_behaves_on_screen_and_paper(tmp_path: Path) -> None:
    page = written(tmp_path)["Attendance"]
    assert page.freeze_panes == "A10"
    assert page.auto_filter.ref == "A9:I12"
    assert page.print_title_rows == "$9:$9"
    assert (page.page_setup.paperSize, page.page_setup.orientation) == (9, "portrait")
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert (page.page_setup.fitToWidth or 1, page.page_setup.fitToHeight) == (1, 0)
    assert page.oddFooter.left.text == "CS101 · session 12"
    assert page.oddFooter.right.text == "Page &P of &N"
    (rule,) = page.data_validations.dataValidation
    assert (rule.type, rule.formula1, str(rule.sqref)) == ("list", "Rollcall!$A$1:$A$4", "C10:C12")
    coloured = {rule.formula[0] for rules in page.conditional_formatting for rule in rules.rules}
    assert coloured == {'"P"', '"L"', '"E"', '"A"'}


def test_the_footer_shows_the_head_of_the_audit(tmp_path: Path) -> None:
    path = write_session_sheet(tmp_path / "sheet.xlsx", a_sheet(audit_head="1523-9f3a77c10b2d4e55")).path
    page = openpyxl.load_workbook(path)["Attendance"]
    assert page.oddFooter.left.text == "CS101 · session 12\nAudit 1523-9f3a77c10b2d4e55"
    assert page.oddFooter.right.text == "Page &P of &N"


def test_footer_of_a_code_with_an_ampersand(tmp_path: Path) -> None:
    sheet = a_sheet(class_code="1&P" + "x" * 300, audit_head="1523-9f3a77c10b2d4e55")
    path = write_session_sheet(tmp_path / "sheet.xlsx", sheet).path
    with zipfile.ZipFile(path) as package:
        root = ElementTree.fromstring(package.read("xl/worksheets/sheet1.xml"))
    footer = next(element.text or "" for element in root.iter() if element.tag.endswith("oddFooter"))
    assert footer.startswith("&L&9 1&&Pxxx")
    assert len(footer) <= 255


def test_unknown_faces_with_their_pictures(tmp_path: Path) -> None:
    sightings = [
        sighting("unknown", picture()),
        sighting("unknown", picture((40, 20)), reason="Looks like nobody on the roster"),
        sighting("unknown", b"", first_seen=None, last_seen=None),
        sighting("unknown", b"\x89PNG\r\n\x1a\nbroken"),
        sighting("present", picture((7, 7))),
    ]
    page = written(tmp_path, sightings=sightings, unknown_faces=5)["Unknown faces"]
    assert page["A2"].value.startswith("5 unknown people were seen")
    assert [cell.value for cell in page[4]] == ["Face", "First seen", "Last seen", "Why"]
    times = [time(9, 0, 10), time(9, 0, 20)]
    rows = [[page.cell(row, column).value for column in (1, 2, 3, 4)] for row in range(5, 9)]
    assert [[value.time() for value in row[1:3]] for row in (rows[0], rows[1], rows[3])] == [times] * 3
    assert rows[2] == ["no picture", None, None, "Seen only once"]
    assert [row[0] for row in rows] == [None, None, "no picture", "no picture"]
    assert rows[1][3] == "Looks like nobody on the roster"
    assert page.cell(9, 4).value is None, "people who were recognised are not listed here"
    places = [(image.anchor._from.row, image.anchor._from.col) for image in page._images]
    assert places == [(4, 0), (5, 0)]
    assert page.row_dimensions[5].height == 66


@pytest.mark.parametrize("options", [{"dpi": (300, 300)}, {"dpi": (10, 10)}, {}])
@pytest.mark.parametrize("size", [(160, 160), (40, 20), (900, 1600), (1, 1)])
def test_pictures_fit_into_their_cell(tmp_path: Path, size: tuple[int, int], options: dict[str, Any]) -> None:
    sightings = [sighting("unknown", picture(size, **options))]
    path = write_session_sheet(tmp_path / "sheet.xlsx", a_sheet(sightings=sightings, unknown_faces=1)).path
    with zipfile.ZipFile(path) as package:
        root = ElementTree.fromstring(package.read("xl/drawings/drawing1.xml"))
    (extent,) = [element for element in root.iter() if element.tag.endswith("}ext") and "cx" in element.attrib]
    shown = [int(extent.attrib[side]) / 9525 for side in ("cx", "cy")]
    assert max(shown) == pytest.approx(80, abs=1)
    assert shown[0] / shown[1] == pytest.approx(size[0] / size[1], rel=0.05)


def test_one_unknown_person(tmp_path: Path) -> None:
    page = written(tmp_path, sightings=[sighting("unknown", picture())], unknown_faces=1)["Unknown faces"]
    assert page["A2"].value.startswith("1 unknown person was seen")
    assert "is kept" not in page["A2"].value
    page = written(tmp_path, sightings=[sighting("unknown", b"")], unknown_faces=1)["Unknown faces"]
    assert "No picture of unknown faces is kept" in page["A2"].value


def test_faces_to_review(tmp_path: Path) -> None:
    sightings = [sighting("review", picture(), student_roll="007", student_name="Ada"), sighting("unknown", b"")]
    page = written(tmp_path, sightings=sightings, unknown_faces=1)["To review"]
    assert [cell.value for cell in page[4]] == [
        "Face",
        "Roll",
        "Could be",
        "Confidence",
        "Why",
        "First seen",
        "Last seen",
    ]
    begin = datetime(2026, 11, 21, 9, 0, 10)
    row = [page.cell(5, column).value for column in range(1, 8)]
    assert row == [None, "007", "Ada", 0.4, "Seen only once", begin, begin + timedelta(seconds=10)]
    assert len(page._images) == 1
    assert page.max_row == 5


@pytest.mark.parametrize(
    ("zone", "expected", "named"),
    [
        (ZoneInfo("America/Lima"), "Friday, 20 November 2026, 22:30–00:00", "America/Lima"),
        (timezone(timedelta(hours=5, minutes=45), "NPT"), "Saturday, 21 November 2026, 09:15–10:45", "NPT"),
    ],
)
def test_times_are_those_of_the_school(tmp_path: Path, zone: Any, expected: str, named: str) -> None:
    page = written(tmp_path, zone=zone)["Attendance"]
    assert page["A2"].value.endswith(f"{expected} · open")
    assert any(f"those of {named}." in text for text in all_texts(page))
    assert page["F10"].value == seen(2).astimezone(zone).replace(tzinfo=None)


def test_the_same_sheet_gives_the_same_bytes(tmp_path: Path) -> None:
    sheet = a_sheet(sightings=[sighting("unknown", picture())], unknown_faces=1)
    files = [write_session_sheet(tmp_path / name, sheet).path for name in ("a.xlsx", "b.xlsx")]
    assert files[0].read_bytes() == files[1].read_bytes()
    properties = openpyxl.load_workbook(files[0]).properties
    assert properties.created == BEGIN.replace(tzinfo=None)
    assert properties.title == "Attendance CS101 2026-11-21 09:00"
