"""Seating plans: rules, storage, rights, and what happens to a seat when somebody leaves."""

import pytest

from core.accounts.admin import set_up
from core.actor import acting
from core.engine import Engine
from core.errors import AccessError, InputError, NotFoundError
from core.office.classes import delete_class, leave, move_student
from core.office.merging import merge_students
from core.office.students import set_active
from core.paths import Home
from core.seating import SeatChange, SeatingPlan, change_seats, save_seating, seating_plan
from core.seats import MOST, Place, Seats, empty_seats
from core.settings import Settings
from core.store import audit, people
from core.store.database import Store, open_store
from tests.account_support import PASSWORD, new_account, quick
from tests.cli_support import Cli
from tests.store_support import ADMIN

__all__ = ["quick"]


@pytest.fixture
def school(store: Store) -> Store:
    """C with R1 Zoe, R2 Bob, R10 Ada, who left R11; D with R1 too."""
    with store.transaction() as db:
        one, other = people.add_class(db, "C", "Class", teachers=["Grace Hopper"]), people.add_class(db, "D", "Other")
        for roll, name in (("R1", "Zoe"), ("R2", "Bob"), ("R10", "Ada"), ("R11", "Gone")):
            people.add_to_roster(db, one.id, people.add_student(db, roll, name).id)
        people.add_to_roster(db, other.id, people.get_student(db, "R1").id)
        people.set_active(db, people.get_student(db, "R11").id, False)
    return store


def sits(store: Store, code: str = "C") -> dict[str, tuple[int, int]]:
    plan = seating_plan(store, code)
    rolls = {one.id: one.roll for one in plan.students}
    return {rolls[who]: (place.row, place.column) for who, place in sorted(plan.seats.places.items())}


def seat(store: Store, code: str = "C", **places: tuple[int, int]) -> SeatingPlan:
    return change_seats(store, code, SeatChange(sit={roll: Place(*place) for roll, place in places.items()}))


def audited(store: Store) -> list[audit.AuditRow]:
    """Changes of seating plans, the newest first."""
    with store.read() as db:
        return audit.rows(db, audit.Filter(action="classes.seat"), 99)


# ---- rules


@pytest.mark.parametrize(
    ("rows", "columns", "places", "sentence"),
    [
        (0, 1, {}, "1 to 12 rows"),
        (1, 13, {}, "1 to 12 columns"),
        (-5, 10**9, {}, "1 to 12 rows"),
        (2, 2, {1: Place(3, 1)}, "no seat in row 3, column 1"),
        (2, 2, {1: Place(0, 1)}, "no seat in row 0"),
        (2, 2, {1: Place(1, 1), 2: Place(1, 1)}, "Two students"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_words(
    rows: int, columns: int, places: dict[int, Place], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        Seats(rows, columns, places)


def test_putting_swaps_or_takes_the_seat() -> None:
    plan = Seats(2, 2, {1: Place(1, 1), 2: Place(1, 2)})
    assert plan.put(1, Place(1, 2)).places == {1: Place(1, 2), 2: Place(1, 1)}
    assert plan.put(3, Place(1, 2)).places == {1: Place(1, 1), 3: Place(1, 2)}
    assert plan.put(1, Place(1, 1)) == plan
    assert plan.places == {1: Place(1, 1), 2: Place(1, 2)}


def test_filling_grows_the_room_as_far_as_it_can() -> None:
    full = Seats(1, 2, {9: Place(1, 1)}).filled([3, 1, 2])
    assert (full.rows, full.places) == (2, {3: Place(1, 1), 1: Place(1, 2), 2: Place(2, 1)})
    assert len(Seats(1, 2, {}).filled(range(100)).places) == 2 * MOST
    assert Seats(5, 5, {}).filled([1]).rows == 5


def test_a_smaller_room_takes_seats_away() -> None:
    plan = Seats(3, 3, {1: Place(1, 1), 2: Place(3, 3)}).resized(2, 3)
    assert (plan.rows, plan.columns, plan.places) == (2, 3, {1: Place(1, 1)})


@pytest.mark.parametrize(
    ("students", "size"), [(0, (4, 6)), (25, (5, 6)), (72, (12, 6)), (73, (7, 12)), (999, (12, 12))]
)
def test_a_plan_that_nobody_made_has_room(students: int, size: tuple[int, int]) -> None:
    plan = empty_seats(students)
    assert (plan.rows, plan.columns) == size


# ---- what is stored


def test_a_plan_is_stored_whole_and_told_to_the_audit(school: Store) -> None:
    first = seating_plan(school, "c")
    assert (first.is_made, first.seats.places, [one.roll for one in first.standing]) == (False, {}, ["R1", "R2", "R10"])
    seat(school, R1=(1, 2), R10=(4, 6))
    assert sits(school) == {"R1": (1, 2), "R10": (4, 6)}
    # They change seats; then one stands, and all is smaller.
    assert seat(school, r1=(4, 6)).is_made
    assert sits(school) == {"R1": (4, 6), "R10": (1, 2)}
    change_seats(school, "C", SeatChange(stand=("R1",), size=(2, 2), sit={"R2": Place(2, 2)}))
    assert sits(school) == {"R2": (2, 2), "R10": (1, 2)}
    acts = audited(school)
    assert len(acts) == 3
    assert acts[0].after == {"rows": 2, "columns": 2, "seats": {"2": [2, 2], "3": [1, 2]}}
    # The same again is no change.
    seat(school, R2=(2, 2))
    assert len(audited(school)) == 3
    assert sits(school, "D") == {}


def test_everybody_is_seated_by_name_or_roll(school: Store) -> None:
    change_seats(school, "C", SeatChange(size=(1, 2), fill="name"))
    assert sits(school) == {"R1": (2, 1), "R2": (1, 2), "R10": (1, 1)}
    change_seats(school, "C", SeatChange(fill="roll"))
    assert sits(school) == {"R1": (1, 1), "R2": (1, 2), "R10": (2, 1)}
    assert change_seats(school, "C", SeatChange(clear=True)).standing == seating_plan(school, "C").students


@pytest.mark.parametrize(
    "change",
    [
        SeatChange(size=(99, 1)),
        SeatChange(sit={"R2": Place(1, 1), "R1": Place(9, 9)}),
        SeatChange(sit={"R11": Place(1, 1)}),
        SeatChange(stand=("=cmd()",)),
        SeatChange(sit={"\u202e" + "x" * 300: Place(1, 1)}),
    ],
)
def test_all_or_nothing(school: Store, change: SeatChange) -> None:
    seat(school, R10=(1, 1))
    with pytest.raises(InputError) as told:
        change_seats(school, "C", change)
    assert len(str(told.value)) < 160
    assert sits(school) == {"R10": (1, 1)}


def test_who_left_meanwhile_gets_no_seat(school: Store) -> None:
    plan = seating_plan(school, "C")
    ids = {one.roll: one.id for one in plan.students}
    leave(school, "C", ["R2"])
    saved = save_seating(school, "C", Seats(1, 4, {ids["R1"]: Place(1, 1), ids["R2"]: Place(1, 2), 999: Place(1, 3)}))
    assert saved.seats == Seats(1, 4, {ids["R1"]: Place(1, 1)})
    with pytest.raises(NotFoundError):
        save_seating(school, "NONE", saved.seats)


def test_who_leaves_the_class_or_the_school_leaves_the_seat(school: Store) -> None:
    seat(school, R1=(1, 1), R2=(1, 2), R10=(1, 3))
    seat(school, "D", R1=(2, 2))
    leave(school, "C", ["R2"])
    move_student(school, "R1", "C", "D")
    assert sits(school) == {"R10": (1, 3)}
    set_active(school, "R10", active=False)
    set_active(school, "R10", active=True)
    assert sits(school) == {}
    assert sits(school, "D") == {"R1": (2, 2)}
    delete_class(school, "D")
    with school.read() as db:
        assert [one.code for one in people.list_classes(db)] == ["C"]


def test_two_entries_made_one_have_one_seat(school: Store) -> None:
    def merge(kept: str, gone: str) -> None:
        merge_students(school, Settings(), ADMIN, kept, gone, no_engine)

    seat(school, R1=(1, 1), R2=(1, 2))
    seat(school, "D", R1=(3, 3))
    merge("R2", "R1")
    assert (sits(school), sits(school, "D")) == ({"R2": (1, 2)}, {"R2": (3, 3)})
    merge("R10", "R2")
    assert (sits(school), sits(school, "D")) == ({"R10": (1, 2)}, {"R10": (3, 3)})


def no_engine() -> Engine:
    raise AssertionError("nothing is trained here")


def test_teachers_change_the_plans_of_their_own_classes(school: Store, quick: None) -> None:
    office = set_up(school, "Office", PASSWORD).actor()
    grace = new_account(school, office, "Grace Hopper", "teacher", teacher="Grace Hopper").actor()
    with acting(grace):
        seat(school, R1=(1, 1))
        with pytest.raises(AccessError, match="change who sits where only in a class they teach"):
            seat(school, "D", R1=(1, 1))
        with pytest.raises(AccessError):
            seating_plan(school, "D")
    with acting(office):
        assert sits(school) == {"R1": (1, 1)}


# ---- the command line


def test_the_plan_on_the_command_line(school: Store, home: Home, cli: Cli) -> None:
    school.close()
    assert cli("class", "seating", "C") == 0
    assert "no seating plan yet" in cli.printed
    assert cli("class", "seat", "C", "--fill", "roll", "--size", "2x2", "--set", "R10=1,2", "--stand", "R1") == 0
    assert "Without a seat: R1." in cli.printed
    assert cli.json("class", "seating", "C") == {
        "class": "C", "rows": 2, "columns": 2, "standing": ["R1"],
        "seats": [{"roll": "R10", "row": 1, "column": 2}, {"roll": "R2", "row": 2, "column": 1}],
    }  # fmt: skip
    for wrong in (["--set", "R1"], ["--set", "R1=1;2"], ["--set", "R1=-1,2"], ["--size", "2"], ["--size", "²x2"]):
        assert "is written like" in cli.refused("class", "seat", "C", *wrong)
    assert "no seat in row 9" in cli.refused("class", "seat", "C", "--set", "R1=9,1")
    with open_store(home) as store:
        assert sits(store) == {"R10": (1, 2), "R2": (2, 1)}
