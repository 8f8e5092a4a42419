"""Embeddings in, evidence out: a linear SVM per student beside the cosine to the student's centroid.

The SVM separates the students of a roster from one another; the cosine says how near a face is to the
student at all.  Neither is a probability: probabilities of an SVM shrink as the roster grows and always name
somebody.  The sum of both is the *evidence*, which keeps its scale from 5 to 60 students and from 3 to 10 photos
(the SVM is balanced for that) and so can be held against one threshold.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from core.errors import ClassifierError
from core.records import Floats
from core.vectors import normalised

COSINE_WEIGHT = 4.0
"""Weight of the centroid cosine against the SVM margin.  On 25 simulated lessons the best stranger stands below the
worst student from 4 on, not with 2 or 3; for single photos 2 to 4 are equal (benchmarks/naming.py)."""

REJECTED_WEIGHT = 0.5
"""A face that was said not to be a student counts as much as this share of one of the student's own photos.  On public
photos that takes 0.8 to 1.0 off the evidence of the face and 0.04 off the student's own; more weight adds little."""

Integers = NDArray[np.int64]
NOBODY: Integers = np.empty(0, dtype=np.int64)
NO_FACES: Floats = np.empty((0, 512), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Cuts on the evidence, found by :mod:`core.recognition.calibration`.

    sure: enough to mark.  sure_single: the same where one single photo is all there is.
    review: below it a face is simply unknown.  gap: how far the best student
    must be ahead of the second best.
    """

    sure: float
    sure_single: float
    review: float
    gap: float


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """The trained state of one class.

    student_ids: ``(n,) int64`` ascending.  coef: ``(n, 512) float32``, intercept: ``(n,) float32`` of the one-vs-rest
    hyperplanes.  centroids: ``(n, 512) float32``, L2 norm 1.  model_key: the weights that made the embeddings.
    raised: ``(n,) float32``, how much higher than the class's each student's cut is.  alike: ``(p, 2) int64``, pairs of
    students between whom a person must decide.
    rejected: ``(r, 512) float32`` faces that a person said are not the student in ``rejected_of``, ``(r,) int64``.
    """

    student_ids: Integers
    coef: Floats
    intercept: Floats
    centroids: Floats
    thresholds: Thresholds
    model_key: str
    raised: Floats
    alike: Integers
    rejected: Floats = field(default_factory=NO_FACES.copy)
    rejected_of: Integers = field(default_factory=NOBODY.copy)

    def evidence(self, embeddings: Floats) -> Floats:
        """Evidence of each of ``(m, 512)`` embeddings for each student, ``(m, n) float32``."""
        margin = embeddings @ self.coef.T + self.intercept
        return np.asarray(margin + COSINE_WEIGHT * (embeddings @ self.centroids.T), dtype=np.float32)

    def evidence_for(self, row: int, embedding: Floats) -> float:
        """Evidence of one ``(512,)`` embedding for the student in ``row``."""
        cosine = float(embedding @ self.centroids[row])
        return float(embedding @ self.coef[row]) + float(self.intercept[row]) + COSINE_WEIGHT * cosine

    def strict(self) -> "Classifier":
        """For several photos of one lesson: each is a further chance for a stranger, so none is judged leniently."""
        return replace(self, thresholds=replace(self.thresholds, sure_single=self.thresholds.sure))

    def only(self, student_ids: Iterable[int]) -> "Classifier":
        """The same classifier without everybody who is not among ``student_ids`` (left the class, erased)."""
        wanted = list(student_ids)
        kept, still = np.isin(self.student_ids, wanted), np.isin(self.rejected_of, wanted)
        return replace(
            self,
            student_ids=self.student_ids[kept],
            coef=self.coef[kept],
            intercept=self.intercept[kept],
            centroids=self.centroids[kept],
            raised=self.raised[kept],
            alike=self.alike[np.isin(self.alike, self.student_ids[kept]).all(axis=1)],
            rejected=self.rejected[still],
            rejected_of=self.rejected_of[still],
        )

    def look_alike(self, one: int, other: int) -> bool:
        """Whether these two students are look-alikes."""
        return bool(np.any(np.all(self.alike == sorted((one, other)), axis=1)))


def centroids_of(embeddings: Floats, labels: Integers, ids: Integers) -> Floats:
    """The normalised mean embedding of each of ``ids``, ``(n, 512)``."""
    return normalised(np.stack([embeddings[labels == one].mean(axis=0) for one in ids]))


def fit(
    embeddings: Floats,
    labels: Integers,
    thresholds: Thresholds,
    model_key: str,
    rejected: Floats = NO_FACES,
    rejected_of: Integers = NOBODY,
) -> Classifier:
    """Train on ``(s, 512)`` L2-normalised embeddings with ``(s,)`` student ids.

    rejected, rejected_of: ``(r, 512)`` faces that a person said are not the student with the id in ``(r,)``.
    Raises ClassifierError when fewer than two students have samples: one alone cannot be told from strangers.
    """
    ids = np.unique(labels).astype(np.int64)
    if len(ids) < 2:
        raise ClassifierError(
            "Training needs at least two students with photos, so that they can be told apart. Enrol another student."
        )
    centroids = centroids_of(embeddings, labels, ids)
    coef, intercept = _hyperplanes(embeddings, labels, ids, rejected, rejected_of)
    raised, alike = np.zeros(len(ids), np.float32), np.empty((0, 2), dtype=np.int64)
    machine = Classifier(ids, coef, intercept, centroids, thresholds, model_key, raised, alike, rejected, rejected_of)
    return machine.only(ids)


def renewed(
    classifier: Classifier,
    embeddings: Floats,
    labels: Integers,
    changed: Iterable[int],
    rejected: Floats = NO_FACES,
    rejected_of: Integers = NOBODY,
) -> Classifier:
    """The classifier with some students, old or new, fitted anew against everybody; the others and the cuts stay.

    embeddings, labels, rejected, rejected_of: of all students, as in :func:`fit`, and at least two of them.
    """
    fresh = np.array(sorted(set(changed)), dtype=np.int64)
    coef, intercept = _hyperplanes(embeddings, labels, fresh, rejected, rejected_of)
    kept = ~np.isin(classifier.student_ids, fresh)
    ids = np.concatenate([classifier.student_ids[kept], fresh])
    order = np.argsort(ids)
    centroids = centroids_of(embeddings, labels, fresh)
    return replace(
        classifier,
        student_ids=ids[order],
        coef=np.concatenate([classifier.coef[kept], coef])[order],
        intercept=np.concatenate([classifier.intercept[kept], intercept])[order],
        centroids=np.concatenate([classifier.centroids[kept], centroids])[order],
        raised=np.concatenate([classifier.raised[kept], np.zeros(len(fresh), np.float32)])[order],
        rejected=rejected,
        rejected_of=rejected_of,
    ).only(ids)


def _hyperplanes(
    embeddings: Floats, labels: Integers, ids: Integers, rejected: Floats, rejected_of: Integers
) -> tuple[Floats, Floats]:
    """Coefficients ``(n, 512)`` and intercepts ``(n,)`` of each of ``ids`` against everybody else."""
    # Here, because it takes a second to import and 60 MB, and most commands never train.
    from sklearn.svm import LinearSVC

    coef = np.empty((len(ids), embeddings.shape[1]), dtype=np.float32)
    intercept = np.empty(len(ids), dtype=np.float32)
    for row, one in enumerate(ids):
        own, others = labels == one, rejected[rejected_of == one]
        faces = np.concatenate([embeddings, others])
        # Balanced, so that a student's margin does not shrink as the roster grows around him; for the same reason a
        # rejected face is weighed by the student's own photos: one of hundreds of others would not matter.
        half = len(own) / 2
        weights = np.where(own, half / np.sum(own), half / np.sum(~own))
        weights = np.append(weights, np.full(len(others), REJECTED_WEIGHT * half / np.sum(own)))
        machine = LinearSVC(C=1.0, random_state=0)
        machine.fit(faces, np.append(own, np.zeros(len(others), dtype=bool)), weights)
        coef[row], intercept[row] = machine.coef_[0], machine.intercept_[0]
    return coef, intercept
