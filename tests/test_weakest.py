"""Who is below the minimum at a glance: the same as the report says, and only of one's own classes."""

from core.accounts.admin import set_up
from core.actor import acting
from core.paths import Home
from core.reports.registry import run_report
from core.settings import Settings
from core.store import accounts, people
from core.store.database import Store, open_store
from core.store.tables import ClassTeacherTable
from core.store.teachers import list_teachers
from core.today import missed, today
from core.weakest import Weak, below_minimum
from tests.register_support import NAMES, ROLLS, SCHOOL, fill, store

__all__ = ["store"]


def _filled(store: Store) -> None:
    fill(store, "ZZ9", ("Z-1", "Z-2"), ("Somebody Else", "عائشة"), starts=(0, 60), letters="AA")


def test_it_says_what_the_report_says(store: Store) -> None:
    _filled(store)
    found = below_minimum(store, SCHOOL, 3)
    (table,) = run_report(store, SCHOOL, "below", {}).tables
    names = [one.name for one in table.columns]
    rows = [dict(zip(names, row, strict=True)) for row in table.rows]
    assert found.students == len({row["Roll"] for row in rows}) == 5
    weakest = sorted(row["Attendance"] for row in rows)[:3]
    assert [one.percent for one in found.weakest] == weakest
    assert found.weakest[0] in {Weak(row["Roll"], row["Name"], row["Class"], row["Attendance"]) for row in rows}


def test_nobody_is_below_nothing(store: Store) -> None:
    assert below_minimum(store, Settings(minimum_percent=0, time_zone="UTC"), 5).students == 0


def test_who_left_is_not_named(store: Store) -> None:
    _filled(store)
    before = below_minimum(store, SCHOOL, 9).students
    with store.transaction() as db:
        people.set_active(db, people.get_student(db, "Z-1").id, active=False)
    assert below_minimum(store, SCHOOL, 9).students == before - 1


def test_a_teacher_sees_own_classes_only(store: Store) -> None:
    _filled(store)
    set_up(store, "ada", "violet kettle 7 harbour")
    with store.transaction() as db:
        who = next(one for one in list_teachers(db) if one.name == "Ms. Rao")
        db.query(ClassTeacherTable).filter_by(class_id=2).delete()
        actor = accounts.add_account(db, "rao", "teacher", teacher_id=who.id).actor()
    with acting(actor):
        assert {one.class_code for one in below_minimum(store, SCHOOL, 9).weakest} == {"CS101"}
        assert {one.school_class.code for one in missed(store, SCHOOL)} <= {"CS101"}
        assert today(store, SCHOOL).lessons == ()


def test_the_version_is_another_one_after_anybody_wrote(home: Home) -> None:
    with open_store(home) as one, open_store(home) as other:
        fill(one, "CS101", ROLLS, NAMES, starts=(0,))
        first = one.version()
        below_minimum(one, SCHOOL, 3)
        assert one.version() == first
        with one.transaction() as db:
            people.add_class(db, "B1", "Own writing")
        second = one.version()
        with other.transaction() as db:
            people.add_class(db, "B2", "That of another program")
        assert len({first, second, one.version()}) == 3
