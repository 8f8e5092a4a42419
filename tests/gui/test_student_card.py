"""The card of a student: consent, faces, lessons, chart, mail, export."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from core import clock
from core.face_gallery import faces_of
from core.store import consents, outbox, people
from core.store.database import Store
from gui.screens.student_parts.acts import export_to
from gui.screens.student_parts.chart import ChartTab
from gui.screens.student_parts.faces import FacesTab
from gui.screens.student_parts.lessons import LessonsTab, remark_text, status_text
from gui.screens.student_parts.mail import MailDialog
from gui.screens.students import Screen as Students
from tests.gui.driver import Driver
from tests.gui.people_support import HOSTILE, dialog_of, make_people, opened, student
from tests.mail_support import hold_lesson


@pytest.fixture
def school(store: Store) -> Store:
    make_people(store)
    return store


@pytest.fixture
def driver(window: Callable[..., Driver], school: Store) -> Driver:
    return window()


def test_a_card_shows_who_it_is_and_leads_back(driver: Driver) -> None:
    screen = driver.open("students")
    assert isinstance(screen, Students)
    screen.table.select(["R003"])
    driver.press("<Return>", screen.table.tree)
    driver.wait_for(lambda: driver.screen.name == "student" and driver.is_ready)
    assert driver.shows(HOSTILE[2])
    assert driver.shows("Enough: 9 faces")
    assert driver.shows("CS101 Programming 1, MA201 Mathematics 2")
    driver.press("<Escape>", driver.screen.book)  # type: ignore[attr-defined]
    driver.wait_for(lambda: driver.screen.name == "students")


def test_consent_is_given_with_a_guardian_and_withdrawn(driver: Driver, school: Store) -> None:
    screen = opened(driver, "R004", 1)
    assert driver.shows("No consent yet")
    driver.click(driver.find("Record a consent", screen.tabs[1]))
    dialog = dialog_of(driver)
    text = dialog.form._fields["text"]
    driver.type_into(text, "form 12")
    dialog.form.set_value("guardian", "Anne Lovelace")
    dialog.form.set_value("of_age", "1")
    driver.press("<Return>", text)
    assert driver.shows("Give only one of the two.")
    dialog.form.set_value("of_age", "0")
    driver.press("<Return>", text)
    driver.wait_for(lambda: driver.is_ready and driver.shows("Consent stands"))
    with school.read() as db:
        record = consents.records_of(db, people.get_student(db, "R004").id)[0]
    assert (record.text, record.guardian, record.stands) == ("form 12", "Anne Lovelace", True)
    screen = opened(driver, "R007", 1)
    driver.click(driver.find("Withdraw …", screen.tabs[1]))
    driver.click(dialog_of(driver).yes)
    driver.wait_for(lambda: driver.is_ready and driver.shows("✗  Withdrawn"))
    assert faces_of(school, "R007") == ()
    assert student(school, "R007").consent is None


def test_faces_are_chosen_and_deleted(driver: Driver, school: Store) -> None:
    screen = opened(driver, "R007", 2)
    tab = screen.tabs[2]
    assert isinstance(tab, FacesTab)
    gallery = tab.gallery
    driver.wait_for(lambda: len(gallery.items) == 9)
    before = [one.id for one in faces_of(school, "R007")]
    assert str(gallery.delete.cget("state")) == "disabled"
    driver.click(gallery.canvas, *gallery.place_of(before[0]))
    driver.press("<Right>")
    driver.press("<Right>")
    driver.press("<space>")
    assert driver.shows("Delete 2 faces")
    driver.click(gallery.delete)
    driver.click(dialog_of(driver).yes)
    driver.wait_for(lambda: driver.is_ready and len(gallery.items) == 7)
    assert [one.id for one in faces_of(school, "R007")] == [before[1], *before[3:]]


def test_lessons_chart_and_mail_of_nobody_yet_are_sentences(driver: Driver) -> None:
    screen = opened(driver, "R003", 3)
    assert driver.shows("No lessons")
    screen.book.select(4)
    driver.wait_for(lambda: driver.shows("No lesson of this student was marked"))
    driver.click(screen.buttons["mail"])
    driver.wait_for(lambda: driver.app.dialogs)
    dialog = driver.app.dialogs[-1]
    driver.wait_for(lambda: "nothing to tell" in dialog.text.get("1.0", "end"))  # type: ignore[attr-defined]
    driver.press("<Escape>", dialog)
    assert driver.app.dialogs == []


def test_everything_about_one_is_written(driver: Driver, tmp_path: Path) -> None:
    screen = opened(driver, "R003")
    folder = tmp_path / "R003"
    assert screen.card is not None
    export_to(screen, screen.card.student, folder)
    driver.wait_for(lambda: driver.is_ready and driver.shows("It is not encrypted"))
    assert (folder / "data.json").is_file()
    assert len(list(folder.iterdir())) == 10


def test_lessons_chart_and_mail_of_somebody_who_came(driver: Driver, school: Store) -> None:
    with school.read() as db:
        who, code = people.get_student(db, "R003"), people.get_class(db, "CS101")
    today = clock.today(None)
    for back, status in ((7, "P"), (8, "L"), (14, "A")):
        hold_lesson(school, code.id, {who.id: status}, day=today - timedelta(days=back))
    screen = opened(driver, "R003", 3)
    lessons = screen.tabs[3]
    assert isinstance(lessons, LessonsTab)
    driver.wait_for(lambda: len(lessons.table.shown()) == 3)
    assert [one.mark.status for one in lessons.table.shown()] == ["P", "L", "A"]
    assert status_text(lessons.table.shown()[1]).startswith("L  ")
    assert "12 min late" in remark_text(lessons.table.shown()[1])
    screen.book.select(4)
    chart = screen.tabs[4]
    assert isinstance(chart, ChartTab)
    driver.wait_for(lambda: chart._whole is not None, "the chart")
    assert driver.shows("Attendance is")
    driver.click(screen.buttons["mail"])
    driver.wait_for(lambda: driver.app.dialogs)
    dialog = driver.app.dialogs[-1]
    assert isinstance(dialog, MailDialog)
    driver.wait_for(lambda: "To: mother@home.org" in dialog.text.get("1.0", "end"), "the letter")
    assert "To: father@home.org" in dialog.text.get("1.0", "end")
    driver.click(dialog.send_button)
    # No mail server is set, which is a sentence.
    driver.wait_for(lambda: driver.app.dialogs and driver.app.dialogs[-1] is not dialog and driver.is_ready)
    with school.read() as db:
        assert outbox.counts(db)[outbox.WAITING] == 0
