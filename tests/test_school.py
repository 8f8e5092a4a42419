"""Naming over the whole school: exact search, an open set, and cuts that come from the school itself."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmarks.naming import embed_people
from benchmarks.school import Population
from core.engine import Engine
from core.errors import ClassifierError
from core.recognition.classifier import Integers
from core.recognition.school import (
    LEAST,
    PRIOR,
    RIVALS,
    RIVALS_WEIGHT,
    SchoolIndex,
    assemble,
    build,
    elsewhere,
    summarise,
)
from core.records import Floats
from core.vectors import normalised

LIKENESS = 0.37
"""Weight of what all synthetic people share; two of them then have a cosine of about 0.1."""


def faces(person: int, count: int, noise: float = 0.025, seed: int = 0) -> Floats:
    common = np.random.default_rng(999_999).normal(size=512) * LIKENESS
    own = np.random.default_rng((person, 1)).normal(size=64) @ np.random.default_rng(7).normal(size=(64, 512)) / 8
    looks = normalised((common + own).astype(np.float32))
    noisy = looks + noise * np.random.default_rng((person, seed)).normal(size=(count, 512))
    return normalised(noisy.astype(np.float32))


def people(ids: range, samples: int = 4) -> tuple[Floats, Integers]:
    return np.concatenate([faces(one, samples) for one in ids]), np.repeat(np.array(ids, np.int64), samples)


def ones(looks: Floats) -> Floats:
    return np.ones(len(looks), np.float32)


@pytest.fixture(scope="module")
def index() -> SchoolIndex:
    return build(*people(range(100, 160)), "key")


def test_the_three_best_are_those_of_the_plain_way(index: SchoolIndex) -> None:
    embeddings, labels = people(range(100, 160))
    looks, weights = faces(123, 3, noise=0.06, seed=5), np.array([0.2, 0.9, 0.5], np.float32)
    mean = normalised((looks * weights[:, None]).sum(axis=0))
    plain = {int(one): float(normalised(embeddings[labels == one].mean(axis=0)) @ mean) for one in np.unique(labels)}
    best = sorted(plain, key=lambda one: -plain[one])[:3]
    found = index.search(looks, weights)
    assert [one.student_id for one in found] == best
    assert best[0] == 123
    assert [one.score for one in found] == pytest.approx([plain[one] for one in best], abs=1e-5)


def test_the_index_is_small_whatever_the_number_of_samples() -> None:
    few, many = (build(*people(range(30), count), "key") for count in (2, 20))
    assert few.nbytes == many.nbytes == 30 * (512 * 4 + 8)


def test_samples_may_come_in_any_order_and_in_parts(index: SchoolIndex) -> None:
    embeddings, labels = people(range(100, 160))
    order = np.random.default_rng(0).permutation(len(labels))
    shuffled = build(embeddings[order], labels[order], "key")
    np.testing.assert_array_equal(shuffled.student_ids, index.student_ids)
    np.testing.assert_allclose(shuffled.centroids, index.centroids, atol=1e-6)
    halves = [summarise(embeddings[part], labels[part]) for part in (slice(0, 80), slice(80, 80), slice(80, None))]
    joined = assemble(halves, "key")
    np.testing.assert_array_equal(joined.centroids, index.centroids)
    assert joined.leads == index.leads


@pytest.mark.parametrize("count", [1, 3])
def test_students_are_known_and_strangers_are_not(index: SchoolIndex, count: int) -> None:
    for person in range(100, 160, 7):
        looks = faces(person, count, seed=3)
        naming = index.name(looks, ones(looks))
        assert (naming.outcome, naming.student_id) == ("known", person)
        assert naming.score >= naming.cut
        assert naming.reason == "clearly this person"
    for person in range(300, 320):
        looks = faces(person, count, seed=3)
        naming = index.name(looks, ones(looks))
        assert naming.outcome == "unknown"
        assert naming.score < naming.cut
        assert naming.reason == "like nobody known here"


def test_the_cut_is_the_lead_over_the_rivals(index: SchoolIndex) -> None:
    looks = faces(300, 1)
    cosines = np.sort(index.centroids @ looks[0])[::-1]
    rivals = RIVALS_WEIGHT * float(cosines[1 : 1 + RIVALS].mean())
    assert index.name(looks, ones(looks)).cut == pytest.approx(index.leads.one + rivals, abs=1e-5)
    assert index.name(looks, ones(looks), strict=True).cut == pytest.approx(index.leads.several + rivals, abs=1e-5)


def test_the_cut_grows_with_the_school() -> None:
    rng = np.random.default_rng(0)
    everybody = Population.published().people(2000, rng)(3)
    strangers = Population.published().people(60, rng)(1)
    cuts = []
    for students in (2, 10, 100, 2000):
        labels = np.repeat(np.arange(students), 3)
        index = build(everybody[:students].reshape(-1, 512), labels, "key")
        cuts.append(float(np.mean([index.name(looks, ones(looks)).cut for looks in strangers])))
    assert cuts == sorted(cuts)
    assert cuts[-1] > cuts[0] + 0.1


def test_a_school_of_people_who_look_alike_is_more_careful() -> None:
    """Pairs of brothers: the nearest other student is always close, so strangers may be too."""
    brothers = np.concatenate([normalised(faces(one // 2, 3) + 0.9 * faces(5000 + one, 3)) for one in range(400)])
    alike = build(brothers, np.repeat(np.arange(400), 3), "key")
    usual = build(*people(range(400), 3), "key")
    assert alike.leads.one > usual.leads.one
    assert alike.leads.several > usual.leads.several


def test_a_few_enrolled_twice_do_not_move_the_cut_for_all() -> None:
    embeddings, labels = people(range(200))
    twice = build(np.concatenate([embeddings, embeddings[:24]]), np.concatenate([labels, labels[:24] + 1000]), "key")
    plain = build(embeddings, labels, "key")
    assert twice.leads.one == pytest.approx(plain.leads.one, abs=0.02)
    looks = faces(3, 3, seed=4)
    naming = twice.name(looks, ones(looks))
    assert (naming.outcome, naming.reason) == ("unsure", "the second-best is too close")
    assert naming.runner_up is not None
    assert {naming.student_id, naming.runner_up.student_id} == {3, 1003}


@pytest.mark.parametrize("students", [1, 2])
def test_the_smallest_schools_stand_on_the_prior(students: int) -> None:
    index = build(*people(range(students)), "key")
    assert index.leads == PRIOR
    own, foreign = faces(0, 2, seed=8), faces(77, 2)
    assert index.name(own, ones(own)).outcome == "known"
    assert index.name(foreign, ones(foreign)).outcome == "unknown"
    assert len(index.search(own, ones(own))) == students
    assert (index.name(own, ones(own)).runner_up is None) == (students == 1)


def test_one_sample_each_is_enough() -> None:
    index = build(*people(range(20), 1), "key")
    assert index.leads.one >= LEAST.one
    looks = faces(11, 2, seed=8)
    assert index.name(looks, ones(looks)).student_id == 11


def test_nobody_enrolled_is_a_sentence() -> None:
    with pytest.raises(ClassifierError, match="Nobody in the school has a face sample yet"):
        build(np.empty((0, 512), np.float32), np.empty(0, np.int64), "key")


@pytest.mark.parametrize("looks", [np.empty((0, 512), np.float32), np.ones(512, np.float32)])
def test_looks_of_a_wrong_shape_are_a_bug(index: SchoolIndex, looks: Floats) -> None:
    with pytest.raises(ValueError, match="looks are"):
        index.search(looks, np.ones(len(looks) and 3, np.float32))


@pytest.fixture(scope="module")
def real(shared: Path, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Floats], list[Floats]]:
    """Embeddings of up to 12 people with 6 to 9 photos each, and of 30 strangers with up to 2."""
    chosen = tmp_path_factory.mktemp("people")
    for kind, count, photos in (("known", 12, 9), ("unknown", 30, 2)):
        for one in sorted((shared / "faces" / kind).iterdir())[:count]:
            (chosen / kind / one.name).mkdir(parents=True)
            for photo in sorted(one.iterdir())[:photos]:
                shutil.copy(photo, chosen / kind / one.name)
    known, unknown = (list(embed_people(chosen / kind, engine).values()) for kind in ("known", "unknown"))
    return [looks for looks in known if len(looks) > 5], unknown


def test_real_people_are_elsewhere_and_real_strangers_are_nowhere(real: tuple[list[Floats], list[Floats]]) -> None:
    known, strangers = real
    assert len(known) >= 10
    index = build(np.concatenate([looks[:5] for looks in known]), np.repeat(np.arange(len(known)), 5), "key")
    class_a, class_b = set(range(6)), set(range(6, len(known)))
    for person, looks in enumerate(known):
        probe = looks[5:]
        own, other = (class_a, class_b) if person in class_a else (class_b, class_a)
        assert elsewhere(index, probe, ones(probe), own) is None
        found = elsewhere(index, probe, ones(probe), other)
        assert found is not None
        assert found.student_id == person
        assert found == index.search(probe, ones(probe))[0]
        # One photo may be too little to say so, but it never gives a wrong name.
        singles = [elsewhere(index, probe[i : i + 1], np.ones(1, np.float32), other) for i in range(len(probe))]
        assert {one.student_id for one in singles if one is not None} == {person}
    assert len(strangers) >= 28
    assert [elsewhere(index, looks, ones(looks), class_a) for looks in strangers] == [None] * len(strangers)


def test_real_strangers_are_refused_and_real_students_found(real: tuple[list[Floats], list[Floats]]) -> None:
    known, strangers = real
    index = build(np.concatenate([looks[:5] for looks in known]), np.repeat(np.arange(len(known)), 5), "key")
    singles = [(person, looks[i : i + 1]) for person, looks in enumerate(known) for i in range(5, len(looks))]
    namings = [(person, index.name(look, ones(look))) for person, look in singles]
    assert not any(naming.outcome == "known" and naming.student_id != person for person, naming in namings)
    assert np.mean([naming.outcome == "known" for _, naming in namings]) > 0.95
    named = [index.name(looks[:1], np.ones(1, np.float32)).outcome == "known" for looks in strangers]
    assert sum(named) <= 1
