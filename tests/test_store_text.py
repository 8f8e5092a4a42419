"""What becomes of names, roll numbers and codes before they are stored."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.store.text import clean_code, clean_name, clean_roll, clean_text, key_of, natural_order

FAMILY = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}"
WALES = "\N{WAVING BLACK FLAG}" + "".join(chr(0xE0000 + ord(one)) for one in "gbwls") + "\U000e007f"


@pytest.mark.parametrize(
    "name",
    ["=1+1", "../../x", "CON", "a/b", "Zoë", "محمد علي", "דוד", FAMILY, WALES, "न्\u200dय", "می\u200cخواهم", "x" * 300],
)
def test_names_that_stay_as_they_are(name: str) -> None:
    assert clean_name(name) == name


@pytest.mark.parametrize(
    ("given_name", "stored"),
    [
        ("  Ada \t\n Lovelace ", "Ada Lovelace"),
        ("Ada\x00\x07\x1b[31m", "Ada[31m"),
        ("Ada \u202egnp.exe", "Ada gnp.exe"),
        ("\u2066Ada\u2069\u200f\ufeff", "Ada"),
        ("Zoe\u0308", "Zoë"),
        ("Ada\udcff", "Ada"),
        ("y" * 999, "y" * 300),
    ],
)
def test_names_that_are_cleaned(given_name: str, stored: str) -> None:
    assert clean_name(given_name) == stored


@pytest.mark.parametrize("name", ["", "  ", "\x00", "\u202e\u2066", "\u200d"])
def test_names_of_nothing(name: str) -> None:
    with pytest.raises(InputError, match="empty"):
        clean_name(name)


def test_roll_numbers() -> None:
    assert clean_roll(" 007 ") == "007"
    assert key_of("r001") == key_of("R001")
    assert key_of("007") != key_of("7")
    for roll in ("", "  ", "9" * 101):
        with pytest.raises(InputError):
            clean_roll(roll)


def test_class_codes() -> None:
    assert clean_code(" CS 101 ") == "CS 101"
    for code in ("", " ", "x" * 41, "a\x00b", "a\nb", "a\u202eb"):
        with pytest.raises(InputError):
            clean_code(code)


def test_order_of_rolls() -> None:
    assert sorted(["R10", "r2", "R1", "12", "9", "٣"], key=natural_order) == ["٣", "9", "12", "R1", "r2", "R10"]


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    assert len(once) <= 300
    assert unicodedata.is_normalized("NFC", once)
    once.encode()


@given(st.lists(st.text(max_size=100)))
def test_any_texts_can_be_sorted(texts: list[str]) -> None:
    assert len(sorted(texts, key=natural_order)) == len(texts)
