"""One face that confirms for two students of a lesson."""

from collections.abc import Mapping

from core.records import Floats

SAME_FACE = 0.72
"""Cosine from which two selfies show one person.  Press photos of 40 people: 40 of 40 had 0.75 and more with their own
photos of other days, none of 1560 pairs of two people had more than 0.71.
"""
TWICE = "the same face has confirmed for {} in this lesson"


def like(others: Mapping[int, Floats], face: Floats) -> list[int]:
    """Of other students' selfies those that show the same person, the most alike first.

    others: student id -> face, ``(512,)`` of length 1 as ``face``.
    """
    alike = {other: float(known @ face) for other, known in others.items()}
    return sorted((one for one, score in alike.items() if score >= SAME_FACE), key=lambda one: -alike[one])
