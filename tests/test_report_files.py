"""Reports as files that spreadsheets and readers of PDF open, and the report command."""

import csv
import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from odf import opendocument
from odf.table import DatabaseRange, TableCell
from PIL import Image as Pictures

from core import clock
from core.errors import InputError
from core.paths import Home
from core.reports.cells import as_json, cell_text
from core.reports.charts.data import Distribution, HeatCell, HeatMap, Trend, TrendPoint
from core.reports.charts.drawing import as_png, draw
from core.reports.charts.style import drawable
from core.reports.output import Paper, endings, file_name, write_report
from core.reports.registry import run_report
from core.reports.report_workbook import page_titles
from core.reports.result import Column, ReportResult, Table, columns
from core.settings import Settings
from core.store.database import Store, open_store
from core.store.statuses import Status
from tests.cli_support import Cli
from tests.report_support import NAMES, NOW, fill

SETTINGS = Settings(time_zone="UTC")
PAPER = Paper("Old School & Sons", datetime(2026, 11, 20, 12, 0))
NINE = datetime(2026, 11, 20, 9, 5)
ABSENT = Status("A", "A", "Absent", "absent", 0.0, "#F9DDDC", "#93211C")
KINDS = ReportResult(
    "kinds",
    "All kinds: =1+1, $x$ and 太郎",
    ("One finding.", "=HYPERLINK(1)"),
    (
        Table(
            "Rows [of] all/kinds: a long title for a page",
            columns(
                "Name", ("Number", "number"), ("Share", "percent"), ("Day", "date"), ("Time", "time"),
                ("Moment", "moment"), ("Minutes", "minutes"), ("Status", "status"),
            ),
            (
                ("=cmd|'/c calc'!A1", 1234, 93.75, NINE.date(), NINE.time(), NINE, 12, ABSENT),
                (None, None, None, None, None, None, None, None),
            ),
        ),
        Table("Empty", columns("Name"), ()),
    ),
)  # fmt: skip


@pytest.fixture
def school(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setenv("ROLLCALL_TIME_ZONE", "UTC")
    with open_store(home) as store:
        fill(store)
        yield store


def written(result: ReportResult, folder: Path, ending: str) -> Path:
    return write_report(folder / f"report.{ending}", result, PAPER).path


def test_a_workbook_holds_values_and_no_formula(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written(KINDS, tmp_path, "xlsx"))
    assert book.sheetnames == ["Rows _of_ all_kinds_ a long tit", "Empty"]
    page = book.worksheets[0]
    assert page["A1"].value == KINDS.title
    assert page["A3"].value == "=HYPERLINK(1)"
    assert page["A3"].data_type == "s"
    head = next(row for row in page.iter_rows() if row[0].value == "Name")
    first = [page.cell(head[0].row + 1, number + 1) for number in range(8)]
    assert [one.value for one in first] == [
        "=cmd|'/c calc'!A1", 1234, 0.9375, datetime(2026, 11, 20), NINE.time(), NINE, 12, "A Absent",
    ]  # fmt: skip
    assert [one.number_format for one in first][1:4] == ["#,##0", "0.0 %", "yyyy-mm-dd"]
    assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "n", "d"}
    assert page.freeze_panes == f"A{head[0].row + 1}"
    assert page.auto_filter.ref == f"A{head[0].row}:H{head[0].row + 2}"
    assert page.page_setup.paperSize == 9
    assert first[7].fill.fgColor.rgb == "FFF9DDDC"


def test_the_same_report_gives_the_same_workbook(tmp_path: Path) -> None:
    first = written(KINDS, tmp_path / "a", "xlsx").read_bytes()
    assert written(KINDS, tmp_path / "b", "xlsx").read_bytes() == first


def test_pages_have_names_of_their_own() -> None:
    titles = ("Days", "DAYS", "x" * 40, "x" * 40, "''", "a/b", "Charts")
    assert page_titles(ReportResult("x", "X", (), tuple(Table(one, (), ()) for one in titles))) == [
        *("Days", "DAYS (2)", "x" * 31, "x" * 27 + " (2)", "Table", "a_b", "Charts", "Charts (2)"),
    ]


def test_an_open_document_holds_values(tmp_path: Path) -> None:
    book = opendocument.load(str(written(KINDS, tmp_path, "ods")))
    cells = book.spreadsheet.getElementsByType(TableCell)
    values = [
        (one.getAttribute("valuetype"), one.getAttribute("value") or one.getAttribute("datevalue")) for one in cells
    ]
    assert ("percentage", "0.9375") in values
    assert ("float", "1234") in values
    assert ("date", "2026-11-20") in values
    assert not any(one.getAttribute("formula") for one in cells)
    assert len(book.spreadsheet.getElementsByType(DatabaseRange)) == 2


def test_a_csv_opens_in_a_spreadsheet_without_a_formula(tmp_path: Path) -> None:
    data = written(KINDS, tmp_path, "csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert lines[0] == [KINDS.tables[0].title]
    assert lines[2] == [
        "'=cmd|'/c calc'!A1", "1234", "93.75", "2026-11-20", "09:05:00", "2026-11-20T09:05:00", "12", "A",
    ]  # fmt: skip
    assert lines[3] == [""] * 8
    assert lines[4:] == [[], ["Empty"], ["Name"]]


def test_json_says_what_every_surface_shows(tmp_path: Path) -> None:
    said = json.loads(written(KINDS, tmp_path, "json").read_text(encoding="utf-8"))
    assert said == as_json(KINDS)
    assert said["tables"][0]["columns"][2] == {"name": "Share", "kind": "percent"}
    assert said["tables"][0]["rows"][0][-1] == "A"


@pytest.mark.parametrize(
    ("kind", "cell", "text"),
    [
        ("percent", 66.666, "66.7 %"),
        ("number", 12345, "12,345"),
        ("number", 2.5, "2.5"),
        ("time", time(9, 5), "09:05"),
        ("status", ABSENT, "A Absent"),
        ("text", None, ""),
        ("moment", datetime(2026, 11, 20, 9, 5), "2026-11-20 09:05"),
    ],
)
def test_cells_as_words(kind: str, cell: object, text: str) -> None:
    assert cell_text(Column("x", kind), cell) == text  # type: ignore[arg-type]


def test_a_pdf_has_pages_on_a4_with_text_that_can_be_found(tmp_path: Path) -> None:
    rows = tuple((f"R{number}", NAMES[number % len(NAMES)], number) for number in range(120))
    long = ReportResult(
        "long", "Long, with $ and 太", ("A finding.",), (Table("Rows", columns("Roll", "Name", ("N", "number")), rows),)
    )
    path = written(long, tmp_path, "pdf")
    assert path.read_bytes().startswith(b"%PDF")
    if shutil.which("pdftotext") is None or shutil.which("pdfinfo") is None:
        pytest.skip("poppler's tools are not on this computer")
    about = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True).stdout
    assert "A4" in about
    assert "Pages:           3" in about
    words = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
    assert words.count("Roll") == 3
    assert "R119" in words
    assert "Ada Lovelace" in words
    assert "3/3" in words.replace(" ", "")


def test_the_charts_are_drawn_and_say_it_without_colour(school: Store, tmp_path: Path) -> None:
    result = run_report(school, SETTINGS, "month", {"class": "CS"})
    figure = draw(result.charts, result.title)
    assert isinstance(figure, Figure)
    texts = [
        one.get_text()
        for axes in figure.axes
        for one in (*axes.texts, axes.get_title("right"), axes.get_title("left"))
        if not isinstance(one, str)
    ]
    assert " minimum 75 %" in texts
    assert "100 %" in texts
    assert any(patch.get_hatch() for patch in figure.axes[2].patches)
    assert max(figure.axes[0].get_yticks()) == 100
    path = written(result, tmp_path, "png")
    with Pictures.open(path) as picture:
        assert picture.format == "PNG"
        assert picture.width > 1000
        grey = picture.convert("L")
        assert grey.getextrema()[0] < 60
    with pytest.raises(InputError, match="There is no chart"):
        write_report(tmp_path / "x.png", KINDS, PAPER)


@pytest.mark.parametrize(
    "chart",
    [
        Trend("One value", "day", (TrendPoint(date(2026, 1, 1), 0.0, 3), TrendPoint(date(2026, 1, 2), 0.0, 3)), 75.0),
        Trend("$\\frac$", "week", tuple(TrendPoint(date(2026, 1, 5), 100.0, 1) for _ in range(60)), 0.0),
        HeatMap("Sunday night", (HeatCell(6, 23, 0.0, 1), HeatCell(6, 0, 100.0, 12345))),
        Distribution("All", (0.0, 100.0, 100.0, 75.0, 74.9), 100.0),
        Distribution("None below", (100.0,) * 5, 0.0),
    ],
)
def test_extreme_charts_are_drawn(chart: Trend | HeatMap | Distribution) -> None:
    assert as_png(draw([chart], "=1+1 " + "x" * 300)).startswith(b"\x89PNG")


def test_letters_without_a_font_become_question_marks() -> None:
    assert drawable("a\U0010fffdb", 10) == "a?b"
    assert drawable("x" * 30, 10) == "xxxxxxxxx…"
    assert drawable("5$", 10) == r"5\$"


@pytest.mark.parametrize("ending", ["xlsx", "ods"])
def test_libreoffice_opens_it(school: Store, tmp_path: Path, ending: str) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not on this computer")
    path = written(run_report(school, SETTINGS, "class", {"class": "CS"}), tmp_path, ending)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir"]
    subprocess.run([*command, tmp_path / "read", path], capture_output=True, timeout=300, check=True)
    lines = list(csv.reader((tmp_path / "read" / "report.csv").read_text(encoding="utf-8").splitlines()))
    found = {line[0]: line for line in lines if line}
    assert found["R2"][1] == NAMES[1]
    assert found["R2"][6] == "66.7 %"
    assert found["R3"][1] == NAMES[2]


@pytest.mark.parametrize("ending", [one for one in endings() if one != "png"])
def test_a_report_without_tables_is_a_file_too(tmp_path: Path, ending: str) -> None:
    nothing = ReportResult("month", "Month 2026-11", ("No lesson was marked.",))
    assert written(nothing, tmp_path, ending).stat().st_size > 20


def test_files_have_names_that_every_system_takes() -> None:
    assert file_name(KINDS, "xlsx").endswith(".xlsx")
    assert not set('<>:"/\\|?*') & set(file_name(KINDS, "xlsx"))


def test_the_command_lists_the_reports(school: Store, cli: Cli) -> None:
    assert cli("report") == 0
    assert "absences" in cli.printed
    listed = cli.json("report")
    assert [one["name"] for one in listed] == sorted(one["name"] for one in listed)
    takes = {one["name"]: one for one in next(one for one in listed if one["name"] == "class")["takes"]}
    assert takes["class"]["required"] is True
    assert takes["from"]["default"] == "the first lesson"


def test_the_command_shows_a_report_with_hostile_names(school: Store, cli: Cli) -> None:
    assert cli("report", "class", "--class", "CS") == 0
    assert "6 lessons held, 3 to come." in cli.printed
    assert "[bold]Rich" in cli.printed
    assert "charts can be drawn" in cli.printed
    said = cli.json("report", "below", "--class", "CS", "--threshold", "60")
    assert [row[1] for row in said["tables"][0]["rows"]] == ["R5", "R4"]


@pytest.mark.parametrize("ending", endings())
def test_the_command_writes_every_kind_of_file(school: Store, cli: Cli, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"month.{ending.upper()}"
    assert cli("report", "month", "--class", "CS", "--month", "2026-11", "--out", path) == 0
    assert f"Report: {path}" in cli.printed
    assert path.stat().st_size > 100


def test_the_command_refuses_with_a_sentence(school: Store, cli: Cli, tmp_path: Path) -> None:
    assert "There is no report “mnth”" in cli.refused("report", "mnth")
    assert "needs --class" in cli.refused("report", "class")
    assert "cannot be written as “x.docx”" in cli.refused("report", "month", "--out", tmp_path / "x.docx")
    assert "There is no chart" in cli.refused("report", "untaken", "--out", tmp_path / "x.png")
    assert not list(tmp_path.glob("x.*"))


def test_absences_that_are_over_are_asked_for(school: Store, cli: Cli) -> None:
    assert cli("report", "absences", "--threshold", "3", "--ended") == 0
    assert "R4" in cli.printed


def test_the_foot_of_a_page_stands_below_its_charts() -> None:
    chart = Distribution("All", (70.0, 80.0, 90.0), 75.0)
    figure = draw([chart, chart, chart], "Three")
    renderer = FigureCanvasAgg(figure).get_renderer()
    lowest = min(axes.get_tightbbox(renderer).y0 for axes in figure.axes) / figure.dpi
    assert lowest > 0.45  # inches; the foot's letters end at 0.4
    assert figure.get_size_inches()[1] <= 11.7
