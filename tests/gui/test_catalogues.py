"""Catalogues hold every text there is, whole and with the same places to fill in; what core says is found again."""

import itertools
import re
import string

import pytest
from babel.messages.catalog import Message

from core.languages.catalogue import OF_CORE, Catalogue, read_catalogue
from core.languages.language import CATALOGUES, LANGUAGES
from gui import texts
from tests.gui import catalogues

OTHERS = [one for one in LANGUAGES if one != "en"]
AGAIN = "run: python -m tests.gui.catalogues, and translate what is new"


@pytest.fixture(scope="module")
def texts_there_are() -> set[str]:
    return {_id(one) for one in catalogues.current() if one.id}


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_the_texts_there_are_and_no_others(language: str, texts_there_are: set[str]) -> None:
    catalogue = catalogues.read(language)
    assert {_id(one) for one in catalogue if one.id} == texts_there_are, AGAIN
    assert not catalogue.obsolete
    assert not [one.id for one in catalogue if one.fuzzy and one.id]


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_of_the_window_is_translated(language: str) -> None:
    """What core says may stay English: there is much of it, and most is seldom seen."""
    missing = [one.id for one in catalogues.read(language) if one.id and OF_CORE not in one.auto_comments]
    assert len(missing) > 1000
    missing = [one.id for one in _untranslated(language) if OF_CORE not in one.auto_comments]
    assert missing == [], AGAIN


@pytest.mark.parametrize("language", OTHERS)
def test_most_of_what_core_says_is_translated(language: str) -> None:
    said = [one for one in catalogues.read(language) if OF_CORE in one.auto_comments]
    left = [one for one in _untranslated(language) if OF_CORE in one.auto_comments]
    assert len(said) > 400
    assert len(left) < len(said) / 5


@pytest.mark.parametrize("language", OTHERS)
def test_translations_are_filled_in_with_the_same(language: str) -> None:
    wrong = [(one.id, one.string) for one in catalogues.read(language) if one.id and not _fits(one)]
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_the_window_reads_what_babel_reads(language: str) -> None:
    mine = read_catalogue(CATALOGUES / f"{language}.po")
    for one in catalogues.read(language):
        if one.id and isinstance(one.id, str) and one.string:
            assert mine.one(one.id) == one.string
        elif isinstance(one.string, tuple) and all(one.string):
            assert mine.plurals[one.id[0]] == one.string


def test_arabic_counts_in_six_ways(arabic: object) -> None:
    counted = [texts.ngettext("{} student", "{} students", n).format(n) for n in (0, 1, 2, 3, 11, 100, 102, 103)]
    assert counted == [
        "لا طلاب", "طالب واحد", "طالبان", "3 طلاب", "11 طالبًا", "100 طالب", "102 طالب", "103 طلاب",
    ]  # fmt: skip


def test_a_language_without_a_catalogue_stays_english() -> None:
    assert Catalogue().one("Today") == "Today"
    assert Catalogue().several("{} day", "{} days", 2) == "{} days"


def test_what_core_says_is_translated_with_what_stands_in_it(arabic: object) -> None:
    sentence = "The class 8B-SCI has not been trained yet. Train it first: app.py train 8B-SCI"
    assert texts.told(sentence) == "لم يُدرَّب الصف 8B-SCI بعد. درّبه أولًا."
    assert texts.told("The roll number R1 belongs to “Ada {x}”. Give another one, or make one of both: app.py a") == (
        "رقم الطالب R1 لـ “Ada {x}”. أعطِ رقمًا آخر، أو اجعل الاثنين واحدًا."
    )
    assert texts.told("2 lessons on this day, 1 with marks.") == "حصتان في هذا اليوم، سُجّل منها 1."
    assert texts.told("Nobody ever said this.") == "Nobody ever said this."


@pytest.mark.parametrize("language", OTHERS)
def test_what_core_notes_beside_a_result_is_translated(language: str, english_afterwards: object) -> None:
    """What stands below a marking that is over, and what an import finds wrong with a row."""
    texts.use_language(language)
    for said in (
        "No consent, so not recognised: S105, S111. Mark them by hand: app.py set 8B-SCI …",
        "The pictures of Lab camera were seen 0.7 s late: this computer is too busy. "
        "Close other programs, or look for faces less far away (Settings, Recognition).",
        "Lab camera stopped sending pictures; what it showed until then was used.",
        "S122 is new, so a name is needed.",
        "There is no class “8B”. Correct it, or have it made: --create-classes",
        "The roll number R1 stands in row 2 with another name: there “Ada”, in row 5 “Eva”.",
    ):
        names = ("Rollcall", "Lab camera", "name")
        told = texts.told(said)
        for name in names:
            told = told.replace(name, "")
        assert not re.search(r"[A-Za-z]{3,} [a-z]{2,}", told), told
    notes = {"No consent, so not recognised: {x0}. Mark them by hand.", "{roll} is new, so a name is needed."}
    assert notes <= catalogues.texts_of_core()


def test_names_are_never_translated(arabic: object) -> None:
    """A student may be called like a word of the window."""
    assert texts.told("There is no teacher “Today”. See all: app.py teachers list") == "لا معلم اسمه “Today”."


def test_nothing_that_core_says_names_the_command_line() -> None:
    said = catalogues.texts_of_core()
    assert len(said) > 400
    assert [one for one in said if re.search(r"app\.py|(?<!\w)--\w", one)] == []


def _untranslated(language: str) -> list[Message]:
    found = catalogues.read(language)
    return [one for one in found if one.id and not all(one.string if isinstance(one.string, tuple) else (one.string,))]


def _id(one: Message) -> str:
    return one.id if isinstance(one.id, str) else one.id[0]


def _fits(one: Message) -> bool:
    if isinstance(one.id, str):
        wanted, given = _fields(one.id), _fields(one.string)
        # Core adds the s of a plural, which other languages have no use for.
        return not one.string or given == wanted or (OF_CORE in one.auto_comments and given < wanted)
    # A form for one or two says the number in words.
    return all(_fields(form) <= _fields(one.id[1]) for form in one.string)


def _fields(text: str) -> set[str]:
    names = [name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name is not None]
    numbers = map(str, itertools.count())
    return {name or next(numbers) for name in names}
