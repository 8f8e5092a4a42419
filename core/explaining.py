"""Everything that was seen in a source, face by face, with the reason for its outcome; for finding out why."""

from collections.abc import Iterable, Mapping
from typing import Any

from core.recognising import Seen
from core.recognition.decision import cut_for
from core.recognition.evidence import Stretch
from core.recognition.explain import shortcomings
from core.recognition.people import Person
from core.records import Student

PASSED_OVER = "passed over: seen too briefly, never clearly, or a bad view of somebody who is named"


def explain(seen: Seen, students: Mapping[int, Student]) -> list[dict[str, Any]]:
    """One entry a person, then one for each stretch of a face that came to nothing, as JSON has them.

    students: the roster and the guests, by id.  Boxes are xyxy pixels where the face was largest.
    """
    persons = [_person(one, seen, students) for one in seen.persons]
    named = {id(stretch) for person in seen.persons for stretch in person.stretches}
    return persons + [_passed_over(one) for one in seen.stretches if id(one) not in named]


def _person(person: Person, seen: Seen, students: Mapping[int, Student]) -> dict[str, Any]:
    decision, cuts = person.decision, seen.classifier.thresholds
    candidates = [
        {"roll": students[one.student_id].roll, "name": students[one.student_id].name, "evidence": _short(one.evidence)}
        for one in decision.candidates
        if one.student_id in students
    ]
    return {
        "outcome": decision.outcome,
        "reason": decision.reason,
        "confidence": _short(decision.confidence),
        "candidates": candidates,
        "needed": {
            "sure": _short(cut_for(seen.classifier, decision.student_id, person.looks, single_photo=not seen.moving)),
            "review": _short(cuts.review),
            "gap": _short(cuts.gap),
        },
        **_seen(person.stretches),
    }


def _passed_over(stretch: Stretch) -> dict[str, Any]:
    return {"outcome": "passed over", "reason": PASSED_OVER, **_seen([stretch])}


def _seen(stretches: Iterable[Stretch]) -> dict[str, Any]:
    """When, where and how well a face was seen."""
    parts = list(stretches)
    best = max(parts, key=lambda one: float(one.weights.max()))
    largest = max((box for one in parts for box in one.boxes.values()), key=lambda box: float(box[2] - box[0]))
    quality = best.quality
    return {
        "first_seen_s": _short(min(one.first_s for one in parts)),
        "last_seen_s": _short(max(one.last_s for one in parts)),
        "looks": sum(len(one.embeddings) for one in parts),
        "box": [round(float(value)) for value in largest],
        "best_look": {
            "face_px": round(quality.face_px),
            "sharpness": _short(quality.sharpness),
            "brightness": round(quality.brightness),
            "yaw": _short(quality.yaw),
            "shortcomings": list(shortcomings(quality)),
        },
    }


def _short(value: float) -> float:
    return round(float(value), 3)
