"""Reports against figures counted by hand."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from core import clock
from core.actor import MACHINE
from core.errors import InputError, NotFoundError
from core.paths import Home
from core.reports.charts.data import Distribution, HeatMap, Trend
from core.reports.registry import get_report, reports, run_report
from core.reports.result import Column, ReportResult, Table
from core.settings import Settings
from core.store import marks, people, sessions, timetable
from core.store.database import Store, open_store
from core.store.marks import MarkState, Wish
from core.store.sessions import CANCELLED
from core.store.statuses import Status, list_statuses, save_status
from core.store.tables import GroupMemberTable, GroupTable, MarkTable, PassageTable, RosterTable
from core.store.tallies import Scope, Tally, by_session, by_student, total
from tests.report_support import MONDAY, NAMES, NOW, add_lesson, add_students, fill, held_days, moment
from tests.store_support import TEACHER

NAMED = {
    *("session", "day", "month", "range", "student", "class", "teacher", "below", "lost", "absences", "untaken"),
    *("missing", "lateness", "changes"),
}
NEEDED = {"student": {"student": "R1"}, "class": {"class": "CS"}, "teacher": {"teacher": "grace hopper"}}
NEEDED |= {"missing": {"class": "CS", "day": "2026-11-18"}, "session": {"class": "CS"}}
SETTINGS = Settings(time_zone="UTC")


@pytest.fixture
def store(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with open_store(home) as opened:
        yield opened


@pytest.fixture
def school(store: Store) -> Store:
    fill(store)
    return store


def run(store: Store, name: str, settings: Settings = SETTINGS, **given: str) -> ReportResult:
    return run_report(store, settings, name, {key.rstrip("_"): text for key, text in given.items()})


def rows(result: ReportResult, title: str | None = None) -> list[dict[str, Any]]:
    """The rows of a table (the first without a title) by their columns' names, statuses as codes."""
    table = next(one for one in result.tables if title in (None, one.title))
    names = [one.name for one in table.columns]
    cells = [[cell.code if isinstance(cell, Status) else cell for cell in row] for row in table.rows]
    return [dict(zip(names, row, strict=True)) for row in cells]


def by_roll(result: ReportResult) -> dict[str, dict[str, Any]]:
    return {row["Roll"]: row for row in rows(result)}


def test_every_report_is_found_by_itself() -> None:
    assert set(reports()) == NAMED
    assert list(reports()) == sorted(reports())
    for name, one in reports().items():
        assert one.name == name
        assert one.about.endswith(".")
        assert 10 < len(one.about) < 120


@pytest.mark.parametrize("name", sorted(NAMED))
def test_every_report_runs(school: Store, name: str) -> None:
    result = run_report(school, SETTINGS, name, NEEDED.get(name, {}))
    assert result.name == name
    assert result.sentences
    assert all(sentence.endswith(".") for sentence in result.sentences)


@pytest.mark.parametrize("name", sorted(NAMED - {"class", "student", "teacher", "missing"}))
def test_an_empty_school_is_told_what_to_do(store: Store, name: str) -> None:
    assert "There are no classes yet" in run_report(store, SETTINGS, name, {}).sentences[0]


@pytest.mark.parametrize(
    "name", ["day", "month", "range", "below", "lost", "absences", "untaken", "lateness", "changes"]
)
def test_a_class_without_lessons_has_sentences_and_no_figures(store: Store, name: str) -> None:
    with store.transaction() as db:
        add_students(db, people.add_class(db, "CS", "Computing").id, ["R1"])
    result = run(store, name, class_="CS")
    assert result.sentences
    assert not any(table.rows for table in result.tables)
    assert "100" not in " ".join(result.sentences)


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("mnth", {}, "There is no report “mnth”. The reports are absences, below"),
        ("class", {}, "The report class needs --class: Code of the class. There are CS."),
        ("teacher", {}, "needs --teacher: Name of the teacher. There are Grace Hopper."),
        ("student", {}, "needs --student"),
        ("day", {"student": "R1"}, "does not take --student. It takes --day, --class."),
        ("class", {"class": "XY"}, "There is no class “XY”. The classes are CS."),
        ("teacher", {"teacher": "Nobody"}, "There is no teacher “Nobody”. See all"),
        ("student", {"student": "=cmd()"}, "no student with the roll number “=cmd()”"),
        ("month", {"month": "November"}, "“November” is no month. Write it like 2026-11."),
        ("month", {"month": "2026-13"}, "no month"),
        ("day", {"day": "31.12.2026"}, "is no day"),
        ("range", {"from": "2026-11-20", "to": "2026-11-01"}, "is before the first day"),
        ("below", {"threshold": "120"}, "Write one from 0 to 100"),
        ("below", {"threshold": "nan"}, "Write one from 0 to 100"),
        ("absences", {"threshold": "0"}, "is no number for --threshold"),
        ("absences", {"threshold": "²"}, "is no number for --threshold"),
        ("session", {"session": "999999"}, "There is no session number 999999"),
        ("below", {"to": "9999-12-31"}, "too far away"),
        ("changes", {"from": "0001-01-01"}, "too far away"),
        ("month", {"month": "9999-12"}, "no month"),
        ("session", {}, "needs --session, or --class"),
    ],
)
def test_wrong_words_give_a_sentence(school: Store, name: str, given: dict[str, str], sentence: str) -> None:
    with pytest.raises((InputError, NotFoundError)) as caught:
        run_report(school, SETTINGS, name, given)
    assert sentence in str(caught.value)


def test_empty_words_are_not_given(school: Store) -> None:
    assert run(school, "month", class_="  ").title == "Month 2026-11, whole school"
    assert get_report(" MONTH ").name == "month"


def test_a_class_held_planned_and_best(school: Store) -> None:
    result = run(school, "class", class_="cs")
    found = by_roll(result)
    expected = {
        # Of six lessons: one excused, so five count.  Three are to come.
        "R1": (5, 0, 1, 0, 100.0, 100 * 5 / 8, 100.0),
        "R2": (3, 1, 0, 2, 100 * 4 / 6, 100 * 4 / 9, 100 * 7 / 9),
        "R3": (6, 0, 0, 0, 100.0, 100 * 6 / 9, 100.0),
        "R4": (2, 1, 0, 3, 50.0, 100 * 3 / 9, 100 * 6 / 9),
        "R5": (2, 0, 0, 4, 100 * 2 / 6, 100 * 2 / 9, 100 * 5 / 9),
    }
    columns = ("Present", "Late", "Excused", "Absent", "Attendance", "Of all planned", "Best possible")
    for roll, figures in expected.items():
        assert tuple(found[roll][one] for one in columns) == pytest.approx(figures)
        assert found[roll]["To come"] == 3
    assert found["R5"]["Note"] == "cannot reach 75 % any more"
    assert found["R2"]["Note"] == "below 75 %"
    assert found["R3"]["Note"] is None
    assert result.sentences[0].startswith(
        "6 lessons held, 3 to come. Attendance is 69.0 %: 9 absences, 2 late, 1 excused"
    )
    assert "3 students are below 75 %, of whom 2 cannot reach it any more." in result.sentences


def test_below_and_lost_take_a_threshold_of_their_own(school: Store) -> None:
    assert [row["Roll"] for row in rows(run(school, "below"))] == ["R5", "R4", "R2"]
    assert [row["Roll"] for row in rows(run(school, "below", threshold="60"))] == ["R5", "R4"]
    assert [row["Roll"] for row in rows(run(school, "lost"))] == ["R5", "R4"]
    assert [row["Roll"] for row in rows(run(school, "lost", threshold="78 %"))] == ["R5", "R4", "R2"]
    assert "Everybody can still reach 50 %." in run(school, "lost", threshold="50").sentences
    lenient = Settings(time_zone="UTC", minimum_percent=20)
    assert run(school, "below", lenient).sentences == ("Nobody is below 20 %.",)


def test_who_joined_later_has_no_lessons_before(school: Store) -> None:
    with school.transaction() as db:
        add_students(db, 1, ["R6"], joined=moment(held_days()[4], 12))
        add_lesson(db, 1, date(2026, 11, 19), {6: "P", 1: "P"})
    newcomer = by_roll(run(school, "class", class_="CS"))["R6"]
    # The lesson of the 18th has no mark of theirs, so it is planned and not held.
    assert (newcomer["Present"], newcomer["Absent"], newcomer["Attendance"]) == (1, 0, 100.0)
    assert newcomer["Of all planned"] == pytest.approx(100 * 1 / 5)
    assert newcomer["Best possible"] == 100.0


def test_marks_from_before_joining_do_not_hide_lessons_to_come(school: Store) -> None:
    with school.transaction() as db:
        db.execute(update(RosterTable).values(joined_at=NOW))
    found = by_roll(run(school, "class", class_="CS"))
    assert found["R2"]["Of all planned"] == pytest.approx(100 * 4 / 9)
    assert found["R2"]["To come"] == 3


def test_lessons_of_a_group_are_those_of_its_members(school: Store) -> None:
    with school.transaction() as db:
        db.execute(insert(GroupTable).values(id=1, class_id=1, name="Lab", name_key="lab"))
        db.execute(insert(GroupMemberTable).values(group_id=1, student_id=2))
        add_lesson(db, 1, date(2026, 11, 24), {}, group_id=1)
    found = by_roll(run(school, "class", class_="CS"))
    assert found["R2"]["To come"] == 4
    assert found["R3"]["To come"] == 3


def test_holidays_and_cancelled_lessons_count_nowhere(school: Store) -> None:
    with school.transaction() as db:
        timetable.add_closure(db, date(2026, 11, 25), date(2026, 11, 25), "holiday")
        last = sessions.latest_session(db, 1)
        assert last is not None
        sessions.change_session(db, last.id, state=CANCELLED)
    found = by_roll(run(school, "class", class_="CS"))
    assert found["R5"]["Attendance"] == pytest.approx(100 * 2 / 5)
    assert found["R5"]["To come"] == 2
    day = run(school, "day", day="2026-11-18")
    assert "1 lesson did not take place." in day.sentences


def test_inactive_students_are_not_warned_about_and_those_who_left_keep_their_figures(school: Store) -> None:
    with school.transaction() as db:
        row = people.get_student(db, "R5")
        db.execute(delete(RosterTable).where(RosterTable.student_id == row.id))
    assert "R5" not in {one["Roll"] for one in rows(run(school, "below"))}
    left = by_roll(run(school, "class", class_="CS"))["R5"]
    assert (left["Note"], left["Absent"], left["Best possible"]) == ("not on the roster", 4, None)


def test_an_endless_timetable_says_that_it_cannot_see_the_end(school: Store) -> None:
    with school.transaction() as db:
        timetable.add_schedule(db, timetable.Schedule(0, 1, MONDAY, None, (4,), held_at(), 60))
    assert "give --to" in " ".join(run(school, "class", class_="CS").sentences)
    assert "give --to" not in " ".join(run(school, "class", class_="CS", to="2026-12-31").sentences)


def held_at() -> Any:
    return moment(MONDAY).time()


def test_points_of_the_school_s_own_statuses_count(school: Store) -> None:
    with school.transaction() as db:
        late = next(one for one in list_statuses(db) if one.code == "L")
        save_status(db, Status(**{**{key: getattr(late, key) for key in late.__slots__}, "points": 0.5}))
        save_status(db, Status("T", "T", "Trip", "present", None, "#FFFFFF", "#000000"))
        db.execute(update(MarkTable).where(MarkTable.student_id == 3, MarkTable.session_id == 1).values(status="T"))
        tallies = by_student(db, Scope())
    assert tallies[2] == Tally(6, 6, 3.5, 3, 1, 0, 2, 12)
    assert tallies[3] == Tally(6, 5, 5.0, 6, 0, 0, 0, 0)


def test_tallies_add_up(school: Store) -> None:
    with school.read() as db:
        each = [one.tally for one in by_session(db, Scope())]
        assert total(each) == total(by_student(db, Scope()).values())
    assert len({one.absent for one in each}) > 1
    assert total([]) == Tally()
    assert total([]).percent is None


def test_a_month_and_a_range(school: Store) -> None:
    result = run(school, "month", class_="CS")
    assert [row["Day"] for row in rows(result, "Days")] == held_days()
    assert rows(result, "Days")[0]["Attendance"] == 100.0
    assert [type(one) for one in result.charts] == [Trend, HeatMap, Distribution]
    whole = run(school, "month", month="2026-11")
    assert (
        rows(whole, "Classes")[0] | {"Teacher": "Grace Hopper", "Lessons": 6, "Absent": 9} == rows(whole, "Classes")[0]
    )
    assert [row["Roll"] for row in rows(whole, "Students below 75 %")] == ["R2", "R4", "R5"]
    week = run(school, "range", from_="2026-11-02", to="2026-11-08")
    assert [row["Day"] for row in rows(week)] == held_days()[:2]
    assert run(school, "month", month="2026-10").sentences == ("No lesson was marked from 2026-10-01 to 2026-10-31.",)


def test_charts_count_hours_on_the_school_s_clock(school: Store) -> None:
    result = run(school, "month", Settings(time_zone="Asia/Kolkata"), class_="CS")
    heat = next(one for one in result.charts if isinstance(one, HeatMap))
    assert {(one.weekday, one.hour, one.lessons) for one in heat.cells} == {(0, 14, 3), (2, 14, 3)}
    trend = next(one for one in result.charts if isinstance(one, Trend))
    assert trend.by == "day"
    assert [one.percent for one in trend.points][:2] == [100.0, 80.0]
    assert next(one for one in result.charts if isinstance(one, Distribution)).percents[0] == pytest.approx(100 / 3)


def test_a_long_time_is_drawn_by_weeks(school: Store) -> None:
    with school.transaction() as db:
        add_lesson(db, 1, date(2026, 9, 2), {1: "P"})
    trend = run(school, "range", class_="CS").charts[0]
    assert isinstance(trend, Trend)
    assert trend.by == "week"
    assert [one.day.weekday() for one in trend.points] == [0, 0, 0, 0]


def test_one_lesson_and_its_times(school: Store) -> None:
    result = run(school, "session", session="2")
    assert result.title == "CS Computing, 2026-11-04 09:00 to 10:00"
    found = by_roll(result)
    assert found["R2"]["Status"] == "L"
    assert (found["R2"]["Minutes late"], found["R2"]["Minutes seen"]) == (12, 43)
    assert f"{found['R2']['First seen']:%H:%M}" == "09:12"
    assert found["R5"]["First seen"] is None
    assert "4 students of 5 came, 1 of them late; 1 missed it" in result.sentences[0]


def test_absences_in_a_row(school: Store) -> None:
    assert rows(run(school, "absences", threshold="2")) == [
        {"Roll": "R5", "Name": "[bold]Rich[/]", "Lessons in a row": 2, "First day": held_days()[4],
         "Last day": held_days()[5], "Still going on": "yes", "Mail of the parents": None},
    ]  # fmt: skip
    every = rows(run(school, "absences", threshold="2", ended="yes", class_="CS"))
    assert [(row["Roll"], row["Lessons in a row"], row["Still going on"]) for row in every] == [
        ("R5", 2, "yes"),
        ("R4", 3, "no"),
        ("R5", 2, "no"),
    ]
    assert "Nobody missed" in run(school, "absences").sentences[0]


def test_excused_lessons_neither_end_a_run_nor_count(school: Store) -> None:
    with school.transaction() as db:
        add_lesson(db, 1, date(2026, 11, 19), {5: "E"}, hour=8)
        add_lesson(db, 1, date(2026, 11, 19), {5: "A"}, hour=9)
    found = rows(run(school, "absences"))
    assert [(row["Roll"], row["Lessons in a row"]) for row in found] == [("R5", 3)]


def test_runs_go_over_all_classes_and_can_be_asked_of_one(school: Store) -> None:
    with school.transaction() as db:
        other = people.add_class(db, "MA", "Mathematics")
        add_lesson(db, other.id, date(2026, 11, 17), {5: "P"})
    assert rows(run(school, "absences", threshold="2")) == []
    assert [row["Roll"] for row in rows(run(school, "absences", threshold="2", class_="CS"))] == ["R5"]


def test_registers_not_taken(school: Store) -> None:
    assert run(school, "untaken").sentences == ("Every register from 2026-10-21 to 2026-11-20 was taken.",)
    with school.transaction() as db:
        other = people.add_class(db, "MA", "Mathematics")
        timetable.add_schedule(db, timetable.Schedule(0, other.id, MONDAY, None, (3, 4), moment(MONDAY, 11).time(), 30))
        add_lesson(db, other.id, date(2026, 11, 19), {}, schedule_id=2, planned_day=date(2026, 11, 19))
    found = rows(run(school, "untaken", from_="2026-11-16"))
    # The lesson of today ended half an hour ago.
    assert [(row["Day"].day, row["State"]) for row in found] == [(19, "closed, without a mark"), (20, "never opened")]
    assert (
        run(school, "teacher", teacher="Grace Hopper")
        .sentences[0]
        .startswith("Grace Hopper teaches 1 class: 6 lessons")
    )


def test_here_but_missing(school: Store) -> None:
    day = date(2026, 11, 18)
    with school.transaction() as db:
        other = people.add_class(db, "MA", "Mathematics")
        add_lesson(db, other.id, day, {2: "P", 4: "P"}, hour=7)
        db.add(
            PassageTable(
                student_id=5, day=day, first_at=moment(day, 8), last_at=moment(day, 8, 1), camera="gate",
                direction="in", confidence=0.9, picture=b"", last_picture=b"",
            )
        )  # fmt: skip
        db.add(
            PassageTable(
                student_id=5, day=day - timedelta(days=1), first_at=moment(day), last_at=moment(day), camera="old",
                direction="in", confidence=0.9, picture=b"", last_picture=b"",
            )
        )  # fmt: skip
    found = by_roll(run(school, "missing", class_="CS", day="2026-11-18"))
    assert {roll: (row["Seen last"], row["Status here"]) for roll, row in found.items()} == {
        "R2": ("MA", "A"),
        "R5": ("gate", "A"),
    }
    with school.transaction() as db:
        db.execute(delete(MarkTable).where(MarkTable.session_id == 6, MarkTable.student_id == 5))
    assert by_roll(run(school, "missing", class_="CS", session="6"))["R5"]["Status here"] is None
    with pytest.raises(NotFoundError, match="had no lesson on 2026-11-20 yet"):
        run(school, "missing", class_="CS")


def test_lateness_and_leaving_early(school: Store) -> None:
    begin = moment(held_days()[0])
    with school.transaction() as db:
        one = (MarkTable.session_id == 1, MarkTable.student_id == 1)
        db.execute(update(MarkTable).where(*one).values(last_seen=begin + timedelta(minutes=20)))
        # In the second lesson the camera ran for fifteen minutes only: nobody was seen to leave.
        second = moment(held_days()[1])
        db.execute(update(MarkTable).where(MarkTable.session_id == 2).values(last_seen=second + timedelta(minutes=15)))
    found = by_roll(run(school, "lateness", class_="CS"))
    assert {roll: (row["Times late"], row["Minutes late"], row["Left early"]) for roll, row in found.items()} == {
        "R1": (0, 0, 1),
        "R2": (1, 12, 0),
        "R4": (1, 12, 0),
    }
    alone = by_roll(run(school, "lateness", student="R3"))["R3"]
    assert (alone["Lessons seen"], alone["Minutes seen"], alone["A lesson"]) == (6, 5 * 54 + 14, 47)
    assert run(school, "lateness").sentences[0] == "2 late arrivals, 24 minutes altogether, by 2 students."


def test_who_changed_what(school: Store) -> None:
    assert run(school, "changes").sentences == ("Nobody changed a mark.",)
    with school.transaction() as db:
        marks.write_marks(db, TEACHER, [Wish(6, 5, MarkState("E", reason="ill"))], why="a letter came")
        marks.write_marks(db, TEACHER, [Wish(6, 2, None)], why="by mistake")
        marks.write_marks(db, MACHINE, [Wish(1, 2, MarkState("A", source="auto"))])
    result = run(school, "changes")
    found = rows(result)
    assert [(row["Roll"], row["Before"], row["After"], row["Why"], row["By"]) for row in found] == [
        ("R2", "A", None, "by mistake", "Grace Hopper"),
        ("R5", "A", "E", "a letter came", "Grace Hopper"),
    ]
    assert found[0]["When"] == datetime(2026, 11, 20, 12)
    assert [row["Roll"] for row in rows(run(school, "changes", student="R5"))] == ["R5"]
    assert rows(run(school, "changes", session="1")) == []
    assert rows(run(school, "changes", to="2026-11-19")) == []


def test_days_of_changes_are_the_school_s(school: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 20, 20, tzinfo=UTC))
    with school.transaction() as db:
        marks.write_marks(db, TEACHER, [Wish(6, 5, MarkState("P"))])
    far = Settings(time_zone="Pacific/Auckland")
    assert len(rows(run(school, "changes", far, from_="2026-11-21"))) == 1
    assert rows(run(school, "changes", far, to="2026-11-20")) == []


def test_one_student(school: Store) -> None:
    result = run(school, "student", student="r2")
    assert "Attendance is 66.7 % in 1 class: 2 absences, 1 late, 0 excused." in result.sentences
    assert rows(result, "Classes")[0]["Best possible"] == pytest.approx(100 * 7 / 9)
    assert [row["Status"] for row in rows(result, "The last 50 lessons")] == list("APAPLP")
    assert NAMES[1] in result.title


def test_a_student_who_left_or_is_in_no_class(school: Store) -> None:
    with school.transaction() as db:
        people.set_active(db, people.get_student(db, "R2").id, False)
        other = people.add_class(db, "MA", "Mathematics").code
        people.add_student(db, "R9", "New")
    assert "Attendance is 66.7 %" in run(school, "student", student="R2").sentences[0]
    assert "R2" not in {row["Roll"] for row in rows(run(school, "below"))}
    assert run(school, "student", student="R9").sentences == ("This student is in no class.",)
    said = run(school, "student", student="R1", class_=other).sentences
    assert said == ("This student is not on the roster of MA.",)


def test_a_table_refuses_rows_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="2 cells"):
        Table("T", (Column("A"), Column("B")), (("a",),))
