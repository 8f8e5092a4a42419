"""A school that wants to be asked more often: its cuts rise, and an example shows what that means."""

import pytest

from core.accuracy import check
from core.caution_example import example
from core.errors import ClassifierError
from core.recognition.calibration import PRIOR
from core.recognition.caution import RISE, verdict, with_caution
from core.settings import Settings
from core.store import people
from core.store.database import Store
from tests.test_accuracy import clear, enrolled, trained


def test_caution_only_ever_asks_more() -> None:
    assert with_caution(PRIOR, "usual") == PRIOR
    careful, strict = with_caution(PRIOR, "careful"), with_caution(PRIOR, "strict")
    assert PRIOR.sure < careful.sure < strict.sure
    assert PRIOR.sure_single < careful.sure_single < strict.sure_single
    assert {one.review for one in (PRIOR, careful, strict)} == {PRIOR.review}
    assert Settings().caution == "usual"
    assert set(RISE) == set(Settings.model_fields["caution"].annotation.__args__)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("evidence", "usual", "strict"), [(4.0, "marked", "marked"), (3.0, "marked", "asked"), (1.0, "unknown", "unknown")]
)
def test_what_becomes_of_a_photo(evidence: float, usual: str, strict: str) -> None:
    assert verdict(evidence, PRIOR) == usual
    assert verdict(evidence, with_caution(PRIOR, "strict")) == strict


def test_the_example_is_of_the_class_and_follows_the_wish(store: Store) -> None:
    enrolled(store, clear())
    trained(store)
    found = example(store, "c", "key")
    usual, hardest, others = found.pairs
    assert (usual.is_same, hardest.is_same, others.is_same) == (True, True, False)
    assert usual.evidence >= hardest.evidence > others.evidence
    assert all(one.first.shape == one.second.shape == (160, 160, 3) for one in found.pairs)
    assert all((one.first != one.second).any() for one in found.pairs)
    report = check(store, "C", "key")
    counted = found.verdicts("usual", found.students)
    assert counted["marked"] == report.right
    assert found.verdicts("usual", found.strangers)["marked"] == report.strangers_named
    marked = [found.verdicts(one, found.students)["marked"] for one in ("usual", "careful", "strict")]
    assert marked == sorted(marked, reverse=True)


def test_the_accuracy_sheet_is_judged_as_carefully_as_the_lessons(store: Store) -> None:
    enrolled(store, clear())
    trained(store)
    usual, strict = check(store, "C", "key"), check(store, "C", "key", caution="strict")
    assert strict.cuts.sure_single == pytest.approx(usual.cuts.sure_single + RISE["strict"])
    assert strict.strangers_named <= usual.strangers_named
    assert strict.refused >= usual.refused


def test_without_a_trained_class_there_is_no_example(store: Store) -> None:
    with store.transaction() as db:
        people.add_class(db, "C", "Class")
    with pytest.raises(ClassifierError):
        example(store, "C", "key")
