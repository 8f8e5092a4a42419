"""The smallest face to search for, from the frame and from the class's last lessons."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.vision.face_size import ENOUGH_FACES, MOST_RISE, choose_min_face

SIDES = st.integers(1, 10_000)
HISTORIES = st.lists(st.floats(0.001, 1.0), max_size=250)
LONG_HISTORIES = st.lists(st.floats(0.001, 1.0), min_size=ENOUGH_FACES, max_size=250)


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [(640, 480, 24), (1280, 720, 28), (1920, 1080, 40), (1080, 1920, 40), (2560, 1440, 56), (3840, 2160, 60)],
)
def test_without_history_the_frame_decides(width: int, height: int, size: int) -> None:
    assert choose_min_face(width, height, []) == size


def test_a_near_camera_searches_for_larger_faces_and_a_far_one_for_smaller() -> None:
    assert choose_min_face(1920, 1080, [70.0 / 1080] * 40) == 56
    assert choose_min_face(1920, 1080, [300.0 / 1080] * 40) == 60
    assert choose_min_face(1920, 1080, [45.0 / 1080] * 40) == 36
    assert choose_min_face(1920, 1080, [20.0 / 1080] * 40) == 24


def test_the_last_row_decides_but_not_a_single_odd_face() -> None:
    near, last_row = [100.0 / 1080] * 180, [50.0 / 1080] * 19
    assert choose_min_face(1920, 1080, [*near, *last_row, 5.0 / 1080]) == 40


def test_a_few_faces_do_not_count() -> None:
    faces = [45.0 / 1080] * ENOUGH_FACES
    assert choose_min_face(1920, 1080, faces[1:]) == 40
    assert choose_min_face(1920, 1080, faces) == 36


@given(SIDES, SIDES, HISTORIES)
def test_it_stays_between_its_bounds(width: int, height: int, history: list[float]) -> None:
    default = choose_min_face(width, height, [])
    assert 24 <= default <= 60
    assert 24 <= choose_min_face(width, height, history) <= MOST_RISE * default


@given(SIDES, SIDES, HISTORIES)
def test_how_the_camera_is_held_and_the_order_of_lessons_do_not_matter(
    width: int, height: int, history: list[float]
) -> None:
    assert choose_min_face(width, height, history) == choose_min_face(height, width, history[::-1])


@given(SIDES, SIDES, SIDES, HISTORIES)
def test_a_larger_frame_never_searches_for_smaller_faces(
    width: int, height: int, more: int, history: list[float]
) -> None:
    assert choose_min_face(width, height, history) <= choose_min_face(width + more, height + more, history)


@given(SIDES, SIDES, LONG_HISTORIES, st.floats(1, 5))
def test_larger_faces_never_lower_it(width: int, height: int, history: list[float], factor: float) -> None:
    nearer = [size * factor for size in history]
    assert choose_min_face(width, height, history) <= choose_min_face(width, height, nearer)
