"""What phones bring is sealed, handed out, given over and erased with the person; nothing of it stays behind."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core import backups, clock, consent, moving, rekeying, retention, sessions
from core.actor import MACHINE, acting
from core.confirming import claims, lessons, phones
from core.confirming.accepting import NO_CONSENT, settle_phone
from core.confirming.judging import is_waiting
from core.confirming.reviewing import selfie_of
from core.consent import ConsentDraft
from core.erasure import erase_student
from core.errors import LoginError, NotFoundError
from core.paths import Home
from core.person_export import export_person
from core.records import Floats
from core.settings import Settings
from core.store import accounts, confirmations, devices, marks, people, questions, web_sessions
from core.store.confirmations import Confirmation
from core.store.database import Store, open_store
from core.store.embeddings import embedding_bytes
from core.store.merging import merge_rows
from core.store.person_data import plain_data
from core.store.phone_erasure import NO_SELFIE
from core.store.tables import Base, ClaimTable, ConfirmationTable, DeviceTable, SessionTable, WebSessionTable
from tests.phone_support import UTC_SCHOOL, confirm, everything, held, noise, open_claim, open_lesson, paired
from tests.store_support import TEACHER
from tests.test_consent import add_face

OF_PHONES = ("devices", "pairings", "confirmations", "mark_queries", "absences_asked")
OF_EVERYTHING = dict.fromkeys(OF_PHONES, 1) | {"pairings": 2}
"""Rows after :func:`everything`; of the codes for pairing one was used, one is new."""
FOR_GOOD = dict.fromkeys(
    ("sample_days_after_leaving", "thumbnail_days", "passage_picture_days", "mark_days", "video_days"), 0
)


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    """R1 and R2, who agreed, in one class; a lesson of it takes phones."""
    with open_store(home) as store:
        numbers = [add_face(store, "R1", 1), add_face(store, "R2", 2)]
        with store.transaction() as db:
            school_class = people.add_class(db, "C", "Class")
            for one in numbers:
                people.add_to_roster(db, school_class.id, one)
        yield store


@pytest.fixture
def lesson(store: Store) -> int:
    return open_lesson(store, 1)


def pieces(*pictures: bytes) -> list[bytes]:
    """Bytes from all over some files: no two of random pictures have one in common."""
    return [one[at : at + 24] for one in pictures for at in range(200, len(one) - 24, max(1, len(one) // 9))]


def stored(store: Store, number: int) -> ConfirmationTable:
    with store.read() as db:
        row = db.get_one(ConfirmationTable, number)
        db.expunge(row)
        return row


def judged(store: Store, number: int, state: Any = "review", picture: bytes = b"", face: Floats | None = None) -> None:
    with store.transaction() as db:
        assert confirmations.judge(db, number, state, "why", {"cosine": 0.5}, picture, face)


def oldest(db: Session) -> tuple[Confirmation, bytes] | None:
    number = confirmations.first_waiting(db)
    return None if number is None else confirmations.open_waiting(db, number)


def kept_faces(store: Store) -> list[bytes]:
    """What is stored of each selfie's face."""
    with store.read() as db:
        return list(db.scalars(select(ConfirmationTable.face).order_by(ConfirmationTable.id)))


def counts(store: Store, student: int) -> dict[str, int]:
    with store.read() as db:
        tables = [Base.metadata.tables[name] for name in OF_PHONES]
        return {
            one.name: db.scalar(select(func.count()).select_from(one).where(one.c.student_id == student)) or 0
            for one in tables
        }


def state_of(store: Store, number: int) -> Confirmation:
    with store.read() as db:
        return confirmations.get_confirmation(db, number)


def test_no_byte_of_a_selfie_lies_plain_on_the_disk(store: Store, lesson: int) -> None:
    sent = [noise(seed) for seed in (1, 2, 3)]
    first = everything(store, "R1", lesson, *sent)
    second = everything(store, "R2", lesson, noise(4))
    judged(store, second.id, picture=noise(5))
    backups.back_up(store)
    before = held(store.home)
    assert (store.home.database.with_name("rollcall.db-wal")).stat().st_size > 0
    assert [piece for piece in pieces(*sent, noise(4), noise(5)) if piece in before] == []
    # What is looked for is really there, sealed: else nothing was proven.  A piece may lie on two pages.
    sealed = pieces(stored(store, first.id).frames, stored(store, second.id).picture)
    assert sum(piece in before for piece in sealed) > len(sealed) // 2
    store.checkpoint()
    assert [piece for piece in pieces(*sent, noise(5)) if piece in held(store.home)] == []
    with store.read() as db:
        found = oldest(db)
    assert found is not None
    assert all(one in found[1] for one in sent)


def test_an_erased_student_takes_everything_along(store: Store, lesson: int) -> None:
    made = everything(store, "R1", lesson, noise(1))
    kept = everything(store, "R2", lesson, noise(2))
    one, other = made.student_id, kept.student_id
    with store.transaction() as db:
        account = accounts.add_account(db, "Student", "student", student_id=one)
        web_sessions.begin(db, account.id)
        office = accounts.add_account(db, "Office", "admin").actor()
    with acting(office):
        backups.back_up(store)
        sealed = pieces(stored(store, made.id).frames)
        assert counts(store, one) == OF_EVERYTHING
        gone, _ = erase_student(store, "R1")
    assert (gone.confirmations, gone.phones) == (1, 1)
    assert set(counts(store, one).values()) == {0}
    assert counts(store, other) == OF_EVERYTHING
    with store.read() as db:
        assert list(db.scalars(select(ClaimTable.device_id))) == [kept.device_id]
        assert db.scalar(select(func.count()).select_from(WebSessionTable)) == 0
    after = held(store.home)
    assert [piece for piece in sealed if piece in after] == []


def test_a_withdrawn_consent_takes_the_selfie_not_the_phone(store: Store, lesson: int) -> None:
    waits, decided = everything(store, "R1", lesson, noise(1)), open_lesson(store, 1)
    with store.read() as db:
        one = people.get_student(db, "R1").id
    shown = confirm(store, paired(store, "R1"), decided, noise(2))
    judged(store, shown.id, picture=noise(3))
    sealed = pieces(stored(store, waits.id).frames, stored(store, shown.id).picture)
    backups.back_up(store)
    state = consent.withdraw(store, "R1")
    assert state.erased is not None
    assert state.erased.selfies == 2
    for number in (waits.id, shown.id):
        row = stored(store, number)
        assert (row.picture, row.frames, row.scores, row.state) == (b"", b"", None, "review")
    assert state_of(store, waits.id).reason == NO_SELFIE
    after = held(store.home)
    assert [piece for piece in sealed if piece in after] == []
    with pytest.raises(NotFoundError, match="No picture"):
        selfie_of(store, shown.id)
    with acting(MACHINE):
        assert not is_waiting(store)
    # The teacher decides, and the phone goes on without a selfie: a way of equal standing.
    assert settle_phone(store, UTC_SCHOOL, TEACHER, shown.id, accepted=True)
    with store.read() as db:
        assert len(devices.devices_of(db, one)) == 1
        assert marks.marks_of(db, [decided])[decided, one].status == "P"
    again = confirm(store, paired(store, "R1"), open_lesson(store, 1), noise(6))
    assert (again.state, again.reason) == ("review", NO_CONSENT)
    assert stored(store, again.id).frames == b""


@pytest.mark.parametrize("how", ["refuse", "erase"])
def test_who_says_no_may_be_in_a_doubtful_selfie_of_another(store: Store, lesson: int, how: str) -> None:
    doubtful, sure = confirm(store, paired(store, "R2"), lesson, noise(1)), open_lesson(store, 1)
    own = confirm(store, paired(store, "R2"), sure, noise(2))
    judged(store, doubtful.id, "review", noise(3))
    judged(store, own.id, "accepted", noise(4))
    with store.transaction() as db:
        people.add_class(db, "D", "Other")
        people.add_to_roster(db, 2, people.get_student(db, "R2").id)
    elsewhere = confirm(store, paired(store, "R2"), open_lesson(store, 2), noise(5))
    judged(store, elsewhere.id, "review", noise(6))
    if how == "erase":
        erase_student(store, "R1")
    else:
        consent.refuse(store, "R1", ConsentDraft("letter"))
    assert [bool(stored(store, one.id).picture) for one in (doubtful, own, elsewhere)] == [False, True, True]
    assert state_of(store, doubtful.id).state == "review"


def test_who_left_has_no_phone_any_more(store: Store, lesson: int) -> None:
    made = everything(store, "R1", lesson, noise(1))
    phone, other = paired(store, "R1"), everything(store, "R2", lesson, noise(2))
    open_claim(store, phone, lesson)
    with store.transaction() as db:
        one = people.get_student(db, "R1").id
        people.set_active(db, one, False)
    found = counts(store, one)
    assert (found["devices"], found["pairings"], found["confirmations"]) == (0, 0, 1)
    with store.read() as db:
        assert list(db.scalars(select(ClaimTable.device_id))) == [other.device_id]
        assert devices.find_device(db, phone.cookie) is None
    assert state_of(store, made.id).device_id is None
    # Who comes back pairs anew.
    with store.transaction() as db:
        people.set_active(db, one, True)
    assert paired(store, "R1").student_id == one


@pytest.mark.parametrize("ends", ["locked", "closed by the clock", "off", "withdrawn", "swept", "key given up"])
def test_a_face_is_kept_sealed_while_its_lesson_takes_phones(
    store: Store, lesson: int, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    first = confirm(store, paired(store, "R1"), lesson, noise(1))
    face = np.random.default_rng(1).normal(size=512).astype(np.float32)
    judged(store, first.id, "accepted", face=face)
    [sealed] = kept_faces(store)
    assert [one for one in pieces(embedding_bytes(face)) if one in held(store.home)] == []
    assert any(one in held(store.home) for one in pieces(sealed))
    # A new key takes it along.
    rekeying.rotate(store)
    assert kept_faces(store) != [sealed]
    with store.read() as db:
        np.testing.assert_array_equal(confirmations.faces_of(db, lesson)[1], face)
        assert plain_data(db, 1)["confirmations"][0]["face"] == face.tolist()
    if ends == "locked":
        late = confirm(store, paired(store, "R2"), lesson, noise(2))
        sessions.lock_session(store, lesson)
        # One that came in time waits to be compared with it.
        assert kept_faces(store)[0]
        judged(store, late.id, face=face)
    elif ends == "closed by the clock":
        sessions.close_due(store, UTC_SCHOOL, clock.now() + timedelta(days=1))
    elif ends == "off":
        lessons.set_mode(store, TEACHER, lesson, "off")
    elif ends == "withdrawn":
        consent.withdraw(store, "R1")
    elif ends == "key given up":
        rekeying.start_over(store)
    else:
        with store.transaction() as db:
            db.execute(update(SessionTable).values(state="closed"))
        retention.sweep(store, Settings(**FOR_GOOD))
    assert set(kept_faces(store)) == {b""}
    store.checkpoint()
    assert [one for one in pieces(sealed) if one in held(store.home)] == []
    assert state_of(store, first.id).state == "accepted"


def test_a_code_for_pairing_ends_with_who_left(store: Store) -> None:
    code = phones.new_pairing(store, TEACHER, "R1").code
    with store.transaction() as db:
        people.set_active(db, people.get_student(db, "R1").id, False)
    with pytest.raises(LoginError):
        phones.pair(store, None, code, "Android")


def later(monkeypatch: pytest.MonkeyPatch, **more: float) -> None:
    moment = clock.now() + timedelta(**more)
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_selfies_go_after_their_days(store: Store, lesson: int, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = confirm(store, paired(store, "R1"), lesson, noise(1))
    doubtful = confirm(store, paired(store, "R2"), lesson, noise(2))
    judged(store, doubtful.id, picture=noise(3))
    sealed = pieces(stored(store, waits.id).frames, stored(store, doubtful.id).picture)
    settings = Settings(**{**FOR_GOOD, "selfie_days": 10})
    with monkeypatch.context() as patch:
        later(patch, days=9.9)
        assert retention.sweep(store, settings).erased == ()
        later(patch, days=0.2)
        [kept] = [one for one in retention.show(store, settings) if one.name == "selfie_days"]
        assert (kept.days, kept.due) == (10, 2)
        assert dict(retention.sweep(store, settings).erased) == {"selfies": 2}
        assert retention.sweep(store, settings).erased == ()
    assert state_of(store, waits.id).state == "review"
    assert state_of(store, waits.id).reason == NO_SELFIE
    assert state_of(store, doubtful.id).reason == "why"
    after = held(store.home)
    assert [piece for piece in sealed if piece in after] == []


def test_selfies_of_who_left_go_with_their_faces(store: Store, lesson: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = confirm(store, paired(store, "R1"), lesson, noise(1))
    judged(store, shown.id, picture=noise(2))
    with store.transaction() as db:
        people.set_active(db, people.get_student(db, "R1").id, False)
    settings = Settings(**{**FOR_GOOD, "sample_days_after_leaving": 5, "selfie_days": 300})
    later(monkeypatch, days=6)
    assert dict(retention.sweep(store, settings).erased) == {"faces of students who left": 1}
    row = stored(store, shown.id)
    assert (row.picture, row.scores) == (b"", None)


def test_codes_and_browsers_of_nobody_go(store: Store, lesson: int, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = paired(store, "R1")
    open_claim(store, phone, lesson)
    code = lessons.show_code(store, lesson).path.removeprefix("/c/")
    stranger = claims.open_code(store, code, None, "Android").device
    unused = phones.new_pairing(store, TEACHER, "R2").code
    settings = Settings(**FOR_GOOD)

    def there() -> tuple[int, int, bool]:
        with store.read() as db:
            found = [db.scalar(select(func.count()).select_from(one)) or 0 for one in (ClaimTable, DeviceTable)]
            return found[0], found[1], devices.find_device(db, stranger) is not None

    assert there() == (2, 2, True)
    later(monkeypatch, days=2)
    retention.sweep(store, settings)
    assert there() == (0, 2, True)
    later(monkeypatch, days=27)
    with store.transaction() as db:
        devices.known_or_new(db, stranger, "Android")  # It was back.
    later(monkeypatch, days=5)
    retention.sweep(store, settings)
    assert there() == (0, 2, True)
    later(monkeypatch, days=30)
    retention.sweep(store, settings)
    assert there() == (0, 1, False)
    assert counts(store, phone.student_id)["devices"] == 1
    assert counts(store, phone.student_id + 1)["pairings"] == 0
    with pytest.raises(LoginError):
        phones.pair(store, None, unused, "Android")


def test_lessons_take_their_questions_along(store: Store, lesson: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made = everything(store, "R1", lesson, noise(1))
    later(monkeypatch, days=12)
    erased = dict(retention.sweep(store, Settings(**{**FOR_GOOD, "mark_days": 10})).erased)
    assert erased["requests to be excused"] == 1
    assert erased["lessons with their marks"] == 1
    found = counts(store, made.student_id)
    assert (found["confirmations"], found["mark_queries"], found["absences_asked"]) == (0, 0, 0)


def test_one_gets_all_that_their_phone_brought(store: Store, lesson: int, tmp_path: Path) -> None:
    sent = [noise(1), noise(2)]
    waits = everything(store, "R1", lesson, *sent)
    one = waits.student_id
    shown = confirm(store, paired(store, "R1"), open_lesson(store, 1), noise(3))
    judged(store, shown.id, picture=noise(4))
    phones.new_pairing(store, TEACHER, "R1")
    everything(store, "R2", lesson, noise(5))
    with store.transaction() as db:
        web_sessions.begin(db, accounts.add_account(db, "Student", "student", student_id=one).id)
        office = accounts.add_account(db, "Office", "admin").actor()
    with acting(office):
        export_person(store, "R1", tmp_path / "out")
    assert [(tmp_path / "out" / f"selfie-{waits.id}-{n}.jpg").read_bytes() for n in (1, 2)] == sent
    assert (tmp_path / "out" / f"selfie-{shown.id}.png").read_bytes() == noise(4)
    assert len(list((tmp_path / "out").glob("selfie-*"))) == 3
    text = (tmp_path / "out" / "data.json").read_text(encoding="utf-8")
    data = json.loads(text)
    assert [row["kind"] for row in data["devices"]] == ["Android, Chrome"] * 2
    assert {row["device_id"] for row in data["claims"]} == {row["id"] for row in data["devices"]}
    assert data["confirmations"][1]["scores"] == {"cosine": 0.5}
    assert data["mark_queries"][0]["question"] == "I was there"
    assert data["absences_asked"][0]["reason"] == "Trip of R1"
    assert [row["ended"] for row in data["pairings"]] == ["used", "replaced", "used", None]
    assert len(data["web_sessions"]) == 1
    assert "Trip of R2" not in text
    # Nothing with which somebody could come in is handed out.
    assert "_hash" not in text
    assert all(row["student_id"] == one for name in OF_PHONES for row in data[name])


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [("waiting", "accepted", "accepted"), ("review", "waiting", "waiting"), ("accepted", "refused", "accepted"),
     ("accepted", "refused by hand", "refused")],
)  # fmt: skip
def test_two_entries_of_one_student_keep_what_is_better(
    store: Store, lesson: int, first: str, second: str, left: str
) -> None:
    made = {roll: confirm(store, paired(store, roll), lesson, noise(seed)) for roll, seed in (("R1", 1), ("R2", 2))}
    for state, one in ((first, made["R1"]), (second, made["R2"])):
        if state == "refused by hand":
            settle_phone(store, UTC_SCHOOL, TEACHER, one.id, accepted=False)
        elif state != "waiting":
            judged(store, one.id, state, noise(9))
    with store.transaction() as db:
        kept, gone = people.get_student(db, "R1"), people.get_student(db, "R2")
        merge_rows(db, TEACHER, kept, gone)
        [row] = confirmations.confirmations_of(db, [lesson])
        assert (row.student_id, row.state) == (kept.id, left)


def test_what_two_entries_brought_is_one_students(noon: datetime, store: Store, lesson: int) -> None:
    today = clock.today(clock.school_zone(UTC_SCHOOL))
    everything(store, "R1", lesson, noise(1))
    everything(store, "R2", open_lesson(store, 1), noise(2))
    third = confirm(store, newest := paired(store, "R2"), open_lesson(store, 1), noise(3))
    judged(store, third.id, picture=noise(4))
    with store.transaction() as db:
        kept, gone = people.get_student(db, "R1"), people.get_student(db, "R2")
        # The same days, which the other entry was granted.
        asked = questions.absences_asked(db, student_id=gone.id)[0]
        questions.answer_absence(db, asked.id, accepted=True, answer="", by="Grace")
        merge_rows(db, TEACHER, kept, gone)
    with store.read() as db:
        assert {one.student_id for one in confirmations.confirmations_of(db, [1, 2, 3])} == {kept.id}
        # Sealed for whom they are now: they open, and nothing is judged as damaged.
        assert noise(2) in confirmations.open_waiting(db, 2)[1]
        assert confirmations.picture_of(db, third.id) == noise(4)
        assert [one.accepted for one in questions.absences_asked(db, student_id=kept.id)] == [True]
        assert questions.absences_asked(db)[0].first_day == today
        assert len(questions.queries(db, student_id=kept.id)) == 2
        # One student has one phone: the one paired last.
        [phone] = devices.devices_of(db, kept.id)
        assert phone == devices.find_device(db, newest.cookie)
    assert set(counts(store, gone.id).values()) == {0}


def test_a_new_key_seals_selfies_anew(store: Store, lesson: int) -> None:
    waits, shown = confirm(store, paired(store, "R1"), lesson, noise(1)), paired(store, "R2")
    doubtful = confirm(store, shown, lesson, noise(2))
    judged(store, doubtful.id, picture=noise(3))
    before = stored(store, waits.id).frames, stored(store, doubtful.id).picture
    rekeying.rotate(store)
    after = stored(store, waits.id).frames, stored(store, doubtful.id).picture
    assert all(old != new for old, new in zip(before, after, strict=True))
    with store.read() as db:
        found = oldest(db)
        assert found is not None
        assert noise(1) in found[1]
        assert confirmations.picture_of(db, doubtful.id) == noise(3)
    rekeying.start_over(store)
    assert (stored(store, waits.id).frames, stored(store, doubtful.id).picture) == (b"", b"")


@pytest.mark.parametrize("how", ["copy", "another computer"])
def test_what_is_put_back_has_phones_and_nobody_logged_in(home: Home, tmp_path: Path, how: str) -> None:
    file, there = tmp_path / "all.rollcall", home
    with open_store(home) as store:
        one = add_face(store, "R1", 1)
        with store.transaction() as db:
            people.add_to_roster(db, people.add_class(db, "C", "Class").id, one)
        everything(store, "R1", open_lesson(store, 1), noise(1))
        with store.transaction() as db:
            account = accounts.add_account(db, "Office", "admin")
            cookie = web_sessions.begin(db, account.id)
        with acting(account.actor()):
            copy = backups.back_up(store).path
            moving.export_home(store, file, "four words are enough")
    assert [piece for piece in pieces(noise(1)) if piece in copy.read_bytes() + file.read_bytes()] == []
    with acting(account.actor()):
        if how == "copy":
            backups.restore(home, copy)
        else:
            there = Home(tmp_path / "other")
            there.create()
            moving.import_home(there, file, "four words are enough")
    with open_store(there) as store:
        assert counts(store, one) == OF_EVERYTHING
        with store.read() as db:
            found = oldest(db)
            assert found is not None
            assert noise(1) in found[1]
            assert web_sessions.find(db, cookie) is None
