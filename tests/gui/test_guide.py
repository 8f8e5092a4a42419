"""The guide shows every page of the window, and its pictures are there."""

import re

import pytest
from PIL import Image

from core.paths import PROJECT
from gui.screen import list_screens
from tests.gui.guide import MOST_BYTES, PICTURES
from tests.gui.guide_school import drawn_face

GUIDE = (PROJECT / "docs" / "guide.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"!\[([^\]]+)\]\(pictures/([^)]+)\)", GUIDE)


def test_every_picture_is_there_and_none_for_nothing() -> None:
    assert len(SHOWN) > 10
    assert {name for _words, name in SHOWN} == {path.name for path in PICTURES.iterdir()}


@pytest.mark.parametrize("name", [name for _words, name in SHOWN])
def test_pictures_are_small_and_of_one_size(name: str) -> None:
    path = PICTURES / name
    assert path.stat().st_size < MOST_BYTES
    with Image.open(path) as picture:
        assert picture.size == (1366, 768)


def test_every_page_of_the_list_has_its_part() -> None:
    headings = re.findall(r"^### (.+)$", GUIDE, re.MULTILINE)
    assert {one.title for one in list_screens() if one.order} <= set(headings)


def test_drawn_faces_differ() -> None:
    assert len({drawn_face(number).tobytes() for number in range(20)}) == 20
