"""The gallery of small pictures: choosing with mouse and keys, deleting, a thousand pictures."""

from collections.abc import Callable

import numpy as np
import pytest

from core.store import people
from core.store.database import Store
from gui.widgets.gallery import Gallery, GalleryItem
from tests.gui.driver import Driver

Window = Callable[..., Driver]


def items(count: int) -> list[GalleryItem]:
    noise = np.random.default_rng(1)
    return [
        GalleryItem(key, noise.integers(0, 255, (160, 160, 3), np.uint8), f"{key} %", f"picture number {key}")
        for key in range(100, 100 + count)
    ]


@pytest.fixture
def deleted() -> list[list[int]]:
    """What was asked to be deleted."""
    return []


@pytest.fixture
def driver(window: Window, store: Store) -> Driver:
    with store.transaction() as db:
        people.add_class(db, "CS101", "Programming 1")
    return window()


@pytest.fixture
def gallery(driver: Driver, deleted: list[list[int]]) -> Gallery:
    for old in driver.screen.winfo_children():
        old.destroy()
    made = Gallery(driver.screen, on_delete=deleted.append, hint="Choose the poor ones.", empty="No face of Ada yet.")
    made.pack(fill="both", expand=True)
    driver.pump(0.05)
    return made


def drawn(gallery: Gallery) -> list[str]:
    return [gallery.canvas.itemcget(one, "text") for one in gallery.canvas.find_all() if _is_text(gallery, one)]


def _is_text(gallery: Gallery, one: int) -> bool:
    return gallery.canvas.type(one) == "text"


def test_nothing_yet_is_said_in_a_sentence(driver: Driver, gallery: Gallery) -> None:
    assert drawn(gallery) == ["No face of Ada yet."]
    gallery.set_items(items(2))
    driver.pump(0.05)
    assert drawn(gallery) == ["☐ 100 %", "☐ 101 %"]
    assert driver.shows("2 faces   Choose the poor ones.")


def test_several_are_chosen_with_mouse_and_keys_and_deleted(
    driver: Driver, gallery: Gallery, deleted: list[list[int]]
) -> None:
    gallery.set_items(items(30))
    driver.pump(0.1)
    assert str(gallery.delete.cget("state")) == "disabled"
    driver.click(gallery.canvas, *gallery.place_of(101))
    assert gallery.selected() == [101]
    assert driver.shows("picture number 101")
    driver.click(gallery.canvas, *gallery.place_of(104))
    assert gallery.selected() == [101, 104], "a click more is one more"
    driver.click(gallery.canvas, *gallery.place_of(101))
    driver.press("<Right>")
    driver.press("<Right>")
    assert gallery.selected() == [104], "arrows choose nothing"
    driver.press("<Shift-Right>")
    assert gallery.selected() == [103, 104]
    driver.press("<space>")
    assert gallery.selected() == [103], "Space takes it out again"
    driver.press("<End>")
    driver.press("<space>")
    assert gallery.selected() == [103, 129]
    driver.press("<Control-a>")
    assert len(gallery.selected()) == 30
    driver.press("<Escape>")
    assert gallery.selected() == []
    gallery.select([105, 104])
    assert driver.shows("2 of 30 chosen")
    assert "☑ 104 %" in drawn(gallery), "colour alone would not tell what is chosen"
    driver.press("<Delete>")
    assert driver.shows("Delete 2 faces")
    driver.click(gallery.delete)
    assert deleted == [[104, 105], [104, 105]]
    gallery.set_items([one for one in items(30) if one.key not in (104, 105)])
    driver.pump(0.1)
    assert gallery.selected() == []


def test_where_nothing_may_be_deleted_nothing_can_be_chosen(driver: Driver) -> None:
    gallery = Gallery(driver.screen)
    gallery.pack()
    gallery.set_items(items(3))
    driver.pump(0.1)
    driver.press("<Right>", gallery.canvas)
    driver.press("<space>")
    driver.press("<Delete>")
    assert gallery.selected() == []
    assert drawn(gallery) == ["100 %", "101 %", "102 %"]
    assert not hasattr(gallery, "delete")


def test_many_pictures_do_not_hold_the_window_up(driver: Driver, gallery: Gallery) -> None:
    driver.longest_s = 0.0
    gallery.set_items(items(500))
    driver.wait_for(lambda: len(drawn(gallery)) == 500)
    assert driver.longest_s < 1.0
    gallery.set_items(items(3))
    driver.pump(0.1)
    assert len(drawn(gallery)) == 3
