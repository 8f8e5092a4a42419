"""Reports and mail in the real window: asked, shown, sorted, saved; looked at, sent to a real server, called off."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook
from PIL import Image

from core.accounts.admin import set_up
from core.errors import InputError
from core.mail.kinds import KINDS
from core.mail.password import VARIABLE
from core.paths import Home
from core.reports.parameters import CLASS, ONE_STUDENT
from core.reports.registry import reports
from core.store import accounts, outbox
from core.store.database import Store, open_store
from core.store.teachers import list_teachers
from gui import open_file
from gui.dialogs import files
from gui.dialogs.error import ErrorDialog
from gui.screens.mail_parts.request import request_of, role_choices, unit_choices
from gui.screens.report_parts.questions import Known, choices_of, given_of
from tests.gui.driver import Driver
from tests.mail_support import DAY, Post, add_class, add_pupil, serving, set_server
from tests.mail_support import fill as fill_mail
from tests.register_support import NAMES, ROLLS, fill

Window = Callable[..., Driver]


@pytest.fixture
def school(home: Home) -> Iterator[Store]:
    """CS101 with four students and three lessons in November 2026."""
    with open_store(home) as store:
        fill(store, "CS101", ROLLS, NAMES, starts=(0, 300, 24 * 60))
        yield store


def _run(driver: Driver, name: str, answers: dict[str, str]) -> None:
    driver.open("reports", (name, answers))
    driver.wait_for(lambda: driver.screen.result is not None and driver.is_ready, name)


def test_every_report_is_listed_and_asks_for_what_it_takes(window: Window, school: Store) -> None:
    driver = window()
    driver.open("reports")
    screen = driver.screen
    assert [one.name for one in screen.list.shown()] == list(reports())
    for report in reports().values():
        screen.open_report(report)
        driver.pump()
        assert set(screen.form.values()) == {one.name for one in report.takes}
        assert not screen.save.winfo_manager()
    driver.click(screen.title_line.arrow)
    assert screen.list.winfo_viewable()
    assert not screen.title_line.arrow.winfo_manager()


def test_a_report_is_chosen_with_keys_and_shown_with_table_and_chart(window: Window, school: Store) -> None:
    driver = window()
    driver.open("reports")
    screen = driver.screen
    screen.list.select(["month"])
    driver.press("<Return>", screen.list.tree)
    screen.form.set_value("month", "2026-11")
    driver.press("<Return>")
    driver.wait_for(lambda: screen.result is not None and driver.is_ready, "the report")
    assert driver.shows("Month 2026-11")
    days = screen.result_view.tables[0]
    assert [row[1][0] for row in days.shown()] == [date(2026, 11, 2), date(2026, 11, 3)]
    days.sort(0, descending=True)
    assert [row[1][0] for row in days.shown()] == [date(2026, 11, 3), date(2026, 11, 2)]
    assert screen.result_view._picture is not None


def test_an_answer_that_cannot_be_read_is_told(window: Window, school: Store) -> None:
    driver = window()
    driver.open("reports")
    screen = driver.screen
    screen.open_report(reports()["teacher"])
    screen.run()
    driver.wait_for(
        lambda: screen.result is not None or driver.app.dialogs or driver.shows("Please fill"), "an answer", 30
    )
    screen.open_report(reports()["day"])
    screen.form.set_value("day", "yesterweek")
    screen.run()
    driver.wait_for(lambda: driver.shows("is no day"), "the sentence")


@pytest.mark.parametrize("ending", ["xlsx", "png", "json"])
def test_a_report_is_saved_as_a_file(
    window: Window, school: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    path = tmp_path / f"report.{ending}"
    monkeypatch.setattr(files.filedialog, "asksaveasfilename", lambda **_: str(path))
    driver = window()
    _run(driver, "month", {"month": "2026-11", "class": "CS101"})
    driver.click(driver.screen.save)
    driver.wait_for(lambda: driver.shows("Saved: "))
    if ending == "xlsx":
        assert load_workbook(path).sheetnames
    elif ending == "png":
        assert Image.open(path).width > 500
    else:
        assert json.loads(path.read_text(encoding="utf-8"))["report"] == "month"


def test_a_report_is_printed(window: Window, school: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []
    monkeypatch.setattr(open_file, "open_file", opened.append)
    driver = window()
    _run(driver, "month", {"month": "2026-11", "class": "CS101"})
    driver.click(driver.screen.print)
    driver.wait_for(lambda: driver.shows("Saved: "), "the page")
    assert opened[0].read_bytes().startswith(b"%PDF")


def test_a_teacher_gets_reports_of_their_own_classes_only(window: Window, school: Store) -> None:
    set_up(school, "ada", "violet kettle 7 harbour")
    fill(school, "ZZ9", ("Z-1",), ("Somebody Else",), starts=(0,))
    with school.transaction() as db:
        who = next(one for one in list_teachers(db) if one.name == "Ms. Rao")
        from core.store.tables import ClassTeacherTable

        other = [row for row in db.query(ClassTeacherTable) if row.class_id == 2]
        for row in other:
            db.delete(row)
        made = accounts.add_account(db, "rao", "teacher", teacher_id=who.id)
    driver = window(actor=made.actor())
    driver.open("reports")
    screen = driver.screen
    assert "teacher" not in [one.name for one in screen.list.shown()]
    assert screen.known.classes == (("CS101", "CS101   Class CS101"),)
    assert all(name != "Z-1" for name, _ in screen.known.students)
    screen.open_report(reports()["below"])
    assert screen.form.values()["class"] == "CS101"
    screen.run()
    driver.wait_for(lambda: screen.result is not None, "the report")
    assert not any(one.name == "mail" for one in driver.app.shell.listed)


def test_answers_are_what_a_report_takes() -> None:
    students = (("S1", "S1   Ada Lovelace"), ("S2", "S2   Alan Turing"))
    known = Known((), (("CS1", "CS1"),), students, (), (), date(2026, 11, 21), sees_all=False)
    assert choices_of(CLASS, known) == [("CS1", "CS1")]
    takes = (CLASS, ONE_STUDENT)
    assert given_of({"class": " ", "student": "ada", "other": "x"}, takes, known) == {"student": "S1"}
    assert given_of({"student": "s2"}, takes, known) == {"student": "s2"}
    assert given_of({"student": "a"}, takes, known) == {"student": "a"}


@pytest.fixture
def pupils(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class with a reviewed lesson in which three pupils were absent."""
    monkeypatch.delenv(VARIABLE, raising=False)
    fill_mail(home)


def _preview(driver: Driver, day: str = DAY.isoformat()) -> None:
    screen = driver.screen
    screen.form.set_value("day", day)
    driver.click(screen.look)
    driver.wait_for(lambda: screen.plan is not None and driver.is_ready, "the preview")


def test_mail_is_looked_at_and_sent_after_a_question(window: Window, home: Home, pupils: None) -> None:
    post = Post()
    with serving(post) as port:
        set_server(home, port)
        driver = window()
        driver.open("mail")
        _preview(driver)
        assert driver.shows("3 new messages")
        assert "marked absent" in driver.screen.letter.get("1.0", "end")
        assert post.connections == 0
        driver.click(driver.screen.send_button)
        driver.wait_for(lambda: driver.app.dialogs)
        driver.app.dialogs[-1].accept()
        driver.wait_for(lambda: driver.shows("3 messages sent") and driver.is_ready, "the sending")
        assert len(post.arrived) == 3
        driver.screen.book.select(1)
        driver.wait_for(lambda: len(driver.screen.outbox.table.shown()) == 3)
        assert {one.state for one in driver.screen.outbox.table.shown()} == {"sent"}
        driver.screen.book.select(0)
        _preview(driver)
        assert driver.shows("Nothing to send")


def test_what_was_saved_on_mark_attendance_can_be_told(window: Window, home: Home) -> None:
    with open_store(home) as store:
        class_id = add_class(store)
        add_pupil(store, class_id, "R1", "Ada", "mum@home.example")
    driver = window()
    screen = driver.open("mark")
    driver.wait_for(lambda: screen.lessons.choice)
    driver.click(screen.panel.empty.button)
    driver.wait_for(lambda: screen.session is not None and driver.is_ready, "the register")
    driver.press("<Key-a>", screen.board.canvas)
    driver.wait_for(lambda: driver.is_ready and not screen.marks.is_saving)
    driver.open("mail")
    _preview(driver, "")
    assert driver.shows("1 lesson not looked through and saved by a person yet, so nobody is told of it")
    driver.open("mark")
    driver.press("<Control-s>", screen.board.canvas)
    driver.wait_for(lambda: driver.shows("Show in folder") and driver.is_ready, "the sheet")
    driver.open("mail")
    _preview(driver, "")
    assert driver.shows("1 new message")
    assert "marked absent" in driver.screen.letter.get("1.0", "end")


def test_without_a_server_the_sentence_says_what_to_do(window: Window, home: Home, pupils: None) -> None:
    driver = window()
    driver.open("mail")
    _preview(driver)
    driver.click(driver.screen.send_button)
    driver.wait_for(lambda: driver.app.dialogs)
    driver.app.dialogs[-1].accept()
    driver.wait_for(lambda: any(isinstance(one, ErrorDialog) for one in driver.app.dialogs), "the sentence")
    assert "smtp_host" in driver.app.dialogs[-1].sentence or "mail server" in driver.app.dialogs[-1].sentence


def test_what_waits_is_called_off_after_a_question(window: Window, home: Home, pupils: None) -> None:
    with open_store(home) as store, store.transaction() as db:
        draft = outbox.Draft("e:1", "absence", "parents", "a@home.example", "Ada was absent", "Dear parents")
        outbox.queue(db, [draft], "school.example")
    driver = window()
    driver.open("mail")
    page = driver.screen.outbox
    driver.screen.book.select(1)
    driver.wait_for(lambda: page.table.shown() and driver.is_ready)
    page.table.select([str(page.table.shown()[0].id)])
    driver.pump()
    driver.click(page.cancel)
    driver.wait_for(lambda: driver.app.dialogs)
    driver.app.dialogs[-1].accept()
    driver.wait_for(lambda: [one.state for one in page.table.shown()] == ["cancelled"])
    assert page.cancel.instate(["disabled"])


def test_a_request_is_what_the_form_says() -> None:
    asked = request_of("absence", {"class": "", "unit": "week", "day": "2026-11-16", "to": "both"})
    assert (asked.class_code, asked.unit, asked.day, asked.since, asked.to) == (None, "week", DAY, None, "both")
    warning = request_of("warning", {"class": "CS1", "unit": "always", "day": "2026-11-16", "to": "parents"})
    assert (warning.day, warning.since) == (None, DAY)
    with pytest.raises(InputError, match="is no day"):
        request_of("absence", {"day": "monday"})
    assert all(unit_choices(one) and role_choices(one) for one in KINDS.values())
