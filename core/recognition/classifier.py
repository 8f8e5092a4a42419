"""Embeddings in, evidence out: a linear SVM per student beside the cosine to the student's centroid.

The SVM separates the students of a roster from one another; the cosine says how near a face is to the
student at all.  Neither is a probability: probabilities of an SVM shrink as the roster grows and always name
somebody.  The sum of both is the *evidence*, which keeps its scale from 5 to 60 students and from 3 to 10 photos
(the SVM is balanced for that) and so can be held against one threshold.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.errors import ClassifierError
from core.records import Floats
from core.vectors import normalised

COSINE_WEIGHT = 4.0
"""Weight of the centroid cosine against the SVM margin.  On 25 simulated lessons the best stranger stands below the
worst student from 4 on, not with 2 or 3; for single photos 2 to 4 are equal (benchmarks/naming.py)."""

Integers = NDArray[np.int64]


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
    """

    student_ids: Integers
    coef: Floats
    intercept: Floats
    centroids: Floats
    thresholds: Thresholds
    model_key: str
    raised: Floats
    alike: Integers

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
        kept = np.isin(self.student_ids, list(student_ids))
        return replace(
            self,
            student_ids=self.student_ids[kept],
            coef=self.coef[kept],
            intercept=self.intercept[kept],
            centroids=self.centroids[kept],
            raised=self.raised[kept],
            alike=self.alike[np.isin(self.alike, self.student_ids[kept]).all(axis=1)],
        )

    def look_alike(self, one: int, other: int) -> bool:
        """Whether these two students are look-alikes."""
        return bool(np.any(np.all(self.alike == sorted((one, other)), axis=1)))


def centroids_of(embeddings: Floats, labels: Integers, ids: Integers) -> Floats:
    """The normalised mean embedding of each of ``ids``, ``(n, 512)``."""
    return normalised(np.stack([embeddings[labels == one].mean(axis=0) for one in ids]))


def fit(embeddings: Floats, labels: Integers, thresholds: Thresholds, model_key: str) -> Classifier:
    """Train on ``(s, 512)`` L2-normalised embeddings with ``(s,)`` student ids.

    Raises ClassifierError when fewer than two students have samples: one alone cannot be told from strangers.
    """
    ids = np.unique(labels).astype(np.int64)
    if len(ids) < 2:
        raise ClassifierError(
            "Training needs at least two students with photos, so that they can be told apart. Enrol another student."
        )
    coef, intercept = _hyperplanes(embeddings, labels, ids)
    centroids = centroids_of(embeddings, labels, ids)
    nobody = np.empty((0, 2), dtype=np.int64)
    return Classifier(ids, coef, intercept, centroids, thresholds, model_key, np.zeros(len(ids), np.float32), nobody)


def renewed(classifier: Classifier, embeddings: Floats, labels: Integers, changed: Iterable[int]) -> Classifier:
    """The classifier with some students, old or new, fitted anew against everybody; the others and the cuts stay.

    embeddings, labels: of all students, as in :func:`fit`, and at least two of them.
    """
    fresh = np.array(sorted(set(changed)), dtype=np.int64)
    coef, intercept = _hyperplanes(embeddings, labels, fresh)
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
    )


def _hyperplanes(embeddings: Floats, labels: Integers, ids: Integers) -> tuple[Floats, Floats]:
    """Coefficients ``(n, 512)`` and intercepts ``(n,)`` of each of ``ids`` against everybody else."""
    # Here, because it takes a second to import and 60 MB, and most commands never train.
    from sklearn.svm import LinearSVC

    coef = np.empty((len(ids), embeddings.shape[1]), dtype=np.float32)
    intercept = np.empty(len(ids), dtype=np.float32)
    for row, one in enumerate(ids):
        # Balanced, so that a student's margin does not shrink as the roster grows around him.
        machine = LinearSVC(C=1.0, class_weight="balanced", random_state=0).fit(embeddings, labels == one)
        coef[row], intercept[row] = machine.coef_[0], machine.intercept_[0]
    return coef, intercept
