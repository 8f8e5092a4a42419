"""Marks set by people: who may, what is kept of it, and how it is taken back; how sessions open and close."""

from collections.abc import Iterator
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy.orm import Session

from core import clock
from core.actor import MACHINE, Actor
from core.correcting import check_may_mark, mark_all_present, set_marks, undo
from core.errors import ConflictError, InputError, NotFoundError
from core.paths import Home
from core.registers import MarkDetails, mark_details
from core.reports.session_files import sheet_path, write_sheet_of
from core.sessions import (
    SessionRequest,
    cancel_lesson,
    close_due,
    close_session,
    lock_session,
    open_again,
    open_session,
    review_session,
    session_to_mark,
)
from core.settings import Settings
from core.store import marks, people, register, sessions, sightings, statuses, timetable
from core.store.database import Store, open_store
from core.store.marks import MarkState, Wish
from core.store.register import FaceEvidence, SightingDraft
from core.store.sessions import SessionRow
from core.store.sightings import Sighting
from core.store.statuses import Status
from core.store.timetable import PlannedAbsence
from tests.store_support import ADMIN, TEACHER

SCHOOL = Settings(time_zone="UTC")
STUDENT = Actor("Rani", "student")


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with open_store(home) as store:
        with store.transaction() as db:
            people.add_class(db, "CS101", "Programming", "Grace Hopper")
            for number in (1, 2, 3, 4):
                people.add_to_roster(db, 1, people.add_student(db, f"R{number}", f"Student {number}").id)
        yield store


@pytest.fixture
def session(store: Store) -> SessionRow:
    return open_session(store, SCHOOL, TEACHER, SessionRequest("CS101", at=clock.now() - timedelta(minutes=20)))


def letters(store: Store, session: SessionRow) -> str:
    """Letters of students 1 to 4, ``.`` for no mark."""
    with store.read() as db:
        found = marks.marks_of(db, [session.id])
    return "".join(found[session.id, one].status if (session.id, one) in found else "." for one in (1, 2, 3, 4))


def put(store: Store, session: SessionRow, who: Actor = TEACHER, why: str | None = None, **states: str | None) -> None:
    wishes = [
        Wish(session.id, int(student[1:]), None if status is None else MarkState(status))
        for student, status in states.items()
    ]
    set_marks(store, SCHOOL, who, wishes, why=why)


def see(db: Session, session: SessionRow, minutes: float, *students: int) -> None:
    moment = session.starts_at + timedelta(minutes=minutes)
    evidence = {one: FaceEvidence(0.9, moment, moment + timedelta(minutes=1)) for one in students}
    register.merge_face_marks(db, session.id, evidence, [1, 2, 3, 4], late_after_minutes=10)


def test_a_change_keeps_who_when_what_it_was_and_why(store: Store, session: SessionRow) -> None:
    put(store, session, r1="P")
    put(store, session, Actor("Ada", "teacher"), "came 20 minutes later", r1="L")
    with store.read() as db:
        newest, first = marks.changes_of(db, student_id=1)
        mark = marks.marks_of(db, [session.id])[session.id, 1]
    assert (first.before, first.after, first.by, first.role) == (None, MarkState("P"), "Grace Hopper", "teacher")
    assert (newest.before, newest.after) == (MarkState("P"), MarkState("L", minutes_late=20))
    assert (newest.by, newest.why) == ("Ada", "came 20 minutes later")
    assert timedelta(0) <= clock.now() - newest.at < timedelta(minutes=5)
    assert mark.changed_by == "Ada"


def test_a_change_needs_a_reason_and_a_first_mark_does_not(store: Store, session: SessionRow) -> None:
    put(store, session, r1="P")
    with pytest.raises(InputError, match="--reason"):
        put(store, session, r1="A", r2="P")
    assert letters(store, session) == "P..."  # All or nothing: the first mark of the second student was not made.
    put(store, session, r1="P")  # The same again is no change and needs none.
    with store.read() as db:
        assert len(marks.changes_of(db, session_id=session.id)) == 1


def test_confirming_what_a_camera_said_is_a_change_of_a_person(store: Store, session: SessionRow) -> None:
    with store.transaction() as db:
        see(db, session, 1, 1)
    put(store, session, why="I saw them", r1="P")
    with store.transaction() as db:
        (change,) = marks.changes_of(db, session_id=session.id)
        see(db, session, 0, 2)
    assert (change.before and change.before.source, change.after and change.after.source) == ("face", "manual")


def test_what_cannot_be_marked(store: Store, session: SessionRow) -> None:
    with store.transaction() as db:
        stranger = people.add_student(db, "X9", "Somebody else")
    with pytest.raises(InputError, match=r"X9 Somebody else is not on the roster of CS101"):
        set_marks(store, SCHOOL, TEACHER, [Wish(session.id, stranger.id, MarkState("P"))])
    with pytest.raises(InputError, match="no status"):
        put(store, session, r1="Z")
    with pytest.raises(InputError, match="Minutes"):
        set_marks(store, SCHOOL, TEACHER, [Wish(session.id, 1, MarkState("L", minutes_late=-1))])
    with pytest.raises(NotFoundError):
        set_marks(store, SCHOOL, TEACHER, [Wish(99, 1, MarkState("P"))])
    assert letters(store, session) == "...."


def test_late_without_minutes_is_late_by_now_while_the_lesson_goes_on(
    store: Store, session: SessionRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    for minutes, student in ((25, "r1"), (200, "r2")):
        now = session.starts_at + timedelta(minutes=minutes, seconds=59)
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        put(store, session, **{student: "L"})
    with store.read() as db:
        found = marks.marks_of(db, [session.id])
    assert [found[session.id, one].state.minutes_late for one in (1, 2)] == [25, None]
    put(store, session, why="the bus", r1="L")
    set_marks(store, SCHOOL, TEACHER, [Wish(session.id, 1, MarkState("L", reason="the bus"))], why="the bus")
    with store.read() as db:
        # Said again an hour later, it is still as late.
        assert marks.marks_of(db, [session.id])[session.id, 1].state == MarkState("L", 25, "the bus")


def test_undo_takes_back_whole_doings_one_after_the_other(store: Store, session: SessionRow) -> None:
    put(store, session, r1="P", r2="A")
    mark_all_present(store, SCHOOL, TEACHER, session.id)
    put(store, session, why="overlooked", r2="P", r3=None)
    assert letters(store, session) == "PP.P"
    undone = undo(store, SCHOOL, TEACHER, session.id)
    assert letters(store, session) == "PAPP"
    assert {one.undoes for one in undone.changes} != {None}
    undo(store, SCHOOL, TEACHER, session.id)
    assert letters(store, session) == "PA.."
    undo(store, SCHOOL, TEACHER, session.id)
    assert letters(store, session) == "...."
    with pytest.raises(NotFoundError, match="nothing to undo"):
        undo(store, SCHOOL, TEACHER, session.id)
    with store.read() as db:
        # Nothing of the history is gone: three doings and their three undoings.
        assert len({one.act for one in marks.changes_of(db, session_id=session.id)}) == 6


def test_undo_of_a_doing_is_refused_once_another_came_after_it(store: Store, session: SessionRow) -> None:
    first = set_marks(store, SCHOOL, TEACHER, [Wish(session.id, 1, MarkState("P"))])
    second = set_marks(store, SCHOOL, ADMIN, [Wish(session.id, 2, MarkState("A"))])
    with pytest.raises(ConflictError, match="changed this register since"):
        undo(store, SCHOOL, TEACHER, session.id, act=first.act)
    undo(store, SCHOOL, ADMIN, session.id, act=second.act)
    undo(store, SCHOOL, TEACHER, session.id, act=first.act)
    with store.read() as db:
        assert marks.marks_of(db, [session.id]) == {}


def test_all_about_a_mark_is_told_with_its_changes_newest_first(store: Store, session: SessionRow) -> None:
    assert mark_details(store, session.id, 1) == MarkDetails(None, ())
    set_marks(store, SCHOOL, TEACHER, [Wish(session.id, 1, MarkState("P"))])
    set_marks(store, SCHOOL, ADMIN, [Wish(session.id, 1, MarkState("A", reason="ill"))], why="a call")
    set_marks(store, SCHOOL, ADMIN, [Wish(session.id, 2, MarkState("P"))])
    found = mark_details(store, session.id, 1)
    assert found.mark is not None
    assert (found.mark.state.reason, found.mark.changed_by) == ("ill", ADMIN.name)
    assert [(one.by, one.why) for one in found.changes] == [(ADMIN.name, "a call"), (TEACHER.name, None)]


def test_undo_brings_minutes_reason_and_source_back(store: Store, session: SessionRow) -> None:
    with store.transaction() as db:
        see(db, session, 17.5, 1)
    before = MarkState("L", 17, None, "face")
    with store.read() as db:
        assert marks.marks_of(db, [session.id])[session.id, 1].state == before
    put(store, session, why="was with me", r1="P")
    undo(store, SCHOOL, TEACHER, session.id)
    with store.read() as db:
        assert marks.marks_of(db, [session.id])[session.id, 1].state == before


def test_undo_refuses_where_something_was_changed_since(store: Store, session: SessionRow) -> None:
    put(store, session, r1="P")
    with store.transaction() as db:
        marks.write_marks(db, MACHINE, [Wish(session.id, 1, MarkState("A", source="auto"))])
    with pytest.raises(ConflictError, match="R1 Student 1 was changed since"):
        undo(store, SCHOOL, TEACHER, session.id)
    assert letters(store, session) == "A..."


def test_all_present_fills_only_blanks_and_knows_who_is_excused(store: Store, session: SessionRow) -> None:
    with store.transaction() as db:
        plan = PlannedAbsence(0, 3, None, session.day, session.day, "E", "hospital", "")
        timetable.add_absence(db, TEACHER, plan)
        see(db, session, 1, 4)
        db.flush()
    put(store, session, why="is ill", r1="E", r2=None)
    assert letters(store, session) == "E.EP"
    mark_all_present(store, SCHOOL, TEACHER, session.id)
    assert letters(store, session) == "EPEP"
    with store.read() as db:
        assert marks.marks_of(db, [session.id])[session.id, 3].state.reason == "hospital"


def test_closing_marks_the_unmarked_absent_and_overwrites_nothing(store: Store, session: SessionRow) -> None:
    with store.transaction() as db:
        plan = PlannedAbsence(0, 4, 1, session.day, session.day, "E", "competition", "")
        timetable.add_absence(db, TEACHER, plan)
    put(store, session, r1="P", r2="L")
    closed = close_session(store, SCHOOL, TEACHER, session.id)
    assert letters(store, session) == "PLAE"
    assert (closed.session.state, closed.absent) == ("closed", (3, 4))
    # Who closes it has looked through it, so that parents may be told.
    assert closed.session.reviewed_at is not None
    assert close_session(store, SCHOOL, TEACHER, session.id).absent == ()
    # Opened again it shows what was saved, and undo goes back to what the teacher did, not to the closing.
    assert open_again(store, SCHOOL, TEACHER, session.id).state == "open"
    assert letters(store, session) == "PLAE"
    undo(store, SCHOOL, TEACHER, session.id)
    assert letters(store, session) == "..AE"


def test_sessions_close_by_themselves_when_their_time_is_over(
    store: Store, session: SessionRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, session, r1="P")
    assert close_due(store, SCHOOL) == ()
    over = session.ends_at + timedelta(minutes=SCHOOL.close_after_minutes, seconds=1)
    with store.transaction() as db:
        monkeypatch.setattr(clock, "now", lambda: over)
        people.add_to_roster(db, 1, people.add_student(db, "R5", "Came later").id)
    (closed,) = close_due(store, SCHOOL, over)
    assert (closed.session.id, closed.session.state, closed.absent) == (session.id, "closed", (2, 3, 4))
    assert closed.session.reviewed_at is None
    with store.read() as db:
        assert {who for _, who in marks.marks_of(db, [session.id])} == {1, 2, 3, 4}
    # Opened again after its time, it stays open for a while.
    open_again(store, SCHOOL, TEACHER, session.id)
    assert close_due(store, SCHOOL, over + timedelta(minutes=SCHOOL.close_after_minutes - 1)) == ()


def test_a_register_that_nobody_took_does_not_count_as_taken(store: Store, session: SessionRow) -> None:
    close_due(store, SCHOOL, session.ends_at + timedelta(days=1))
    assert letters(store, session) == "AAAA"
    with store.read() as db:
        kept = sessions.get_session(db, session.id)
    assert (kept.state, kept.taken_at) == ("closed", None)
    with pytest.raises(ConflictError, match="nothing to review"):
        review_session(store, session.id)


def test_a_locked_session_takes_marks_of_the_teacher_only(store: Store, session: SessionRow) -> None:
    lock_session(store, session.id)
    for actor in (MACHINE, STUDENT):
        with pytest.raises(ConflictError, match="is locked"):
            put(store, session, actor, r1="P")
    with pytest.raises(ConflictError, match="is locked"):
        session_to_mark(store, SCHOOL, SessionRequest("CS101"), "camera 0")
    put(store, session, r1="P")
    assert letters(store, session) == "P..."


def test_old_sessions_are_changed_by_an_admin_only(
    store: Store, session: SessionRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, session, r1="P")
    end = session.ends_at  # Its day counts; it may be the day after the one of now.
    monkeypatch.setattr(clock, "now", lambda: end + timedelta(days=SCHOOL.lock_after_days))
    put(store, session, why="last day", r1="A")
    monkeypatch.setattr(clock, "now", lambda: end + timedelta(days=SCHOOL.lock_after_days + 1))
    for refused in (
        lambda: put(store, session, why="too late", r1="P"),
        lambda: undo(store, SCHOOL, TEACHER, session.id),
        lambda: mark_all_present(store, SCHOOL, TEACHER, session.id),
        lambda: open_again(store, SCHOOL, TEACHER, session.id),
    ):
        with pytest.raises(ConflictError, match="only an admin"):
            refused()
    put(store, session, ADMIN, "appeal granted", r1="P")
    assert letters(store, session) == "P..."
    # What an admin opened again is the teacher's to correct.
    open_again(store, SCHOOL, ADMIN, session.id)
    put(store, session, r2="P")


def test_a_cancelled_session_takes_no_marks(store: Store, session: SessionRow) -> None:
    with store.transaction() as db:
        cancelled = sessions.change_session(db, session.id, state="cancelled")
    with pytest.raises(ConflictError, match="cancelled"):
        check_may_mark(SCHOOL, ADMIN, cancelled)
    with pytest.raises(ConflictError, match="cancelled"):
        close_session(store, SCHOOL, TEACHER, session.id)


def test_late_comes_from_the_arrival_and_an_earlier_sighting_mends_it(store: Store, session: SessionRow) -> None:
    with store.transaction() as db:
        see(db, session, 10, 1)
        see(db, session, 10.5, 2)
        see(db, session, 30, 3)
        found = {who: mark.state for (_, who), mark in marks.marks_of(db, [session.id]).items()}
        assert [(found[one].status, found[one].minutes_late) for one in (1, 2, 3, 4)] == [
            *(("P", None), ("L", 10), ("L", 30), ("A", None))
        ]
        see(db, session, 2, 3, 4)
        found = {who: mark.state for (_, who), mark in marks.marks_of(db, [session.id]).items()}
    assert [(found[one].status, found[one].minutes_late) for one in (3, 4)] == [("P", None), ("P", None)]
    with store.read() as db:
        # What a camera changed is in the history, what it marked first is not: the mark says so itself.
        changed = [one.student_id for one in marks.changes_of(db, session_id=session.id) if one.role == "machine"]
    assert sorted(changed) == [2, 3, 3, 4]


def test_the_sheet_follows_a_correction(store: Store, session: SessionRow) -> None:
    put(store, session, r1="P")
    path = write_sheet_of(store, SCHOOL, session.id).path
    assert path == sheet_path(store, SCHOOL, session.id)
    put(store, session, why="left at once", r1="A")
    texts = [cell.value for row in openpyxl.load_workbook(path).worksheets[0].iter_rows() for cell in row]
    assert "A" in texts
    assert "P" not in texts


def test_a_group_session_expects_its_group_only(store: Store) -> None:
    with store.transaction() as db:
        from core.store.tables import GroupMemberTable, GroupTable

        db.add(GroupTable(id=1, class_id=1, name="Lab A", name_key="lab a"))
        db.flush()
        db.add_all([GroupMemberTable(group_id=1, student_id=one) for one in (1, 2)])
    lab = open_session(store, SCHOOL, TEACHER, SessionRequest("CS101", group_id=1))
    put(store, lab, r1="P")
    assert close_session(store, SCHOOL, TEACHER, lab.id).absent == (2,)


def test_a_status_of_the_schools_own(store: Store, session: SessionRow) -> None:
    with store.transaction() as db:
        own = statuses.save_status(db, Status("S1", "m", "Medical leave", "excused", None, "#ECECEC", "#3A3A3A"))
        assert statuses.read_status(db, "M") == own == statuses.read_status(db, "medical LEAVE")
        with pytest.raises(ConflictError, match="letter or name"):
            statuses.save_status(db, Status("S2", "M", "Match", "excused", None, "#ECECEC", "#3A3A3A"))
        with pytest.raises(ConflictError, match="built in"):
            statuses.save_status(db, Status("P", "P", "Present", "absent", 0, "#ECECEC", "#3A3A3A"))
        for wrong in (
            Status("S2", "=1", "Formula", "absent", 0, "#ECECEC", "#3A3A3A"),
            Status("S2", "X", "Far", "absent", 7, "#ECECEC", "#3A3A3A"),
            Status("S2", "X", "Red", "absent", 0, "red", "#3A3A3A"),
        ):
            with pytest.raises(InputError):
                statuses.save_status(db, wrong)
    put(store, session, r1="S1")
    assert letters(store, session).startswith("S1")


def test_opening_again_and_again_keeps_no_lock_away(
    store: Store, session: SessionRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, session, r1="P")
    close_session(store, SCHOOL, TEACHER, session.id)
    end = session.ends_at
    monkeypatch.setattr(clock, "now", lambda: end + timedelta(days=SCHOOL.lock_after_days))
    open_again(store, SCHOOL, TEACHER, session.id)
    monkeypatch.setattr(clock, "now", lambda: end + timedelta(days=SCHOOL.lock_after_days + 1))
    for refused in (
        lambda: put(store, session, why="too late", r1="A"),
        lambda: open_again(store, SCHOOL, TEACHER, session.id),
        lambda: close_session(store, SCHOOL, TEACHER, session.id),
    ):
        with pytest.raises(ConflictError, match="only an admin"):
            refused()


def test_a_lesson_over_midnight_is_not_old_while_it_goes_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    strict = Settings(time_zone="UTC", lock_after_days=0)
    start = clock.now().replace(hour=23, minute=30)
    monkeypatch.setattr(clock, "now", lambda: start)
    late = open_session(store, strict, TEACHER, SessionRequest("CS101"))
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(hours=1))
    set_marks(store, strict, TEACHER, [Wish(late.id, 1, MarkState("P"))])
    assert letters(store, late) == "P..."


def test_a_lesson_that_was_moved_is_opened_by_its_first_mark(store: Store, session: SessionRow) -> None:
    for mark in (
        lambda: put(store, session, r1="P"),
        lambda: mark_all_present(store, SCHOOL, TEACHER, session.id),
    ):
        with store.transaction() as db:
            sessions.change_session(db, session.id, state="planned")
        assert session_to_mark(store, SCHOOL, SessionRequest("CS101"), "camera 0").id == session.id
        mark()
        with store.read() as db:
            assert sessions.get_session(db, session.id).state == "open"


def test_a_lesson_that_only_the_clock_closed_can_still_be_cancelled(store: Store, session: SessionRow) -> None:
    close_due(store, SCHOOL, session.ends_at + timedelta(days=1))
    assert letters(store, session) == "AAAA"
    request = SessionRequest("CS101", session_id=session.id)
    assert cancel_lesson(store, SCHOOL, TEACHER, request).state == "cancelled"
    assert letters(store, session) == "...."
    with store.read() as db:
        assert {(one.by, one.why) for one in marks.changes_of(db)} == {("Grace Hopper", "not held")}
    open_again(store, SCHOOL, TEACHER, session.id)
    put(store, session, r1="P")
    with pytest.raises(ConflictError, match="has marks"):
        cancel_lesson(store, SCHOOL, TEACHER, request)


def test_undo_brings_back_what_was_only_confirmed_and_when_they_were_seen(store: Store, session: SessionRow) -> None:
    seen = SightingDraft("present", "sure", 1, 0.9, session.starts_at, session.ends_at)
    with store.transaction() as db:
        see(db, session, 0, 1)
        register.replace_sightings(db, session.id, "a.mp4", [seen])
    put(store, session, why="I saw them", r1="P")
    undo(store, SCHOOL, TEACHER, session.id)
    with store.read() as db:
        assert marks.marks_of(db, [session.id])[session.id, 1].state.source == "face"
    put(store, session, why="a mistake", r1=None)
    undo(store, SCHOOL, TEACHER, session.id)
    with store.read() as db:
        mark = marks.marks_of(db, [session.id])[session.id, 1]
    assert (mark.state, mark.confidence) == (MarkState("P", source="face"), 0.9)
    assert (mark.first_seen, mark.last_seen) == (session.starts_at, session.ends_at)


def face(db: Session, session: SessionRow, minutes: float, student: int | None, kind: str = "present") -> Sighting:
    """A stored face of another source each."""
    moment = session.starts_at + timedelta(minutes=minutes)
    draft = SightingDraft(kind, "why", student, 0.9, moment, moment)
    register.replace_sightings(db, session.id, f"{student} {minutes}", [draft])
    return next(one for one in sightings.sightings_of(db, session.id, [kind]) if one.first_seen == moment)


def test_a_confirmed_face_leaves_what_a_person_said_and_mends_what_a_camera_said(
    store: Store, session: SessionRow
) -> None:
    put(store, session, r1="P", r2="E")
    with store.transaction() as db:
        own = statuses.save_status(db, Status("S1", "O", "Online", "present", 1, "#ECECEC", "#3A3A3A"))
        marks.write_marks(db, TEACHER, [Wish(session.id, 3, MarkState(own.code))])
        see(db, session, 19, 4)
        states = [
            sightings.set_present(db, TEACHER, face(db, session, minutes, None, "review"), student, 10)
            for student, minutes in ((1, 15), (2, 16), (3, 17), (4, 5))
        ]
    assert [(one.status, one.minutes_late) for one in states] == [("P", None), ("L", 16), ("S1", None), ("P", None)]
    with store.read() as db:
        seen = {who: mark.first_seen for (_, who), mark in marks.marks_of(db, [session.id]).items()}
    assert seen[1] == session.starts_at + timedelta(minutes=15)


def test_a_face_that_is_not_the_student_leaves_excused_or_late_behind(store: Store, session: SessionRow) -> None:
    with store.transaction() as db:
        plan = PlannedAbsence(0, 1, None, session.day, session.day, "E", "hospital", "")
        timetable.add_absence(db, TEACHER, plan)
        see(db, session, 1, 1, 2, 3)
        wrong = [face(db, session, 1 + one / 10, one) for one in (1, 2, 3)]
        face(db, session, 30, 3)
        states = [sightings.take_back(db, TEACHER, wrong[one - 1], one, 10) for one in (1, 2, 3)]
    assert states == [
        MarkState("E", reason="hospital"),
        MarkState("A"),
        MarkState("L", minutes_late=30, source="face"),
    ]
