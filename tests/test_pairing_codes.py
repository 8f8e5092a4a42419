"""What a code on a card does: once, for its days, until a newer one is made; and why one does nothing."""

import re
from datetime import timedelta

import pytest

from core import clock
from core.confirming import phones
from core.errors import InputError, LoginError
from core.store import devices, people
from core.store.database import Store
from tests.card_support import SCHOOL, TEACHER, codes, later, live_codes, school

__all__ = ["school"]


def test_a_card_pairs_one_phone_once(school: Store) -> None:
    card = codes(school)[1]
    assert phones.look_at_code(school, None, card) == phones.Offer("Mary Somerville", False, False)
    made = phones.pair(school, None, card, "Android, Chrome")
    with school.read() as db:
        assert made.student_id == people.get_student(db, "R2").id
    with pytest.raises(LoginError, match=re.escape(phones.USED)):
        phones.look_at_code(school, None, card)
    with pytest.raises(LoginError, match=re.escape(phones.USED)):
        phones.pair(school, None, card, "iPhone, Safari")


def test_printing_again_ends_earlier_cards_and_codes(school: Store) -> None:
    single = phones.new_pairing(school, TEACHER, "R1").code
    old = codes(school)[0]
    new = codes(school)[0]
    for one in (single, old):
        with pytest.raises(LoginError, match=re.escape(phones.REPLACED)):
            phones.pair(school, None, one, "Android")
    # And a code of the teacher ends the card.
    last = phones.new_pairing(school, TEACHER, "R1").code
    with pytest.raises(LoginError, match=re.escape(phones.REPLACED)):
        phones.look_at_code(school, None, new)
    assert phones.pair(school, None, last, "Android").student_id
    assert live_codes(school) == 2


def test_a_card_works_through_its_last_day(school: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch, clock.parse_local("2026-11-21T09:00", clock.school_zone(SCHOOL)))
    card = codes(school)[0]
    later(monkeypatch, clock.parse_local("2026-12-01T23:59", clock.school_zone(SCHOOL)))
    assert phones.look_at_code(school, None, card).name == "Ada Lovelace"
    later(monkeypatch, clock.parse_local("2026-12-02T00:00", clock.school_zone(SCHOOL)))
    for act in (phones.look_at_code, lambda *given: phones.pair(*given, "Android")):
        with pytest.raises(LoginError, match=re.escape(phones.TOO_OLD)):
            act(school, None, card)
    # A code of a teacher keeps its week, whatever cards have.
    assert phones.new_pairing(school, TEACHER, "R1").until == clock.now() + timedelta(days=7)


def test_another_students_phone_does_not_change_hands_by_a_card(school: Store) -> None:
    ada, mary, _grace = codes(school)
    phone = phones.pair(school, None, ada, "Android").device
    for act in (phones.look_at_code, lambda *given: phones.pair(*given, "Android")):
        with pytest.raises(LoginError, match=re.escape(phones.OF_ANOTHER)):
            act(school, phone, mary)
    # The card is not used up by that.
    assert phones.pair(school, None, mary, "Android").device != phone
    # Once a teacher took it away it may be anybody's.
    with school.read() as db:
        [device] = devices.devices_of(db, people.get_student(db, "R1").id)
    phones.unpair(school, TEACHER, "R1", device.id)
    again = phones.new_pairing(school, TEACHER, "R2").code
    assert phones.pair(school, phone, again, "Android").device == phone


def test_ones_own_phone_and_a_second_one_are_told(school: Store) -> None:
    phone = phones.pair(school, None, phones.new_pairing(school, TEACHER, "R1").code, "Android").device
    card = codes(school)[0]
    assert phones.look_at_code(school, phone, card) == phones.Offer("Ada Lovelace", True, False)
    assert phones.look_at_code(school, None, card) == phones.Offer("Ada Lovelace", False, True)


def test_only_for_those_without_a_phone(school: Store) -> None:
    phones.pair(school, None, phones.new_pairing(school, TEACHER, "R2").code, "Android")
    found = codes(school, only_without=True)
    assert [phones.look_at_code(school, None, one).name for one in found] == ["Ada Lovelace", "Grace Hopper"]
    for one in found:
        phones.pair(school, None, one, "Android")
    with pytest.raises(InputError, match="Every student of CS101 has a phone already"):
        codes(school, only_without=True)
    assert [one.has_phone for one in phones.phones_of_class(school, "cs101")] == [True] * 3
