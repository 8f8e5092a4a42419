"""The rotating code: nobody makes one, keeps one, or guesses one."""

import random
import secrets

import pytest

from core import clock
from core.confirming import codes
from core.confirming.codes import Code, is_genuine, is_in_time, is_typed, make_code, make_typed, read_code

KEY = bytes(range(32))
GUESSES = 1_000_000


def accepted(key: bytes, text: str, now: int, session_id: int = 7) -> bool:
    """As :func:`core.confirming.claims.open_code` decides it, without a database."""
    said = read_code(text)
    return said is not None and said.session_id == session_id and is_genuine(key, said) and is_in_time(said, now)


def test_a_code_says_what_was_put_into_it() -> None:
    for session_id, step in ((1, 0), (35, 36), (36**12 - 1, 123_456_789)):
        said = read_code(make_code(KEY, session_id, step))
        assert said is not None
        assert (said.session_id, said.step) == (session_id, step)
        assert is_genuine(KEY, said)


def test_a_step_lasts_15_seconds_of_running_time_and_one_more_of_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    running = [3000.0]
    monkeypatch.setattr(clock, "running", lambda: running[0])
    code, typed = make_code(KEY, 7, codes.step_now()), make_typed(KEY, 7, codes.step_now())
    for passed, good in ((0.0, True), (14.9, True), (15.0, True), (29.9, True), (30.0, False), (-0.1, False)):
        running[0] = 3000.0 + passed
        assert accepted(KEY, code, codes.step_now()) is good, passed
        assert is_typed(KEY, 7, typed, codes.step_now()) is good, passed
    running[0] = 3007.0
    assert codes.seconds_left() == 8.0


def test_each_single_bit_that_is_turned_makes_it_no_code() -> None:
    code, now = make_code(KEY, 7, 200), 200
    assert accepted(KEY, code, now)
    raw, refused = code.encode(), 0
    for place in range(len(raw) * 8):
        turned = bytearray(raw)
        turned[place // 8] ^= 1 << place % 8
        assert not accepted(KEY, turned.decode("latin-1"), now), place
        refused += 1
    said = read_code(code)
    assert said is not None
    for place in range(1000 - refused):
        # The signature's own bits, again and again together with one bit of what is signed.
        mac = int.from_bytes(said.mac, "big") ^ 1 << place % 128
        step = said.step ^ (1 << place // 128)
        assert not is_genuine(KEY, Code(said.session_id, step, mac.to_bytes(16, "big")))
        refused += 1
    assert refused == 1000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "7-5-",
        "7-5K-" + "A" * 25,
        "07-5K-" + "A" * 26,
        "7-05K-" + "A" * 26,
        "7-5K-" + "A" * 25 + "1",
        "x" * 5000,
    ],
)
def test_what_is_no_code_is_read_as_none(text: str) -> None:
    assert read_code(text) is None


def test_there_is_one_way_to_write_a_code() -> None:
    code = make_code(KEY, 7, 200)
    head, last = code[:-1], code[-1]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    # The last letter has two bits to spare: three others would decode to the same signature.
    assert [one for one in letters if accepted(KEY, head + one, 200)] == [last]
    assert not accepted(KEY, code.lower(), 200)
    assert not accepted(KEY, f"{code}\n", 200)


def test_codes_of_another_lesson_or_key_are_refused() -> None:
    assert not accepted(KEY, make_code(KEY, 8, 200), 200)
    assert not accepted(KEY, make_code(bytes(32), 7, 200), 200)
    assert not is_typed(KEY, 7, make_typed(KEY, 8, 200), 200)
    assert not is_typed(bytes(32), 7, make_typed(KEY, 7, 200), 200)


@pytest.mark.parametrize(
    "how", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code[:4]} {code[5:]} "]
)
def test_a_typed_code_may_be_written_as_people_write(how: object) -> None:
    assert callable(how)
    assert is_typed(KEY, 7, how(make_typed(KEY, 7, 200)), 200)


def test_of_a_million_guesses_of_a_signature_none_is_right() -> None:
    key, dice = secrets.token_bytes(32), random.Random(7)
    assert not any(is_genuine(key, Code(7, 200, dice.randbytes(16))) for _ in range(GUESSES))


def test_of_a_million_guesses_of_a_typed_code_none_is_right() -> None:
    key, dice, letters = secrets.token_bytes(32), random.Random(7), codes.TYPED_LETTERS
    guesses = ("".join(dice.choices(letters, k=8)) for _ in range(GUESSES))
    assert not any(is_typed(key, 7, one, 200) for one in guesses)
