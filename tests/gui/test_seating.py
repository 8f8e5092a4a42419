"""The seating plan in the real window: made with mouse and keyboard, and marked from."""

from collections.abc import Callable

import pytest

from core.accounts.admin import set_up
from core.office.classes import leave
from core.paths import Home
from core.seating import save_seating, seating_plan
from core.seats import Place, Seats
from core.store import people
from core.store.database import Store
from gui.screens.class_page import Screen as ClassPage
from gui.screens.mark import Screen as Mark
from gui.screens.mark_parts.faces import Face
from gui.screens.seating import Screen
from gui.screens.seating_parts.arranging import Arranging, Spot
from gui.widgets.board_layout import Area, Measures, Room, toward
from gui.widgets.board_model import Direction, Seat
from tests.account_support import new_account, quick
from tests.gui.driver import Driver
from tests.gui.people_support import HOSTILE, dialog_of
from tests.gui.test_mark import in_store, on_screen
from tests.gui.test_mark import opened as mark_opened

__all__ = ["quick"]

Window = Callable[..., Driver]
PASSWORD = "violet kettle 7 harbour"
MEASURES = Measures(lambda size: size, 18, 15)


@pytest.fixture
def school(store: Store) -> Store:
    """CS101 with sixty students, R01 to R60."""
    with store.transaction() as db:
        school_class = people.add_class(db, "CS101", "Programming 1", teachers=["Grace Hopper"])
        people.add_class(db, "MA201", "Mathematics", teachers=["Emmy Noether"])
        for number in range(1, 61):
            name = HOSTILE[number - 1] if number <= len(HOSTILE) else f"Student Number {number}"
            people.add_to_roster(db, school_class.id, people.add_student(db, f"R{number:02}", name).id)
    return store


def opened(driver: Driver) -> Screen:
    screen = driver.open("seating", "CS101")
    assert isinstance(screen, Screen)
    driver.wait_for(lambda: screen.arranging is not None and driver.is_ready, "the plan")
    driver.pump(0.2)
    return screen


def stored(store: Store) -> dict[str, tuple[int, int]]:
    """Row and column by roll number."""
    plan = seating_plan(store, "CS101")
    rolls = {one.id: one.roll for one in plan.students}
    return {rolls[who]: (place.row, place.column) for who, place in plan.seats.places.items()}


def place_on(screen: Screen, spot: Spot) -> tuple[int, int]:
    """The middle of a spot in pixels of the canvas as it is scrolled."""
    x, y = screen.plan.area_of(spot).middle
    canvas = screen.plan.canvas
    return x - int(canvas.canvasx(0)), y - int(canvas.canvasy(0))


def drag(driver: Driver, screen: Screen, first: Spot, last: Spot | tuple[int, int]) -> None:
    canvas, (x, y) = screen.plan.canvas, place_on(screen, first)
    to = last if isinstance(last, tuple) else place_on(screen, last)
    canvas.event_generate("<ButtonPress-1>", x=x, y=y)
    for part in (1, 2, 3):
        canvas.event_generate("<B1-Motion>", x=x + (to[0] - x) * part // 3, y=y + (to[1] - y) * part // 3)
        driver.pump()
    canvas.event_generate("<ButtonRelease-1>", x=to[0], y=to[1])
    driver.pump()


def saved(driver: Driver, screen: Screen) -> None:
    driver.press("<Control-s>", screen.plan.canvas)
    driver.wait_for(lambda: driver.is_ready and screen.arranging is not None and not screen.arranging.is_changed)


def choose(driver: Driver, box: object, value: str) -> None:
    box.set(value)  # type: ignore[attr-defined]
    box.event_generate("<<ComboboxSelected>>")  # type: ignore[attr-defined]
    driver.pump()


# ---- rules without a window


def test_who_is_put_down_swaps_with_who_is_there_and_all_can_be_undone() -> None:
    plan = Arranging([1, 2, 3], Seats(2, 2, {1: Place(1, 1), 2: Place(1, 2)}))
    assert plan.take(Place(1, 1))
    plan.put(Place(1, 2))
    assert (plan.seats.places, plan.held) == ({1: Place(1, 2), 2: Place(1, 1)}, None)
    assert plan.take(3)
    plan.put(Place(1, 1))
    assert plan.spot_of(2) == 2
    # Dropped onto somebody without a seat, who then has theirs.
    assert plan.take(Place(1, 1))
    plan.put(2)
    assert plan.seats.places == {1: Place(1, 2), 2: Place(1, 1)}
    assert not plan.take(Place(2, 2))
    plan.stand(1)
    assert plan.is_changed
    for _ in range(4):
        assert plan.can_undo
        plan.undo()
    assert (plan.is_changed, plan.can_undo) == (False, False)


def test_what_is_changed_while_saving_stays_changed() -> None:
    plan = Arranging([1, 2], Seats(2, 2, {}))
    sent = plan.seats.put(1, Place(1, 1))
    plan.change(sent)
    plan.change(sent.put(2, Place(1, 2)))
    plan.saved(sent, [1, 2], sent)
    assert plan.is_changed
    # Who left the class meanwhile does not come back by undoing.
    plan.saved(plan.seats, [2], plan.seats.only([2]))
    assert not plan.is_changed
    while plan.can_undo:
        plan.undo()
        assert 1 not in plan.seats.places
    assert plan.students == (2,)


def test_seats_lie_as_in_the_room_and_turned_as_the_teacher_sees_them() -> None:
    room = Room(MEASURES, Seats(2, 3, {1: Place(1, 1), 2: Place(2, 3)}))
    room.lay([1, 2, 3], 400)
    assert room.desk is not None
    assert room.desk.top < room.areas[1].top < room.areas[2].top < room.areas[3].top
    assert room.areas[1].left < room.areas[2].left
    assert len(room.free) == 4
    turned = Room(MEASURES, room.seats, turned=True)
    turned.lay([1, 2, 3], 400)
    assert turned.desk is not None
    assert turned.areas[2].top < turned.areas[1].top < turned.desk.top < turned.areas[3].top
    assert turned.areas[2].left < turned.areas[1].left


def test_a_large_room_is_wider_than_the_board_rather_than_unreadable() -> None:
    room = Room(MEASURES, Seats(12, 12, {}))
    room.lay([], 480)
    assert room.whole[0] > 12 * 72
    assert min(area.width for area in room.free.values()) >= 72
    with_nobody = Room(MEASURES, None)
    with_nobody.lay([5, 6], 480)
    assert set(with_nobody.areas) == {5, 6}
    assert with_nobody.desk is None


@pytest.mark.parametrize(
    ("way", "there"), [("right", "b"), ("down", "c"), ("up", "a"), ("left", "a"), ("last", "d"), ("first", "a")]
)
def test_arrows_go_to_the_nearest(way: Direction, there: str) -> None:
    areas = {"a": Area(0, 0, 9, 9), "b": Area(50, 0, 9, 9), "c": Area(10, 30, 9, 9), "d": Area(60, 30, 9, 9)}
    assert toward(areas, "a", way) == there
    assert toward({}, None, way) is None


# ---- the plan of a class


def test_a_plan_is_made_by_mouse_and_keyboard_and_saved(window: Window, school: Store) -> None:
    driver = window()
    page = driver.open("class", "CS101")
    assert isinstance(page, ClassPage)
    driver.wait_for(lambda: driver.is_ready and page.card is not None)
    driver.click(page.seats)
    driver.wait_for(lambda: driver.screen.name == "seating" and driver.is_ready)
    screen = opened(driver)
    assert driver.shows("0 of 60 students have a seat")
    assert str(screen.save_button.cget("state")) == "disabled"
    driver.click(driver.find("Fill by roll", screen))
    assert driver.shows("60 of 60 students have a seat")
    saved(driver, screen)
    assert stored(school)["R01"] == (1, 1)
    assert stored(school)["R60"] == (10, 6)
    # By mouse: two change seats; onto nothing is nothing; undone and done again.
    drag(driver, screen, Place(1, 1), Place(2, 3))
    assert screen.arranging is not None
    drag(driver, screen, Place(1, 2), (3, 3))
    driver.press("<Control-z>", screen.plan.canvas)
    assert not screen.arranging.is_changed
    drag(driver, screen, Place(1, 1), Place(2, 3))
    # By keyboard: the one behind the first is picked up and put down at the end of the first row.
    for key in ("<Home>", "<Down>", "<Return>", "<Up>", "<Right>", "<Right>", "<Right>"):
        driver.press(key, screen.plan.canvas)
    assert driver.shows("is in your hand")
    driver.press("<Return>", screen.plan.canvas)
    driver.press("<Right>", screen.plan.canvas)
    driver.press("<Delete>", screen.plan.canvas)
    saved(driver, screen)
    now = stored(school)
    assert (now["R01"], now["R09"], now["R07"], now["R04"]) == ((2, 3), (1, 1), (1, 4), (2, 1))
    assert "R05" not in now
    assert driver.shows("59 of 60 students have a seat")
    # Who left the class while the plan was open is gone from it once it is saved.
    leave(school, "CS101", ["R33"])
    drag(driver, screen, Place(1, 1), Place(1, 2))
    saved(driver, screen)
    assert driver.shows("58 of 59 students have a seat")
    driver.press("<Control-z>", screen.plan.canvas)
    # Below the seats means without one.
    driver.press("<End>", screen.plan.canvas)
    drag(driver, screen, Place(10, 6), 5)
    saved(driver, screen)
    assert (stored(school)["R05"], "R60" in stored(school)) == ((10, 6), False)


def test_the_room_changes_its_size_and_what_is_not_saved_is_asked_about(window: Window, school: Store) -> None:
    driver = window()
    screen = opened(driver)
    driver.click(driver.find("Fill by name", screen))
    choose(driver, screen.columns, "12")
    choose(driver, screen.rows, "12")
    choose(driver, screen.columns, "2")
    assert driver.shows("20 of 60 students have a seat")
    driver.click(screen.undo_button)
    assert driver.shows("60 of 60 students have a seat")
    assert screen.columns.get() == "12"
    driver.click(screen.turned)
    driver.click(driver.find("Clear", screen))
    assert driver.shows("0 of 60 students have a seat")
    driver.app.open("today")
    dialog = dialog_of(driver)
    assert driver.shows("The seating plan is not saved yet.")
    driver.click(dialog.no)
    assert driver.screen is screen
    saved(driver, screen)
    plan = seating_plan(school, "CS101")
    assert (plan.is_made, plan.seats) == (True, Seats(12, 12, {}))
    driver.open("today")


def test_a_class_without_students_and_one_of_somebody_else(window: Window, school: Store, quick: None) -> None:
    admin = set_up(school, "Ada", PASSWORD).actor()
    driver = window(actor=admin)
    screen = driver.open("seating", "MA201")
    assert isinstance(screen, Screen)
    driver.wait_for(lambda: screen.loaded is not None and driver.is_ready)
    driver.press("<Return>", screen.plan.canvas)
    driver.press("<Delete>", screen.plan.canvas)
    assert driver.shows("Nobody is in this class yet.")
    driver = window(actor=new_account(school, admin, "Grace Hopper", "teacher", teacher="Grace Hopper").actor())
    driver.wait_for(lambda: opened(driver).arranging)
    screen = driver.open("seating", "MA201")
    driver.wait_for(lambda: driver.app.dialogs and driver.shows("only in a class they teach"))


# ---- marking on the plan


def test_marking_on_the_seats(window: Window, school: Store, home: Home) -> None:
    seats = Seats(4, 6, {1: Place(1, 2), 2: Place(2, 2), 3: Place(2, 4), 6: Place(4, 6)})
    save_seating(school, "CS101", seats)
    driver = window()
    screen = mark_opened(driver)
    board, canvas = screen.board, screen.board.canvas
    driver.click(screen.panel.views["seats"])
    driver.wait_for(lambda: driver.is_ready and len(board._places) == 60)
    assert board._places[1].top < board._places[2].top < board._places[4].top
    # Arrows go where the seats are; a key marks as everywhere.
    board.select(1)
    for key in ("<Key-p>", "<Down>", "<Key-a>", "<Right>", "<Key-e>", "<Right>", "<space>"):
        driver.press(key, canvas)
    driver.wait_for(lambda: not screen.marks.is_saving and driver.is_ready)
    register = in_store(home)
    assert [register[f"R{one:02}"][0] for one in (1, 2, 3, 6)] == ["P", "A", "E", "P"]
    # A double click on somebody without a seat.
    board.select(4)
    area = board._places[4]
    at = {"x": area.left + 9 - int(canvas.canvasx(0)), "y": area.top + 9 - int(canvas.canvasy(0))}
    for sign in ("<ButtonPress-1>", "<ButtonRelease-1>") * 2:
        canvas.event_generate(sign, **at)
    driver.wait_for(lambda: on_screen(screen)["R04"] == "P" and not screen.marks.is_saving)
    dropped_onto_a_seat(screen)
    # The teacher's view puts the front row at the bottom.
    driver.click(screen.panel.turned)
    assert board._places[2].top < board._places[1].top
    # What is changed in the plan meanwhile is seen when coming back.
    driver.click(screen.panel.seats)
    driver.wait_for(lambda: driver.screen.name == "seating" and driver.is_ready)
    save_seating(school, "CS101", seats.put(5, Place(4, 1)))
    driver.open("mark")
    driver.wait_for(lambda: board._places[5].top == board._places[6].top)
    assert on_screen(screen)["R01"] == "P"


def dropped_onto_a_seat(screen: Mark) -> None:
    """What the strip asks while a face is dragged: whose seat is at a place of the screen, and is it shown."""
    said: list[str] = []
    board, canvas = screen.board, screen.board.canvas
    board.select(2)
    area = board._places[2]
    at = (
        canvas.winfo_rootx() + area.middle[0] - int(canvas.canvasx(0)),
        canvas.winfo_rooty() + area.middle[1] - int(canvas.canvasy(0)),
    )
    face, say = Face(1, "", (), None), screen.marks.is_student
    screen.marks.drag(face, *at)
    assert board._hovered == 2
    screen.marks.is_student = lambda _face, roll: said.append(roll)  # type: ignore[method-assign]
    screen.marks.drop(face, *at)
    screen.marks.is_student = say  # type: ignore[method-assign]
    assert (said, board._hovered) == (["R02"], 0)


def test_a_class_without_a_plan_is_marked_all_the_same(window: Window, school: Store, home: Home) -> None:
    driver = window()
    screen = mark_opened(driver)
    screen.panel.set_view("seats")
    driver.press("<Home>", screen.board.canvas)
    driver.press("<Key-p>", screen.board.canvas)
    driver.wait_for(lambda: not screen.marks.is_saving and driver.is_ready)
    assert in_store(home)["R01"][0] == "P"
    words = [screen.board.canvas.itemcget(one, "text") for one in screen.board.canvas.find_all() if
             screen.board.canvas.type(one) == "text"]  # fmt: skip
    assert "This class has no seating plan yet." in words


def test_the_two_lines_of_a_seat() -> None:
    room = Room(MEASURES, None)
    assert room.texts(Seat(1, "R1", " Ada  King Lovelace"), "") == ("Ada", "King Lovelace")
    assert room.texts(Seat(1, "R1", "Ada"), "7 min late") == ("Ada", "7 min late")
