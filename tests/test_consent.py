"""Consents: recorded with their history; who says no is erased and never recognised; strangers leave no picture."""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import numpy as np
import pytest

from core import consent
from core.consent import ConsentDraft
from core.errors import ConflictError, ConsentError, InputError
from core.paths import Home
from core.settings import load_settings
from core.store import consents, face_erasure, passages, people, register, rejections, samples, sightings
from core.store.database import Store, open_store
from core.store.merging import merge_rows
from core.store.register import SightingDraft
from core.vision.images import encode_png
from tests.cli_support import ASTRONAUT, CONSENT, HOPPER, NINE, PHOTOGRAPHER, Cli, side_by_side
from tests.store_support import NINE as AT_NINE
from tests.store_support import TEACHER, begin_session


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with open_store(home) as store:
        yield store


@pytest.fixture
def cli(ready: Home, capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(ready, capsys)


def picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (160, 160, 3), np.uint8)


def add_face(store: Store, roll: str, seed: int) -> int:
    """A student with a consent, a sample, a passage, and a face in a lesson's review."""
    with store.transaction() as db:
        student = people.find_or_add_student(db, roll, f"Name {roll}")
        people.record_consent(db, student.id, "paper form", AT_NINE)
        embedding = np.random.default_rng(seed).normal(size=512).astype(np.float32)
        samples.add_sample(
            db, student.id, crop=picture(seed), embedding=embedding, model_key="k",
            quality=1, sharpness=1, brightness=1, face_px=99, source="a.png",
        )  # fmt: skip
        rejections.add_rejection(
            db, student.id, crop=picture(seed + 50), embedding=embedding, model_key="k", source="a.png"
        )
        seen = passages.Seen(
            student_id=student.id, at=AT_NINE, since=AT_NINE, camera="Door", direction="in", confidence=0.9,
            picture=encode_png(picture(seed + 100)),
        )  # fmt: skip
        passages.record_sighting(db, seen, 5, UTC)
    return student.id


def test_a_consent_has_a_history(store: Store) -> None:
    with store.transaction() as db:
        people.add_student(db, "R1", "Ada")
    draft = ConsentDraft("paper form", version="2026-08", at=AT_NINE, guardian="Anne\nLovelace")
    state = consent.give(store, "R1", draft)
    [one] = state.records
    assert (one.kind, one.text, one.version, one.guardian) == ("given", "paper form", "2026-08", "Anne Lovelace")
    assert (state.student.consent, state.student.consent_at) == ("paper form", AT_NINE)
    state = consent.withdraw(store, "R1")
    assert state.student.consent is None
    assert state.records[0].withdrawn_at is not None
    state = consent.refuse(store, "R1", ConsentDraft("letter of the parents"))
    assert [one.kind for one in state.records] == ["refused", "given"]
    with store.transaction() as db:
        with pytest.raises(ConsentError, match="on purpose"):
            people.record_consent(db, state.student.id, "an old list", AT_NINE)
        assert consents.objectors(db) == {state.student.id}
    assert consent.give(store, "R1", ConsentDraft("new form")).student.consent == "new form"
    with store.read() as db:
        assert consents.objectors(db) == set()
    for text in ("", " \n"):
        with pytest.raises(ConsentError, match="empty"):
            consent.give(store, "R1", ConsentDraft(text))


def test_the_same_form_twice_is_one_record(store: Store) -> None:
    with store.transaction() as db:
        student = people.add_student(db, "R1", "Ada").id
        for text in ("form", " form ", "other form"):
            people.record_consent(db, student, text, AT_NINE)
        assert [one.text for one in consents.records_of(db, student)] == ["other form", "form"]


def test_nothing_to_withdraw_is_said(store: Store) -> None:
    with store.transaction() as db:
        people.add_student(db, "R1", "Ada")
    with pytest.raises(InputError, match="refuse"):
        consent.withdraw(store, "R1")


def test_withdrawing_erases_the_face_and_keeps_the_register(store: Store) -> None:
    first, second = add_face(store, "R1", 1), add_face(store, "R2", 2)
    with store.transaction() as db:
        school_class = people.add_class(db, "C", "Class")
        people.add_to_roster(db, school_class.id, first)
        session = begin_session(db, school_class.id)
        drafts = [
            SightingDraft("present", "sure", first, 0.9, AT_NINE, AT_NINE, thumbnail=encode_png(picture(5))),
            SightingDraft("review", "perhaps", first, 0.5, AT_NINE, AT_NINE, thumbnail=encode_png(picture(6))),
            SightingDraft(
                "review", "perhaps", second, 0.5, AT_NINE, AT_NINE,
                candidates=((second, 1.0), (first, 0.9)), thumbnail=encode_png(picture(7)),
            ),
        ]  # fmt: skip
        register.replace_sightings(db, session.id, "a.mp4", drafts)
    (store.home.data / "backups").mkdir()
    old = store.home.data / "backups" / "rollcall-20260101T000000Z-daily.db"
    old.write_bytes(b"holds the face")
    state = consent.withdraw(store, "R1")
    assert state.erased == face_erasure.FacesErased(samples=1, rejections=1, sightings=1, guesses=1, passages=1)
    with store.read() as db:
        seen = sightings.sightings_of(db, session.id, ("present", "review"))
        assert [(one.kind, one.student_id, bool(one.thumbnail)) for one in seen] == [
            ("present", first, False),
            ("review", second, True),
        ]
        assert [one for sighting in seen for one in sighting.candidates] == [(second, 1.0)]
        assert samples.count_by_student(db, [first, second]) == {first: 0, second: 1}
        assert [one.student_id for one in passages.last_events(db)].count(first) == 1
        assert people.get_student(db, "R1").name == "Name R1"
    assert not old.exists()
    assert len(list((store.home.data / "backups").glob("*.db"))) == 1


def test_one_who_refused_is_not_merged_into_one_who_did_not(store: Store) -> None:
    add_face(store, "R1", 1)
    add_face(store, "R2", 2)
    consent.withdraw(store, "R1")
    with store.transaction() as db, pytest.raises(ConflictError, match="withdrew"):
        merge_rows(db, TEACHER, people.get_student(db, "R2"), people.get_student(db, "R1"))
    consent.withdraw(store, "R2")
    with store.transaction() as db:
        kept = people.get_student(db, "R2")
        merge_rows(db, TEACHER, kept, people.get_student(db, "R1"))
        assert len(consents.records_of(db, kept.id)) == 2
        assert people.get_student(db, "R2").consent is None


def test_who_withdrew_is_neither_marked_nor_stored_again(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLLCALL_THUMBNAIL_DAYS", "3650")  # The lesson's day becomes longer ago with every year.
    cli.trained_class()
    photo = side_by_side(tmp_path / "room.png", ASTRONAUT, PHOTOGRAPHER, HOPPER)
    before = cli.json("mark", "C", photo, *NINE)
    assert {one["roll"] for one in before["present"]} == {"R1", "R2"}
    done = cli.json("consent", "withdraw", "R1")
    assert done["consent"] is None
    assert done["erased"]["samples"] >= 1
    assert done["erased"]["sightings"] == 1
    after = cli.json("mark", "C", photo, "--at", "2026-11-21T13:00")
    assert {one["roll"] for one in after["present"]} == {"R2"}
    # No camera may look for them, so no camera says that they are away.
    assert "R1" not in {one["roll"] for one in after["absent"]}
    assert any("No consent" in one and "R1" in one for one in after["notes"])
    assert cli("set", "C", "R1", "P") == 0
    with open_store(cli.home) as store, store.read() as db:
        last = max(before["session"], after["session"]) if isinstance(after["session"], int) else 2
        kinds = {(one.kind, bool(one.thumbnail)) for one in sightings.sightings_of(db, last, ("unknown", "present"))}
        # Nor is an unknown face counted, which may be theirs.
        assert kinds == {("present", True)}
    assert "refused or withdrew" in cli.refused("enrol", "C", ASTRONAUT, "--student", "R1 Eileen Collins", *CONSENT)
    assert cli("consent", "give", "R1", "new form", "--guardian", "A parent") == 0
    assert cli("enrol", "C", ASTRONAUT, "--student", "R1 Eileen Collins", *CONSENT) == 0


def test_strangers_leave_no_picture_unless_a_setting_says_so(cli: Cli, tmp_path: Path) -> None:
    cli.trained_class()
    photo = side_by_side(tmp_path / "room.png", ASTRONAUT, HOPPER)
    assert cli("mark", "C", photo, *NINE) == 0

    def stored() -> list[bool]:
        with open_store(cli.home) as store, store.read() as db:
            return [bool(one.thumbnail) for one in sightings.sightings_of(db, 1, ("unknown",))]

    assert stored() == [False]
    assert cli("review", "C") == 0
    [sheet] = cli.home.attendance.glob("*/*.xlsx")
    with zipfile.ZipFile(io.BytesIO(sheet.read_bytes())) as parts:
        assert not [name for name in parts.namelist() if name.startswith("xl/media/")]
    (cli.home.data / "settings.toml").write_text("unknown_faces_days = 2\n", encoding="utf-8")
    assert load_settings(cli.home).unknown_faces_days == 2
    assert cli("mark", "C", photo, *NINE) == 0
    assert stored() == [True]


def test_a_folder_with_somebody_who_refused_enrols_the_others(cli: Cli, tmp_path: Path) -> None:
    cli.trained_class()
    cli.json("consent", "refuse", "R1", "no", "--by", "The Office", "--on", "2026-11-20")
    for name, photo in (("R1 Eileen Collins", ASTRONAUT), ("R3 Grace Hopper", HOPPER)):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / photo.name).write_bytes(photo.read_bytes())
    said = cli.json("enrol", "C", tmp_path / "in", *CONSENT)
    assert [(one["roll"], one["accepted"] > 0) for one in said["students"]] == [("R1", False), ("R3", True)]
    [record, old] = cli.json("consent", "show", "R1")["records"]
    assert (record["kind"], record["recorded_by"], record["at"][:10]) == ("refused", "The Office", "2026-11-20")
    assert old["withdrawn_by"] == "The Office"


def test_a_school_of_minors_asks_for_a_guardian(cli: Cli) -> None:
    (cli.home.data / "settings.toml").write_text("guardian_signs = true\n", encoding="utf-8")
    assert cli("class", "add", "C", "Class") == 0
    who = ("--student", "R1 Eileen Collins")
    assert "guardian signs" in cli.refused("enrol", "C", ASTRONAUT, *who, *CONSENT)
    assert cli("students", "add", "R1", "Eileen Collins") == 0
    assert "--guardian" in cli.refused("consent", "give", "R1", "paper form")
    assert "only one" in cli.refused("consent", "give", "R1", "paper form", "--guardian", "Jo", "--of-age")
    assert "guardian signs" in cli.refused("enrol", "C", ASTRONAUT, *who, *CONSENT)
    [record] = cli.json("consent", "give", "R1", "paper form", "--of-age")["records"]
    assert record["given_by"] == consents.OF_AGE
    record = cli.json("consent", "give", "R1", "new form", "--guardian", "Jo Collins", "--version", "2")["records"][0]
    assert (record["guardian"], record["version"], bool(record["recorded_by"])) == ("Jo Collins", "2", True)
    assert cli("enrol", "C", ASTRONAUT, *who, *CONSENT) == 0
    # What was said at enrolling names no guardian, so it replaces nothing.
    assert cli.json("consent", "show", "R1")["records"][0] == record
