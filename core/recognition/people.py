"""Stretches in, people out: everybody in a source with one decision each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.recognition.classifier import Classifier
from core.recognition.decision import Decision, decide, one_to_one
from core.recognition.evidence import Stretch, join, looks_of, together

NEARLY = 0.5
"""An unknown face whose evidence is this close to the review cut, and whose student is surely there at another time, is
that student seen badly, not a stranger."""

CLEAR_ENOUGH = 0.35
"""Quality that at least one look at an unknown face in moving pictures must have to be reported."""
LARGE_ENOUGH = 40.0
"""Shorter box side, pixels, that it must have reached."""


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """Somebody in the source: what was decided, and the stretches that show them."""

    decision: Decision
    stretches: tuple[Stretch, ...]

    @property
    def frames(self) -> frozenset[int]:
        return frozenset().union(*(stretch.frames for stretch in self.stretches))

    @property
    def tracks(self) -> frozenset[int]:
        return frozenset().union(*(stretch.tracks for stretch in self.stretches))

    @property
    def looks(self) -> int:
        return sum(len(stretch.embeddings) for stretch in self.stretches)

    @property
    def first_s(self) -> float:
        return min(stretch.first_s for stretch in self.stretches)

    @property
    def last_s(self) -> float:
        return max(stretch.last_s for stretch in self.stretches)

    @property
    def face_px(self) -> float:
        """The largest the face was detected, shorter side of the box."""
        return max(stretch.face_px for stretch in self.stretches)

    @property
    def best(self) -> Stretch:
        """The stretch with the best look."""
        return max(self.stretches, key=lambda stretch: float(stretch.weights.max()))


def _is_clear(person: Person) -> bool:
    """Whether an unknown face was ever seen well enough to speak of a person."""
    return float(person.best.weights.max()) >= CLEAR_ENOUGH and person.face_px >= LARGE_ENOUGH


def name_people(classifier: Classifier, stretches: Sequence[Stretch], *, single_photo: bool) -> list[Person]:
    """Decide about everybody.  Each student is ``sure`` at most once; a face is never counted for two people."""
    first = [_person(classifier, [stretch], single_photo) for stretch in stretches]
    sure, rest = _settle([person for person in first if person.decision.outcome == "sure"])
    rest += [person for person in first if person.decision.outcome != "sure"]
    # What no stretch shows alone, several of the same face may show together.
    flat = [stretch for person in rest for stretch in person.stretches]
    demoted = {id(person.stretches[0]): person for person in rest if person.decision.outcome == "unsure"}
    joined: list[Person] = []
    for group in join(flat):
        if len(group) == 1 and id(flat[group[0]]) in demoted:
            joined.append(demoted[id(flat[group[0]])])
        else:
            joined.append(_person(classifier, [flat[i] for i in group], single_photo))
    joined = _with_pooled_claims(classifier, joined, single_photo)
    named = [person for person in joined if person.decision.outcome == "sure"]
    sure, losers = _settle(sure + named)
    open_ones = losers + [person for person in joined if person.decision.outcome != "sure"]
    return _merged(sure) + _without_echoes(
        open_ones, _merged(sure), classifier.thresholds.review - NEARLY, single_photo
    )


def _with_pooled_claims(classifier: Classifier, persons: list[Person], single_photo: bool) -> list[Person]:
    """Take together those who might be the same student at different times, where that makes it sure.

    A student whose looks differ much (with and without glasses, turned away) is not joined by likeness alone.
    """
    claims: dict[int, list[Person]] = {}
    for person in persons:
        if person.decision.outcome == "unsure":
            apart = claims.setdefault(person.decision.student_id, [])
            if not any(_side_by_side(person, other) for other in apart):
                apart.append(person)
    for same in claims.values():
        if len(same) < 2:
            continue
        whole = _person(classifier, [stretch for person in same for stretch in person.stretches], single_photo)
        if whole.decision.outcome == "sure":
            parts = {id(person) for person in same}
            persons = [person for person in persons if id(person) not in parts] + [whole]
    return persons


def _person(classifier: Classifier, stretches: Sequence[Stretch], single_photo: bool) -> Person:
    return Person(decide(classifier, *looks_of(stretches), single_photo=single_photo), tuple(stretches))


def _settle(claims: list[Person]) -> tuple[list[Person], list[Person]]:
    """Let the strongest claim on each student in a frame stand; the others become unsure."""
    lost = set(one_to_one([(p.decision.student_id, p.decision.candidates[0].evidence, p.frames) for p in claims]))
    reason = "another face in the same picture is more clearly this student"
    losers = [
        replace(claims[i], decision=replace(claims[i].decision, outcome="unsure", reason=reason)) for i in sorted(lost)
    ]
    return [person for i, person in enumerate(claims) if i not in lost], losers


def _merged(sure: list[Person]) -> list[Person]:
    """One person a student: the strongest decision with all stretches."""
    by_student: dict[int, list[Person]] = {}
    for person in sorted(sure, key=lambda one: -one.decision.candidates[0].evidence):
        by_student.setdefault(person.decision.student_id, []).append(person)
    return [
        Person(same[0].decision, tuple(stretch for person in same for stretch in person.stretches))
        for same in by_student.values()
    ]


def _without_echoes(open_ones: list[Person], sure: list[Person], nearly: float, single_photo: bool) -> list[Person]:
    """Drop what is only a bad view of somebody already found, and settle who is left to review."""
    present = {person.decision.student_id: person for person in sure}
    kept: list[Person] = []
    for person in sorted(open_ones, key=lambda one: -one.decision.candidates[0].evidence):
        decision = person.decision
        known = present.get(decision.student_id)
        if known is not None and _side_by_side(known, person):
            person = _somebody_else(person)
        elif known is not None and decision.candidates[0].evidence >= nearly:
            continue
        if person.decision.outcome == "unsure":
            present[decision.student_id] = person
        elif not single_photo and (person.looks == 1 or not _is_clear(person)):
            # A glance, or never more than a blur: too little to speak of a stranger.
            continue
        kept.append(person)
    return kept


def _side_by_side(one: Person, other: Person) -> bool:
    return any(together(stretch.frames, other.frames) for stretch in one.stretches)


def _somebody_else(person: Person) -> Person:
    """A face beside that of the very student it resembles: whoever it is, it is not that student."""
    if person.decision.outcome != "unsure":
        return person
    reason = f"{person.decision.reason}, and that student is elsewhere in the same picture"
    return replace(person, decision=replace(person.decision, outcome="unknown", reason=reason))
