"""Around the lessons: sheets and reports, students and their phones, absences, seats, mail, and one’s own account."""

import os
import re
import threading
from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from sqlalchemy import update
from werkzeug.datastructures import FileStorage

from core.accounts import browser as logins
from core.languages.language import language
from core.store import devices, marks, people
from core.store.consents import records_of
from core.store.marks import MarkState
from core.store.seats import seats_of
from core.store.tables import StudentTable
from core.store.timetable import list_absences, list_closures, list_schedules
from tests.account_support import PASSWORD
from tests.mail_support import Post, serving, set_server
from tests.web.teacher_support import LETTERS, furnish
from tests.web_support import FOUR, OFFICE, ONE, TEACHER, THREE, Answer, Client, Portal
from web.upkeep import Upkeep


@pytest.fixture
def browser(portal: Portal) -> Client:
    """The teacher’s."""
    return portal.browser(TEACHER)


def book_of(answer: Answer) -> openpyxl.Workbook:
    """A workbook that was downloaded."""
    assert answer.status == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    return openpyxl.load_workbook(BytesIO(answer.body))


def upload(browser: Client, place: str, data: bytes, name: str) -> Answer:
    """Send a file with the form of a page."""
    got = browser._client.post(
        place,
        base_url=browser.origin,
        headers={"Referer": f"{browser.origin}/"},
        data={"csrf_token": browser.token(), "file": FileStorage(BytesIO(data), name)},
        content_type="multipart/form-data",
    )
    return Answer(got.status_code, dict(got.headers), got.get_data(), place)


def mark(portal: Portal, roll: str) -> MarkState | None:
    """A mark of the lesson that is open."""
    with portal.store.read() as db:
        found = marks.marks_of(db, [portal.session_id]).get((portal.session_id, portal.student_id(roll)))
        return None if found is None else found.state


def test_a_month_is_read_and_saved_in_every_format(portal: Portal, browser: Client) -> None:
    furnish(portal)
    # The one who was late days ago may have been so in the month before.
    months = {f"{portal.day - timedelta(days=back):%Y-%m}" for back in (0, 4)}
    pages = [browser.get(f"/teach/register/1?month={month}") for month in months]
    assert all("Student R1" in page.words for page in pages)
    assert sum(page.text.count('class="cell mark-late"') for page in pages) == 3
    for ending in ("xlsx", "ods", "csv", "pdf"):
        assert browser.get(f"/teach/register/1/{portal.day:%Y-%m}.{ending}").status == 200
    for wrong in (f"/teach/register/1/{portal.day:%Y-%m}.exe", f"/teach/register/2/{portal.day:%Y-%m}.xlsx"):
        assert browser.get(wrong).status == 404
    names = [
        cell.value
        for row in book_of(browser.get(f"/teach/register/1/{portal.day:%Y-%m}.xlsx")).worksheets[0]
        for cell in row
    ]
    assert any("R3" in str(one) for one in names)


def edited(sheet: bytes, roll: str, letter: str) -> bytes:
    """A sheet of a lesson in which somebody changed a mark."""
    book = openpyxl.load_workbook(BytesIO(sheet))
    page = book["Attendance"]
    row = next(row for row in page.iter_rows() if any(cell.value == roll for cell in row))
    cell = next(one for one in row if one.value in ("P", "L", "A", "E"))
    cell.value = letter
    changed = BytesIO()
    book.save(changed)
    return changed.getvalue()


def test_a_sheet_comes_back_is_looked_at_taken_over_and_taken_back(portal: Portal, browser: Client) -> None:
    furnish(portal)
    sheet = browser.get(f"/teach/lesson/{portal.session_id}/sheet.xlsx").body
    data = edited(sheet, ONE, "A")
    browser.get("/teach/upload/1/")
    seen = upload(browser, "/teach/upload/1/", data, "edited.xlsx")
    assert "1 change" in seen.words
    assert re.search(r"R1 Student R1 .* Present Absent", seen.words)
    assert mark(portal, ONE) == MarkState("P")
    given = dict(re.findall(r'name="(token|seen)" value="([^"]+)"', seen.text))
    # Of another person the file is not.
    assert portal.browser(OFFICE).post("/teach/upload/1/apply", **given).status == 404
    done = browser.post("/teach/upload/1/apply", **given, why="mistake on paper")
    assert "1 mark was changed" in done.words
    assert (mark(portal, ONE) or MarkState("")).status == "A"
    undo = dict(re.findall(r'name="(session|act)" value="([^"]+)"', done.text))
    assert browser.post("/teach/upload/1/undo", **undo).status == 303
    assert mark(portal, ONE) == MarkState("P")


def test_what_changed_since_is_a_conflict_and_a_foreign_sheet_is_refused(portal: Portal, browser: Client) -> None:
    furnish(portal)
    data = edited(browser.get(f"/teach/lesson/{portal.session_id}/sheet.xlsx").body, ONE, "A")
    place = f"/teach/lesson/{portal.session_id}/student/{portal.student_id(ONE)}"
    browser.post(place, status="E", reason="letter")
    seen = upload(browser, "/teach/upload/1/", data, "edited.xlsx")
    assert "1 conflict" in seen.words
    given = dict(re.findall(r'name="(token|seen)" value="([^"]+)"', seen.text))
    browser.post("/teach/upload/1/apply", **given)
    assert (mark(portal, ONE) or MarkState("")).status == "E"
    office, theirs = portal.browser(OFFICE), f"/teach/lesson/{portal.foreign_session_id}"
    office.post(f"{theirs}/mark", roll="R2", status="P")
    foreign = edited(office.get(f"{theirs}/sheet.xlsx").body, "R2", "A")
    assert upload(browser, "/teach/upload/1/", foreign, "theirs.xlsx").status == 403
    for data, name in ((b"", "empty.xlsx"), (b"PK\x03\x04rubbish", "x.xlsx"), (b"a,b", "x.exe"), (b"=1,\0", LETTERS)):
        assert upload(browser, "/teach/upload/1/", data, name).status == 400, name


def test_a_file_looked_at_is_not_kept_for_ever(portal: Portal, browser: Client) -> None:
    sheet = browser.get(f"/teach/lesson/{portal.session_id}/sheet.xlsx").body
    browser.get("/teach/upload/1/")
    upload(browser, "/teach/upload/1/", sheet, "a.xlsx")
    kept = list(portal.home.data.glob(".rollcall-held-*"))
    assert len(kept) == 1
    os.utime(kept[0], (0, 0))
    upload(browser, "/teach/upload/1/", sheet, "b.xlsx")
    (another,) = portal.home.data.glob(".rollcall-held-*")
    assert another != kept[0]
    # Nobody sends another one.
    os.utime(another, (0, 0))
    Upkeep(portal.home, portal.store).work()
    assert not another.exists()


def test_reports_name_a_class_and_are_saved(portal: Portal, browser: Client) -> None:
    furnish(portal)
    assert "One teacher" not in browser.get("/teach/reports/").words
    assert "One teacher" in portal.browser(OFFICE).get("/teach/reports/").words
    page = browser.get("/teach/reports/absences")
    asked = dict(re.findall(r'<(?:input|select) id="(\w+)"([^>]*)>', page.text))
    # What may stay empty is not demanded by the browser either, for which any value of the attribute is a yes.
    assert [name for name, rest in asked.items() if "required" in rest] == ["class"]
    assert len(asked) > 1
    # What holds without a choice is one of the choices already.
    assert re.findall(r'<option value="([a-z]*)"( selected)?>(?:yes|no)</option>', page.text) == [
        ("yes", ""),
        ("no", " selected"),
    ]
    page = browser.get("/teach/reports/class")
    assert "OWN Class OWN" in page.words
    assert "Students" not in page.words.split("More", 1)[1].split("Show")[0]
    shown = browser.get("/teach/reports/class?class=OWN")
    assert "Student R3" in shown.words
    assert browser.get("/teach/reports/class/chart.png?class=OWN").body.startswith(b"\x89PNG")
    assert browser.get("/teach/reports/class?class=FOREIGN").status == 403
    assert browser.get("/teach/reports/class?class=NONE").status in (200, 403)
    for ending in ("xlsx", "csv", "pdf", "ods"):
        answer = browser.get(f"/teach/reports/class/file.{ending}?class=OWN")
        assert answer.status == 200
        assert answer.headers["Content-Disposition"].endswith(f".{ending}") or f".{ending}" in str(answer.headers)
    assert browser.get("/teach/reports/class/file.sh?class=OWN").status == 404


def test_reports_are_in_the_language_of_who_reads_them(portal: Portal, browser: Client) -> None:
    furnish(portal)
    hindi = language("hi")
    for path in (f"/teach/reports/session?session={portal.session_id}&class=OWN", "/teach/reports/class?class=OWN"):
        english, shown = browser.get(path), browser.get(path, Accept_Language="hi")
        heads = re.findall(r"<th scope=[^>]*>([^<]+)</th>|<h2 id=[^>]*>([^<]+)</h2>", english.text)
        assert heads
        for one in filter(None, (first or second for first, second in heads)):
            assert f">{one}<" not in shown.text
            assert f">{hindi.told(one)}<" in shown.text
    page = browser.get("/teach/reports/absences", Accept_Language="hi")
    assert "days ago" not in page.text
    assert hindi.told("60 days ago") in page.text
    with portal.store.transaction() as db:
        wish = marks.Wish(portal.session_id, portal.student_id(ONE), MarkState("P"))
        marks.write_marks(db, portal.actor(), [wish])
    shown = browser.get(f"/teach/reports/session?session={portal.session_id}&class=OWN", Accept_Language="hi")
    assert f">P {hindi.one('Present')}<" in shown.text
    assert browser.get("/teach/reports/nothing").status == 404


def test_a_code_for_a_phone_is_shown_once_and_the_phone_is_removed(portal: Portal, browser: Client) -> None:
    place = f"/teach/student/{portal.student_id(ONE)}/"
    shown = browser.post(f"{place}pairing")
    code = re.search(r'class="typed" role="status">([^<]+)<', shown.text)
    assert code is not None
    assert code[1] not in browser.get(place).text
    phone = portal.browser()
    assert phone.post("/pair", code=code[1]).status == 303
    page = browser.get(place)
    number = re.search(r'name="phone" value="(\d+)"', page.text)
    assert number is not None
    assert browser.post(f"{place}phones", phone=number[1]).status == 303
    with portal.store.read() as db:
        assert devices.devices_of(db, portal.student_id(ONE)) == []
    assert browser.post(f"{place}phones", phone=number[1]).status == 404


def test_a_consent_is_recorded_and_withdrawn(portal: Portal, browser: Client) -> None:
    place = f"/teach/student/{portal.student_id('R5')}/"
    assert browser.post(f"{place}consent", text="").status == 400
    assert browser.post(f"{place}consent", text=LETTERS, guardian="Mother R5", day=str(portal.day)).status == 303
    with portal.store.read() as db:
        record = records_of(db, portal.student_id("R5"))[0]
    assert (record.kind, record.text, record.guardian, record.recorded_by) == ("given", LETTERS, "Mother R5", TEACHER)
    assert browser.post(f"{place}consent/end", what="withdraw").status == 400
    assert browser.post(f"{place}consent/end", what="withdraw", sure="yes").status == 303
    with portal.store.read() as db:
        assert records_of(db, portal.student_id("R5"))[0].withdrawn_at is not None
        assert people.get_student(db, "R5").consent is None


def test_absences_are_planned_and_withdrawn(portal: Portal, browser: Client) -> None:
    first, last = str(portal.day + timedelta(days=1)), str(portal.day + timedelta(days=2))
    given = {"roll": ONE, "first": first, "last": last, "reason": "trip"}
    assert browser.post("/teach/absences/", **given).status == 303
    assert browser.post("/teach/absences/", **(given | {"first": last, "last": first})).status == 400
    assert browser.post("/teach/absences/", **(given | {"roll": "R2"})).status == 403
    page = browser.get("/teach/absences/")
    number = max(int(one) for one in re.findall(r'name="number" value="(\d+)"', page.text))
    assert "trip" in page.words
    assert browser.post("/teach/absences/delete", number=str(number)).status == 303
    with portal.store.read() as db:
        assert "trip" not in {one.reason for one in list_absences(db)}
        foreign = next(one.id for one in list_absences(db) if one.student_id == portal.school.foreign.student_id)
    assert browser.post("/teach/absences/delete", number=str(foreign)).status == 403


def test_holidays_and_the_timetable_are_changed_by_the_office(portal: Portal, browser: Client) -> None:
    office = portal.browser(OFFICE)
    days = {"first": str(portal.day + timedelta(days=9)), "reason": "snow"}
    lesson = {"class_": "OWN", "weekday": "1", "starts": "08:15", "minutes": "45", "weeks": "1", "title": "Art"}
    lesson["first"] = str(portal.day)
    for place, given in (("/teach/holidays/", days), ("/teach/timetable/new", lesson)):
        assert browser.post(place, **given).status == 403
        assert office.post(place, **given).status == 303
    with portal.store.read() as db:
        entry = next(one for one in list_schedules(db) if one.title == "Art")
        closure = next(one for one in list_closures(db) if one.reason == "snow")
    assert (entry.weekdays, f"{entry.starts:%H:%M}", entry.minutes) == ((1,), "08:15", 45)
    changed = {key: value for key, value in lesson.items() if key != "class_"} | {"starts": "09:00", "what": "save"}
    assert office.post(f"/teach/timetable/{entry.id}", **changed).status == 303
    assert office.post(f"/teach/timetable/{entry.id}", **(changed | {"starts": "25:00"})).status == 400
    assert office.post("/teach/holidays/delete", number=str(closure.id)).status == 303
    with portal.store.read() as db:
        assert "09:00" in {f"{one.starts:%H:%M}" for one in list_schedules(db)}
        assert "snow" not in {one.reason for one in list_closures(db)}
    assert office.post(f"/teach/timetable/{entry.id}", what="delete").status == 303


def test_students_are_seated(portal: Portal, browser: Client) -> None:
    place = "/teach/seats/1/"
    assert browser.post(place, what="size", rows="2", columns="3").status == 303
    assert browser.post(place, what="sit", roll=ONE, row="2", column="3").status == 303
    assert browser.post(place, what="sit", roll=ONE, row="5", column="1").status == 400
    assert browser.post(place, what="sit", roll="R2", row="1", column="1").status == 400
    with portal.store.read() as db:
        seats = seats_of(db, portal.school.own.class_id)
    assert seats is not None
    assert (seats.rows, seats.columns, {one: (at.row, at.column) for one, at in seats.places.items()}) == (
        2,
        3,
        {portal.student_id(ONE): (2, 3)},
    )
    assert re.search(r"Row 2 – – Student R1", browser.get(place).words)
    assert browser.post("/teach/seats/2/", what="name").status == 404


def test_students_are_found_by_a_part_of_the_name(portal: Portal, browser: Client) -> None:
    assert "1 student" in browser.get("/teach/students/?q=r3").words
    assert "Student R2" not in browser.get("/teach/students/?q=student").words
    assert "Nobody." in browser.get("/teach/students/?q=%00%F0%9F%99%82'").words


def test_mail_about_a_class_is_looked_at_and_sent(portal: Portal, browser: Client) -> None:
    with portal.store.transaction() as db:
        for roll in (ONE, THREE, FOUR, "R2"):
            address = f"{roll.lower()}@home.example"
            db.execute(update(StudentTable).where(StudentTable.roll == roll).values(parents_email=address))
    for roll, code in ((ONE, "A"), (THREE, "P"), (FOUR, "A")):
        browser.post(f"/teach/lesson/{portal.session_id}/mark", roll=roll, status=code)
    browser.post(f"/teach/lesson/{portal.session_id}/do", what="reviewed")
    given = {"kind": "absence", "class": "OWN", "unit": "day", "day": str(portal.day), "to": "parents"}
    query = "&".join(f"{name}={value}" for name, value in given.items())
    assert "Mail" in browser.get("/teach/more").words
    seen = browser.get(f"/teach/mail/?{query}&look=yes")
    assert "2 new messages" in seen.words
    assert "r1@home.example" in seen.words
    # About one student, from their page: in their classes, and nothing that goes to teachers.
    assert f"/teach/mail/?roll={FOUR}" in browser.get(f"/teach/student/{portal.student_id(FOUR)}/").text
    asked = f"roll={FOUR}&class=OWN&kind=absence&unit=day&day={portal.day}&to=parents&look=yes"
    about = browser.get(f"/teach/mail/?{asked}")
    assert "1 new message" in about.words
    assert "r4@home.example" in about.words
    assert "Sheets of lessons" not in about.words
    assert browser.get("/teach/mail/?roll=R2&kind=absence&class=OWN").status == 403
    form = {("class_" if name == "class" else name): value for name, value in given.items()}
    assert "mail server" in browser.post("/teach/mail/", **form).words
    post = Post()
    with serving(post) as port:
        set_server(portal.home, port, zone=None)
        assert browser.post("/teach/mail/", **(form | {"class_": ""})).status == 403
        assert browser.post("/teach/mail/", **(form | {"class_": "FOREIGN"})).status == 403
        assert browser.post("/teach/mail/", **(form | {"roll": "R2"})).status == 403
        assert browser.post("/teach/mail/", **form).status == 303
        for thread in threading.enumerate():
            if thread.name == "mail":
                thread.join(30)
        assert {to for to, _message in post.arrived} == {"r1@home.example", "r4@home.example"}
    assert browser.post("/teach/mail/", **form).status == 400


def test_another_password_ends_all_other_logins(portal: Portal, browser: Client) -> None:
    other = portal.browser(TEACHER)
    new = "an umbrella for seven geese"
    wrong = browser.post("/teach/account/password", old="not it", new=new, again=new)
    assert wrong.status == 401
    assert browser.post("/teach/account/password", old=PASSWORD, new=new, again="another one").status == 400
    assert browser.post("/teach/account/password", old=PASSWORD, new="short", again="short").status == 400
    assert browser.post("/teach/account/password", old=PASSWORD, new=new, again=new).status == 303
    assert browser.get("/teach/account/").status == 200
    assert other.get("/teach/", follow=False).place == "/login?next=/teach/?"
    assert portal.browser().post("/login", name=TEACHER, password=PASSWORD).status == 401
    portal.browser().log_in(TEACHER, new)


def test_logging_out_everywhere(portal: Portal, browser: Client) -> None:
    other = portal.browser(TEACHER)
    assert "In 2 browsers" in browser.get("/teach/account/").words
    assert browser.post("/teach/account/everywhere").status == 303
    for one in (browser, other):
        assert one.get("/teach/", follow=False).status == 302
    assert logins.count_of(portal.store, "nothing") == 0
