"""The board's rules without a window; opening files."""

import sys
from pathlib import Path

import pytest

from core.errors import InputError
from core.store.statuses import Status
from gui import open_file
from gui.screens.mark_parts.asking import check_minutes, likely_reason
from gui.screens.mark_parts.faces import Face, Tray, answers
from gui.widgets.board_model import BoardModel, Direction, Seat, initials, marked, stepped

PRESENT = Status("P", "P", "Present", "present", 1.0, "#DDF1E1", "#17602B")
LATE = Status("L", "T", "Tardy", "late", 0.5, "#FFEFC7", "#6B4A00")
RETIRED = Status("X", "X", "Gone", "absent", 0.0, "#EEEEEE", "#333333", active=False)
STATUSES = {one.code: one for one in (PRESENT, LATE, RETIRED)}
SEATS = tuple(Seat(number, f"R{number}", f"Ada Number {number}") for number in range(1, 8))


@pytest.fixture
def board() -> BoardModel:
    board = BoardModel()
    assert board.take(SEATS, STATUSES) is None
    return board


def test_only_who_changed_is_drawn_again(board: BoardModel) -> None:
    seats = [marked(one, "P") if one.student_id == 3 else one for one in SEATS]
    assert board.take(seats, STATUSES) == {3}
    assert board.take(seats, STATUSES) == set()
    assert board.take(seats[1:], STATUSES) is None
    assert board.selected == 2


def test_counts_name_the_unmarked_and_leave_out_what_is_not_used(board: BoardModel) -> None:
    board.take([marked(one, "L", 5) if one.student_id < 3 else one for one in SEATS], STATUSES)
    assert [(one.letter, one.number) for one in board.counts()] == [("P", 0), ("T", 2), ("?", 5)]
    board.take([marked(one, "X") for one in SEATS], STATUSES)
    assert [(one.letter, one.number) for one in board.counts()] == [("P", 0), ("T", 0), ("X", 7), ("?", 0)]


@pytest.mark.parametrize(("key", "code"), [("p", "P"), ("T", "L"), ("l", "L"), ("x", None), ("", None), ("\x1b", None)])
def test_letters_are_those_of_the_school_or_the_usual_ones(board: BoardModel, key: str, code: str | None) -> None:
    found = board.status_for_key(key)
    assert (found.code if found else None) == code


def test_space_goes_round(board: BoardModel) -> None:
    seat, codes = SEATS[0], []
    for _ in range(3):
        status = board.next_status(seat)
        assert status is not None
        codes.append(status.code)
        seat = marked(seat, status.code)
    assert codes == ["P", "L", "P"]
    assert BoardModel().next_status(seat) is None


@pytest.mark.parametrize(
    ("way", "there"),
    [("right", 2), ("down", 4), ("up", 1), ("left", 1), ("last", 7), ("first", 1)],
)
def test_arrows_stay_on_the_board(way: Direction, there: int) -> None:
    assert stepped([one.student_id for one in SEATS], None, way, 3) == there


def test_an_empty_board_has_nobody_to_move_to() -> None:
    assert stepped([], None, "down", 3) is None


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ada King Lovelace", "AL"),
        ("=cmd()", "·"),
        ("", "·"),
        ("محمد بن موسى", "مم"),
        ("😀 Zoë", "Z"),
        ("x" * 300, "X"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_details_stand_beside_the_mark(board: BoardModel) -> None:
    assert board.details(Seat(1, "R1", "Ada", "L", minutes_late=1, reason="bus")) == "1 min late · bus"
    assert board.details(SEATS[0]) == ""
    assert board.badge(SEATS[0])[0] == "?"


def test_a_face_that_was_answered_does_not_come_back_unless_saving_failed() -> None:
    tray, faces = Tray(), [Face(one, "", (), None) for one in (1, 2)]
    tray.take(faces)
    tray.choose(2)
    assert tray.active is faces[1]
    tray.answer(2)
    tray.take(faces)
    assert tray.faces == (faces[0],)
    assert tray.active is faces[0]
    tray.ask_again(2)
    tray.take(faces)
    assert len(tray.faces) == 2


def test_answers_stand_with_their_keys() -> None:
    assert answers(Face(1, "R1", (("R1", "Ada"), ("R2", "Bob")), None)) == ["1  Ada", "2  Bob", "U  nobody of these"]
    assert answers(Face(1, "", (), None)) == ["U  a stranger"]


@pytest.mark.parametrize("value", ["", " 7 ", "0", "1440"])
def test_minutes_that_can_be(value: str) -> None:
    assert check_minutes(value) is None


@pytest.mark.parametrize("value", ["-1", "1441", "soon", "٧", "1" * 50, "1.5"])
def test_minutes_that_cannot_be(value: str) -> None:
    assert check_minutes(value) is not None


def test_a_reason_is_proposed() -> None:
    assert likely_reason(PRESENT) != likely_reason(RETIRED) != likely_reason(None)
    # Who is late was recognised.
    assert likely_reason(LATE) not in (likely_reason(PRESENT), likely_reason(RETIRED))


def test_every_system_has_its_way_to_show_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a sheet.xlsx"
    assert open_file.command_for(path, show=True, system="win32") == ["explorer", f"/select,{path}"]
    assert open_file.command_for(path, show=False, system="darwin") == ["open", str(path)]
    assert open_file.command_for(path, show=True, system="linux") == ["xdg-open", str(tmp_path)]


def test_a_file_that_is_gone_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not there any more"):
        open_file.open_file(tmp_path / "sheet.xlsx")


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="these always have a program")
def test_a_computer_without_a_program_says_where_the_file_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / "sheet.xlsx"
    path.touch()
    with pytest.raises(InputError, match="no program"):
        open_file.show_in_folder(path)
