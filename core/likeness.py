"""Is this face somebody else's: what is asked before a face is stored as a student's."""

from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from core.access import own_classes
from core.recognition.classifier import Integers
from core.records import Floats
from core.store import ownership, people, samples
from core.vectors import normalised

SAME_PERSON = 0.80
"""Cosine of one photo to a sample of somebody else at which both are one face (LFW: highest of strangers 0.73)."""
SAME_FOLDER = 0.78
"""The same for the mean of a folder against the mean of a student (LFW: highest of strangers 0.73)."""
ODD_ONE_OUT = 0.22
"""Cosine to the mean of the other photos under which a photo shows somebody else (LFW: lowest of right photos 0.23)."""
FOREIGN = "a student of another class"
"""Whom somebody who is limited to some classes is told of, instead of a name."""


@dataclass(frozen=True, slots=True, eq=False)
class Others:
    """Everybody enrolled already, apart from the student at hand."""

    student_ids: Integers
    embeddings: Floats


def told_names(db: Session) -> dict[int, str]:
    """Everybody as they are told to who acts: a face must not be a way to a foreign student's name."""
    mine = own_classes(db)
    return {
        one.id: f"{one.roll} {one.name}" if mine is None or ownership.is_on_rosters(db, one.id, mine) else FOREIGN
        for one in people.list_students(db)
    }


def load_others(db: Session, student_id: int, model_key: str) -> Others:
    """Everybody with a consent but for one student."""
    everybody = [one.id for one in people.list_students(db) if one.consent and one.id != student_id]
    ids, embeddings, _ = samples.load_embeddings(db, everybody, model_key)
    return Others(ids, embeddings)


def means_of(others: Others) -> Others:
    """The mean face of each of them."""
    ids = np.unique(others.student_ids)
    means = [others.embeddings[others.student_ids == one].mean(axis=0) for one in ids]
    return Others(ids, normalised(np.stack(means))) if means else others


def same_person(probes: Floats, others: Others, cut: float) -> list[int | None]:
    """For each probe the other student of whom a row is the same face, or None."""
    if not len(others.student_ids):
        return [None] * len(probes)
    cosine = probes @ others.embeddings.T
    best = cosine.argmax(axis=1)
    return [int(others.student_ids[j]) if cosine[i, j] >= cut else None for i, j in enumerate(best)]
