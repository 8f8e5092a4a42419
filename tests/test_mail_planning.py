"""What is mailed to whom: absences, lateness, summaries, warnings, sheets; once, and only while it is true."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import update

from core import clock
from core.erasure import erase_student
from core.errors import ConflictError, InputError, MailError, NotFoundError
from core.mail.kinds import KINDS
from core.mail.letters import period_label, readable_addresses, whole_period
from core.mail.planning import Plan, preview, queue
from core.mail.scopes import MailRequest
from core.mail.sending import send_waiting
from core.mail.wording import TEMPLATES, Wording
from core.paths import Home
from core.settings import Settings
from core.store import outbox, people
from core.store.database import Store
from core.store.marks import MarkState, Wish, write_marks
from core.store.merging import merge_rows
from core.store.outbox import Mail
from core.store.tables import MailTable, StudentTable
from tests.mail_support import DAY, TEACHER, Post, add_class, add_pupil, correct, hold_lesson, mail_settings, serving

SETTINGS = mail_settings(25)
ABSENCE = MailRequest("absence", day=DAY)


def mails(store: Store) -> list[Mail]:
    with store.read() as db:
        return sorted(outbox.list_mails(db), key=lambda one: one.id)


def addresses(plan: Plan) -> list[str]:
    return [one.draft.recipient for one in plan.planned]


def days(count: int, first: date = DAY) -> list[date]:
    return [first + timedelta(days=i) for i in range(count)]


def test_absence_is_told_after_review_only(store: Store) -> None:
    class_id = add_class(store)
    ada = add_pupil(store, class_id, "R1", "Ada", "mum@home.example; Dad@home.example", "ada@school.example")
    bob = add_pupil(store, class_id, "R2", "Bob", "bob@home.example")
    eve = add_pupil(store, class_id, "R3", "Eve", "eve@home.example")
    session = hold_lesson(store, class_id, {ada: "A", bob: "P", eve: "E"})
    hold_lesson(store, class_id, {ada: "A", bob: "A"}, hour=11, reviewed=False)
    plan = preview(store, SETTINGS, ABSENCE)
    assert addresses(plan) == ["mum@home.example", "Dad@home.example"]
    assert plan.notes == (
        "1 lesson not looked through and saved by a person yet, so nobody is told of it: app.py session reviewed CLASS",
    )
    draft = plan.planned[0].draft
    assert draft.event_key.startswith(f"absence:session:{session}:student:{ada}:parents:")
    assert draft.subject == "Ada was absent from Class CS101 on 2026-11-16"
    assert "Monday, 16 November 2026,\n09:00 to 10:30" in draft.text
    assert "École №1" in draft.text
    assert "<strong>absent</strong>" in draft.html
    assert mails(store) == []
    assert addresses(preview(store, SETTINGS, MailRequest("absence", day=DAY, to="student"))) == ["ada@school.example"]
    assert len(preview(store, SETTINGS, MailRequest("absence", session_id=session, to="both")).planned) == 3


def test_lateness_tells_the_minutes(store: Store) -> None:
    class_id = add_class(store)
    ada = add_pupil(store, class_id, "R1", "Ada", "mum@home.example")
    hold_lesson(store, class_id, {ada: "L"})
    plan = preview(store, SETTINGS, MailRequest("lateness", day=DAY))
    assert "12 minutes" in plan.planned[0].draft.text
    assert "12 minutes" in plan.planned[0].draft.html
    assert preview(store, SETTINGS, ABSENCE).planned == ()


def test_what_a_teacher_noted_at_a_mark_stays_in_the_school(store: Store) -> None:
    class_id = add_class(store)
    ada = add_pupil(store, class_id, "R1", "Ada", "mum@home.example")
    session = hold_lesson(store, class_id, {ada: "P"})
    with store.transaction() as db:
        state = MarkState("A", reason="left with Bob")
        write_marks(db, TEACHER, [Wish(session, ada, state)], why="seen outside")
    draft = preview(store, SETTINGS, ABSENCE).planned[0].draft
    assert "Bob" not in draft.text + draft.html
    own(store.home, "absence.txt", "Absent\n{{ reason }}\n")
    assert preview(store, SETTINGS, ABSENCE).planned[0].draft.text == "left with Bob\n"


def test_nobody_is_queued_twice_and_a_new_address_is_told(store: Store) -> None:
    class_id = add_class(store)
    ada = add_pupil(store, class_id, "R1", "Ada", "mum@home.example")
    hold_lesson(store, class_id, {ada: "A"})
    assert len(queue(store, SETTINGS, ABSENCE).ids) == 1
    again = queue(store, SETTINGS, ABSENCE)
    assert (again.ids, again.plan.known) == ((), {"waiting": 1})
    with store.transaction() as db:
        db.execute(update(StudentTable).values(parents_email="Mum@Home.example, dad@home.example"))
    assert len(queue(store, SETTINGS, ABSENCE).ids) == 1
    assert [one.recipient for one in mails(store)] == ["mum@home.example", "dad@home.example"]


def test_a_corrected_mark_withdraws_what_waits(store: Store) -> None:
    class_id = add_class(store)
    ada = add_pupil(store, class_id, "R1", "Ada", "mum@home.example")
    bob = add_pupil(store, class_id, "R2", "Bob", "bob@home.example")
    session = hold_lesson(store, class_id, {ada: "A", bob: "A"})
    queue(store, SETTINGS, ABSENCE)
    correct(store, session, ada, "P")
    post = Post()
    with serving(post) as port:
        settings = mail_settings(port)
        run = send_waiting(store, settings)
        assert (run.sent, run.withdrawn, run.waiting) == (1, 1, 0)
        assert post.recipients == ["bob@home.example"]
        assert "corrected" in (mails(store)[0].last_error or "")
        # Absent after all: that was never told, so it is told now; what was told stays told.
        correct(store, session, ada, "A")
        correct(store, session, bob, "P")
        correct(store, session, bob, "A")
        queue(store, settings, ABSENCE)
        assert send_waiting(store, settings).sent == 1
    assert post.recipients == ["bob@home.example", "mum@home.example"]


def test_a_cancelled_mail_stays_cancelled(store: Store) -> None:
    class_id = add_class(store)
    ada = add_pupil(store, class_id, "R1", "Ada", "mum@home.example")
    hold_lesson(store, class_id, {ada: "A"})
    (number,) = queue(store, SETTINGS, ABSENCE).ids
    with store.transaction() as db:
        assert outbox.cancel(db, number).state == "cancelled"
    assert queue(store, SETTINGS, ABSENCE).ids == ()
    with serving(Post()) as port:
        assert send_waiting(store, mail_settings(port), early=True).sent == 0
    with store.transaction() as db:
        outbox.set_sent(db, number, clock.now())
    with store.transaction() as db, pytest.raises(ConflictError, match="sent already"):
        outbox.cancel(db, number)
    with store.transaction() as db, pytest.raises(NotFoundError, match="mail list"):
        outbox.cancel(db, 99)


def test_who_cannot_be_reached_is_counted(store: Store) -> None:
    class_id = add_class(store)
    pupils = [
        add_pupil(store, class_id, "R1", "No address"),
        add_pupil(store, class_id, "R2", "Half", "good@home.example, bad@@home"),
        add_pupil(store, class_id, "R3", "Bad", "see the paper form"),
        add_pupil(store, class_id, "R4", "Gone", "gone@home.example"),
    ]
    with store.transaction() as db:
        db.execute(update(StudentTable).where(StudentTable.id == pupils[3]).values(active=False))
    hold_lesson(store, class_id, dict.fromkeys(pupils, "A"))
    plan = preview(store, SETTINGS, ABSENCE)
    assert addresses(plan) == ["good@home.example"]
    assert [(one.who, one.bad) for one in plan.unreachable] == [
        ("R1 No address", ()),
        ("R2 Half", ("bad@@home",)),
        ("R3 Bad", ("see", "the", "paper", "form")),
    ]
    assert plan.inactive == 1


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        (None, (), ()),
        (" ; , ", (), ()),
        ("a@x.example;A@X.example", ("a@x.example",), ()),
        ("a@x.example\nb@x.example", ("a@x.example", "b@x.example"), ()),
        ("a@x.example\r\nBcc:spy@evil.example", ("a@x.example",), ("Bcc:spy@evil.example",)),
        ("a@localhost <b@x.example>", (), ("a@localhost", "<b@x.example>")),
    ],
)
def test_addresses_are_checked_one_by_one(text: str | None, good: tuple[str, ...], bad: tuple[str, ...]) -> None:
    assert readable_addresses(text) == (good, bad)


HOSTILE = ("=cmd()|' /C calc'!A0", "<script>alert(1)</script>", "{{ 7 * 7 }}", "Ada\nBcc: spy@evil.example", "😀" * 99)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_only_names(store: Store, name: str) -> None:
    class_id = add_class(store)
    ada = add_pupil(store, class_id, "R1", name, "mum@home.example")
    hold_lesson(store, class_id, {ada: "A"})
    post = Post()
    with serving(post) as port:
        settings = mail_settings(port)
        queue(store, settings, ABSENCE)
        assert send_waiting(store, settings).sent == 1
    message = post.arrived[0][1]
    shown = " ".join(name.split())
    assert message["Subject"].startswith(shown[:150])
    assert message["Bcc"] is None
    text, html = (part.get_content() for part in message.iter_parts())
    assert shown in text
    assert "<script" not in html
    assert "49" not in text.replace("2026", "")


def test_the_week_of_a_student(store: Store) -> None:
    first, second = add_class(store, "C1"), add_class(store, "C2")
    ada = add_pupil(store, first, "R1", "Ada", "mum@home.example")
    bob = add_pupil(store, first, "R2", "Bob", "bob@home.example")
    for day in days(4):
        hold_lesson(store, first, {ada: "P" if day.day != 16 else "A", bob: "E"}, day=day)
    hold_lesson(store, second, {ada: "L"})
    hold_lesson(store, first, {ada: "A"}, day=DAY - timedelta(days=7))
    hold_lesson(store, first, {ada: "A"}, hour=15, reviewed=False)
    plan = preview(store, SETTINGS, MailRequest("summary", day=DAY, unit="week"))
    text = plan.planned[0].draft.text
    assert (plan.label, addresses(plan)) == ("2026-W47", ["mum@home.example", "bob@home.example"])
    assert "C1 Class C1: 75.0 % (3 present, 0 late, 1 absent, 0 excused)" in text
    assert "C2 Class C2: 100.0 % (0 present, 1 late, 0 absent, 0 excused)" in text
    assert "was 80.0 %" in text
    assert "was –" in plan.planned[1].draft.text
    # A class only chooses whose mail it is; the events are the same.
    only = preview(store, SETTINGS, MailRequest("summary", class_code="C2", day=DAY, unit="week"))
    assert [one.draft.event_key for one in only.planned] == [plan.planned[0].draft.event_key]
    assert only.planned[0].draft.text == text
    month = preview(store, SETTINGS, MailRequest("summary", day=DAY, unit="month"))
    assert month.label == "2026-11"
    assert "C1 Class C1: 60.0 %" in month.planned[0].draft.text


def test_the_week_of_a_class_goes_to_its_teachers(store: Store) -> None:
    class_id = add_class(store)
    ada = add_pupil(store, class_id, "R10", "Ada <b>")
    bob = add_pupil(store, class_id, "R2", "Bob")
    hold_lesson(store, class_id, {ada: "A", bob: "P"}, reviewed=False)
    plan = preview(store, SETTINGS, MailRequest("class-summary", day=DAY, unit="week"))
    (draft,) = (one.draft for one in plan.planned)
    assert (draft.recipient, draft.recipient_role, draft.student_id) == ("grace@school.example", "teacher", None)
    assert draft.text.index("R2 Bob: 100.0 %") < draft.text.index("* R10 Ada <b>: 0.0 %")
    assert "Ada &lt;b&gt;" in draft.html


def test_a_class_without_teacher_or_address_is_told_to_whom_it_asks(store: Store) -> None:
    class_id = add_class(store, teacher_email=None)
    ada = add_pupil(store, class_id, "R1", "Ada")
    hold_lesson(store, class_id, {ada: "A"})
    plan = preview(store, SETTINGS, MailRequest("sheet", day=DAY))
    assert plan.planned == ()
    assert [(one.who, one.role) for one in plan.unreachable] == [("Grace Hopper", "teacher")]


def test_erasing_a_student_empties_what_names_them(store: Store) -> None:
    class_id = add_class(store)
    ada = add_pupil(store, class_id, "R1", "Ada", "mum@home.example")
    hold_lesson(store, class_id, {ada: "A"})
    queue(store, SETTINGS, ABSENCE)
    queue(store, SETTINGS, MailRequest("class-summary", day=DAY, unit="week"))
    (sheet,) = queue(store, SETTINGS, MailRequest("sheet", day=DAY)).ids
    erase_student(store, "R1")
    left = mails(store)
    assert [(one.kind, one.state, one.text, one.html) for one in left] == [
        ("class-summary", "cancelled", "", ""),
        ("sheet", "cancelled", "", ""),
    ]
    with store.read() as db:
        assert outbox.attachments_of(db, sheet) == ()


def test_merging_two_entries_of_a_student_tells_nobody_twice(store: Store) -> None:
    class_id = add_class(store)
    ada = add_pupil(store, class_id, "R1", "Ada", "mum@home.example")
    twin = add_pupil(store, class_id, "R2", "Ada", "mum@home.example")
    hold_lesson(store, class_id, {twin: "A"})
    hold_lesson(store, class_id, {ada: "A", twin: "A"}, hour=11)
    post = Post()
    with serving(post) as port:
        settings = mail_settings(port)
        assert len(queue(store, settings, ABSENCE).ids) == 3
        with store.transaction() as db:
            merge_rows(db, TEACHER, people.get_student(db, "R1"), people.get_student(db, "R2"))
        assert queue(store, settings, ABSENCE).ids == ()
        assert send_waiting(store, settings).sent == 2
    assert {one.student_id for one in mails(store)} == {ada}


def warned(store: Store, settings: Settings = SETTINGS, since: date | None = None) -> int:
    return len(queue(store, settings, MailRequest("warning", since=since)).ids)


def test_a_warning_for_each_crossing_but_not_too_often(store: Store) -> None:
    class_id = add_class(store)
    ada = add_pupil(store, class_id, "R1", "Ada", "mum@home.example")
    marks = iter(days(30, DAY - timedelta(days=40)))

    def lessons(statuses: str) -> None:
        for status in statuses:
            hold_lesson(store, class_id, {ada: status}, day=next(marks))

    lessons("PAPA")
    assert warned(store) == 0, "four lessons are too few"
    lessons("E")
    assert warned(store) == 0, "an excused one does not count"
    lessons("A")
    plan = preview(store, SETTINGS, MailRequest("warning"))
    assert "is 40.0 %" in plan.planned[0].draft.text
    assert warned(store) == 1
    lessons("A")
    assert warned(store) == 0, "still the same crossing"
    lessons("PPPPPPPPPPP")
    assert warned(store) == 0, "above the line"
    lessons("AA")
    plan = preview(store, SETTINGS, MailRequest("warning"))
    assert plan.planned == ()
    assert "less than 4 weeks ago" in plan.notes[0]
    with store.transaction() as db:
        db.execute(update(MailTable).values(created_at=clock.now() - timedelta(weeks=4, days=1), state="sent"))
    assert warned(store) == 1, "a new crossing, and long ago"
    assert warned(store) == 0


def test_a_warning_that_is_not_true_any_more_is_withdrawn(store: Store) -> None:
    class_id = add_class(store)
    ada = add_pupil(store, class_id, "R1", "Ada", "mum@home.example")
    before = [hold_lesson(store, class_id, {ada: "P"}, day=one) for one in days(20, DAY - timedelta(days=90))]
    sessions = [hold_lesson(store, class_id, {ada: "A"}, day=one) for one in days(5, DAY - timedelta(days=20))]
    assert before
    assert warned(store) == 0, "over all lessons it is 80 %"
    assert warned(store, since=DAY - timedelta(days=30)) == 1
    post = Post()
    with serving(post) as port:
        for one in sessions[:4]:
            correct(store, one, ada, "P")
        run = send_waiting(store, mail_settings(port))
        assert (run.sent, run.withdrawn) == (0, 1)
    assert post.arrived == []


def test_a_warning_counts_from_the_day_it_was_asked_for(store: Store) -> None:
    class_id = add_class(store)
    ada = add_pupil(store, class_id, "R1", "Ada", "mum@home.example")
    for one in days(20, DAY - timedelta(days=90)):
        hold_lesson(store, class_id, {ada: "P"}, day=one)
    for one in days(5, DAY - timedelta(days=20)):
        hold_lesson(store, class_id, {ada: "A"}, day=one)
    assert warned(store, since=DAY - timedelta(days=30)) == 1
    post = Post()
    with serving(post) as port:
        assert send_waiting(store, mail_settings(port)).sent == 1


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        (MailRequest("nothing"), "absence, lateness, summary"),
        (MailRequest("absence", class_code="XX"), "no class"),
        (MailRequest("absence", session_id=77), "no session"),
        (MailRequest("absence", session_id=77, day=DAY), "either"),
        (MailRequest("absence", to="teacher"), "parents or student"),
        (MailRequest("sheet", to="both"), "teacher"),
        (MailRequest("summary", unit="day"), "--week or --month"),
        (MailRequest("absence", since=DAY), "for warnings"),
        (MailRequest("warning", day=DAY), "--from"),
        (MailRequest("warning", unit="week"), "no day"),
        (MailRequest("summary", day=date(2999, 1, 1), unit="month"), "future"),
    ],
)
def test_what_cannot_be_asked_is_said(store: Store, request_: MailRequest, word: str) -> None:
    with pytest.raises((InputError, NotFoundError), match=word):
        preview(store, SETTINGS, request_)


@pytest.mark.parametrize("kind", list(KINDS))
def test_an_empty_school_has_nothing_to_mail(store: Store, kind: str) -> None:
    plan = preview(store, SETTINGS, MailRequest(kind))
    assert (plan.planned, plan.unreachable, plan.inactive) == ((), (), 0)


def test_weeks_and_months() -> None:
    assert whole_period("week", date(2027, 1, 1)) == (date(2026, 12, 28), date(2027, 1, 3))
    assert period_label("week", date(2027, 1, 1)) == "2026-W53"
    assert whole_period("month", date(2028, 2, 29)) == (date(2028, 2, 1), date(2028, 2, 29))
    assert whole_period("month", date(2026, 12, 31)) == (date(2026, 12, 1), date(2026, 12, 31))


def test_without_a_day_the_last_whole_week_is_meant(store: Store, noon: datetime) -> None:
    today = noon.date()
    plan = preview(store, SETTINGS, MailRequest("summary"))
    assert plan.label == period_label("week", today - timedelta(days=7))
    assert plan.notes == ()
    running = preview(store, SETTINGS, MailRequest("summary", day=today))
    assert running.label == period_label("week", today)
    assert "will not be mailed again" in running.notes[0] or today.weekday() == 6


def own(home: Home, name: str, text: str | bytes) -> None:
    folder = home.data / "mail"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())


WORDS = {"name": "Ada <b>", "rows": [{"percent": "50 %"}]}


def test_a_template_of_the_school_wins(home: Home) -> None:
    own(home, "absence.txt", "\ufeffÀ propos de {{ name }}\r\n\r\nAbsent·e. {{ school }}\r\n")
    worded = Wording(home, SETTINGS).word("absence", "parents", WORDS)
    assert worded.subject == "À propos de Ada <b>"
    assert worded.text == "Absent·e. École №1\n"
    assert worded.html == "", "the HTML of Rollcall would say something else"
    own(home, "absence.html", "<p>{{ name }}</p>")
    assert Wording(home, SETTINGS).word("absence", "parents", WORDS).html == "<p>Ada &lt;b&gt;</p>"


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("Hello\n\n{{ nmae }}\n", 3, "nmae"),
        ("Hello\n{% if false %}\n{{ nmae }}{% endif %}text\n", 3, "nmae"),
        ("Hello\n\n\n{{ rows[0].precent }}\n", 4, "precent"),
        ("Hello\n{% if name %}\ntext\n", 3, "end"),
        ("Hello\n{{ name\n", 2, ""),
        ("Hello\n\n{{ 1 / 0 }}\n", 3, "division"),
        ("Hello\n{{ name + 1 }}\n", 2, ""),
        ("Hello\n{{ name.__class__.__mro__ }}\n", 2, "__class__"),
        ("Hello\n{{ range(10 ** 9) | list }}\n", 2, "range"),
    ],
)
def test_a_faulty_template_names_file_line_and_words(home: Home, text: str, line: int, word: str) -> None:
    own(home, "absence.txt", text)
    with pytest.raises(MailError) as caught:
        Wording(home, SETTINGS).word("absence", "parents", WORDS)
    said = str(caught.value)
    assert f"{home.data / 'mail' / 'absence.txt'}, line {line} " in said
    assert word in said
    assert "The words are name, role, rows, school; each of rows has percent." in said


@pytest.mark.parametrize(
    ("text", "word"),
    [(b"\xff\xfe\x00", "UTF-8"), ("", "no subject"), ("Only a subject\n\n", "no text"), ("\n\n{{ '' }}\nx", "no text")],
)
def test_a_template_that_says_nothing_is_refused(home: Home, text: str | bytes, word: str) -> None:
    own(home, "absence.txt", text)
    with pytest.raises(MailError, match=word):
        Wording(home, SETTINGS).word("absence", "parents", WORDS)


def test_a_faulty_template_queues_nothing(store: Store) -> None:
    class_id = add_class(store)
    ada = add_pupil(store, class_id, "R1", "Ada", "mum@home.example")
    hold_lesson(store, class_id, {ada: "A"})
    own(store.home, "absence.html", "<p>{{ nmae }}</p>")
    with pytest.raises(MailError, match="nmae"):
        queue(store, SETTINGS, ABSENCE)
    assert mails(store) == []


def test_every_kind_has_both_templates() -> None:
    for kind in KINDS.values():
        assert {(TEMPLATES / f"{kind.template}{end}").is_file() for end in (".txt", ".html")} == {True}
