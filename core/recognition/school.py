"""Embeddings of a whole school in, "who is this?" out: small, exact, and open to people nobody knows.

Each student is one *centroid*, the normalised mean of their samples: 2 KB, so that 5,000 students take 10 MB where
their 200,000 samples would take 410 MB.  One face is then one product of a matrix and a vector; no approximate search
is needed.  On real photos nearest samples beside the centroid found nobody more (benchmarks/school.py).

The larger the school, the better its best look-alike of a stranger.  So a face is not held against one fixed cut but
against a cut of its own: a *lead* over half the mean cosine of its ten next-best students, its rivals.  More students
make nearer rivals, and so does a face that resembles everybody (blurred, very young).  This is the test normalisation
of speaker verification (Auckenthaler et al. 2000) with the best rivals as cohort; among 5,000 students it misses 3 % of
those shown by one look where one fixed cut misses 10 %, each with 1 % of strangers named.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np

from core.errors import ClassifierError
from core.recognition.classifier import Integers
from core.records import Floats
from core.vectors import normalised

RIVALS = 10
"""Next-best students whose mean cosine tells how common a face is; 3 to 20 do about as well."""
RIVALS_WEIGHT = 0.5
"""Share of the rivals' mean in the cut: 0.7 misses fewer students among 5,000, but more among 10 to 500."""
GAP = 0.05
"""How far the best student must be ahead of the second (one look, 5,000 students: 99 % of students are)."""
HELD_OUT_LOOKS = 3
"""Samples of each student that are tried against everybody else."""
HELD_OUT_PEOPLE = 1000
"""Students tried so; more would move the cut by less than 0.005 and cost seconds."""
QUANTILES = (0.995, 0.999)
"""Share of strangers that the cuts for one look and for several are to refuse."""
PRIOR_PEOPLE = 40
"""How many held-out students weigh as much as the prior, as in :mod:`core.recognition.calibration`."""
AT_ONCE = 500
"""Held-out looks searched together: 10 MB among 5,000 students."""

Outcome = Literal["known", "unsure", "unknown"]


@dataclass(frozen=True, slots=True)
class Leads:
    """How far a face must be above half the mean of its rivals: with one look, with the mean of several."""

    one: float
    several: float


PRIOR = Leads(one=0.49, several=0.56)
"""Where a small school stands.  LFW, 78 strangers against 5 to 39 people with 5 photos: 99 % of single looks stay under
0.47 to 0.50, 99.7 % of means of three under 0.51 to 0.55."""
LEAST = Leads(one=0.43, several=0.43)
"""However well a school's own students can be told apart: of real strangers 1 % came this near among 500 to 5,000."""


@dataclass(frozen=True, slots=True)
class Match:
    """A student of the school and the cosine of the face to their centroid, -1 to 1."""

    student_id: int
    score: float


@dataclass(frozen=True, slots=True)
class Naming:
    """What was decided about one face.  candidates: the three best, best first, fewer in a school of fewer."""

    outcome: Outcome
    cut: float
    reason: str
    candidates: tuple[Match, ...]

    @property
    def student_id(self) -> int:
        """The best candidate's id."""
        return self.candidates[0].student_id

    @property
    def score(self) -> float:
        """The best candidate's cosine."""
        return self.candidates[0].score

    @property
    def runner_up(self) -> Match | None:
        """The second best, None where only one student is known."""
        return self.candidates[1] if len(self.candidates) > 1 else None


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """What the index keeps of some students.

    student_ids: ``(n,) int64``; centroids: ``(n, 512) float32``; looks: ``(n, 3, 512) float32`` of each student's
    samples, repeated where there are fewer.
    """

    student_ids: Integers
    centroids: Floats
    looks: Floats


@dataclass(frozen=True, slots=True, eq=False)
class SchoolIndex:
    """Everybody known.  student_ids: ``(n,) int64``, all different; centroids: ``(n, 512) float32``, L2 norm 1."""

    student_ids: Integers
    centroids: Floats
    leads: Leads
    model_key: str

    @property
    def nbytes(self) -> int:
        """Memory of the arrays, bytes."""
        return self.student_ids.nbytes + self.centroids.nbytes

    def search(self, embeddings: Floats, weights: Floats) -> tuple[Match, ...]:
        """The three best students for ``(k, 512)`` looks at *one* face with ``(k,)`` weights, best first."""
        return self._best(self._cosines(embeddings, weights))

    def name(self, embeddings: Floats, weights: Floats, *, strict: bool = False) -> Naming:
        """Decide about one face.  strict: judge one look by the cut for several."""
        cosines = self._cosines(embeddings, weights)
        lead = self.leads.several if strict or len(embeddings) > 1 else self.leads.one
        cut = lead + RIVALS_WEIGHT * float(_rivals(cosines[None])[0])
        candidates = self._best(cosines)
        best = candidates[0].score
        if best < cut:
            return Naming("unknown", cut, "like nobody known here", candidates)
        if len(candidates) > 1 and best - candidates[1].score < GAP:
            return Naming("unsure", cut, "the second-best is too close", candidates)
        return Naming("known", cut, "clearly this person", candidates)

    def _cosines(self, embeddings: Floats, weights: Floats) -> Floats:
        if embeddings.ndim != 2 or weights.shape != (len(embeddings),) or not len(embeddings):
            raise ValueError(
                f"looks are (k, 512) with weights (k,), k at least 1, not {embeddings.shape}, {weights.shape}"
            )
        mean = normalised(np.average(embeddings, axis=0, weights=weights).astype(np.float32))
        # On one thread: a quarter of a millisecond.  BLAS splits so small a product over all cores, and where one of
        # them is busy (as while a video is read) every twentieth face then waits for it for 12 to 24 ms.
        return np.asarray(np.einsum("ij,j->i", self.centroids, mean), dtype=np.float32)

    def _best(self, cosines: Floats) -> tuple[Match, ...]:
        top = np.argpartition(-cosines, min(3, len(cosines) - 1))[:3]
        return tuple(Match(int(self.student_ids[i]), float(cosines[i])) for i in top[np.argsort(-cosines[top])])


def elsewhere(index: SchoolIndex, embeddings: Floats, weights: Floats, roster_ids: Collection[int]) -> Match | None:
    """The student of the school who is not on this roster but shown by ``(k, 512)`` looks at one unknown face, or None.

    Strict, for it puts a name to somebody the class does not know: the cut for several looks holds for a single one
    too, and when one of the roster comes close it is nobody.
    """
    naming = index.name(embeddings, weights, strict=True)
    if naming.outcome != "known" or naming.student_id in roster_ids:
        return None
    return naming.candidates[0]


def build(embeddings: Floats, labels: Integers, model_key: str) -> SchoolIndex:
    """The index of ``(s, 512)`` L2-normalised embeddings with ``(s,)`` student ids.  Raises as :func:`assemble`."""
    return assemble([summarise(embeddings, labels)], model_key)


def summarise(embeddings: Floats, labels: Integers) -> Summary:
    """Reduce all samples of some students, so that a school's samples need never be in memory together."""
    order = np.argsort(labels, kind="stable")
    ids, starts, counts = np.unique(labels[order], return_index=True, return_counts=True)
    if not len(ids):
        empty = np.empty((0, embeddings.shape[1]), np.float32)
        return Summary(ids.astype(np.int64), empty, np.repeat(empty[:, None], HELD_OUT_LOOKS, axis=1))
    # Normalising the sum is normalising the mean.
    centroids = normalised(np.add.reduceat(embeddings[order], starts))
    # Spread over the samples' ages: neighbours are often frames of one video.
    spread = starts[:, None] + (counts[:, None] - 1) * np.arange(HELD_OUT_LOOKS) // (HELD_OUT_LOOKS - 1)
    return Summary(ids.astype(np.int64), centroids, embeddings[order[spread]])


def assemble(summaries: Iterable[Summary], model_key: str) -> SchoolIndex:
    """One index of summaries of different students.  Raises ClassifierError when they hold nobody."""
    parts = [summary for summary in summaries if len(summary.student_ids)]
    if not parts:
        raise ClassifierError(
            "Nobody in the school has a face sample yet, so nobody can be recognised. "
            "Enrol photos: app.py enrol CLASS FOLDER"
        )
    ids = np.concatenate([part.student_ids for part in parts])
    centroids = np.concatenate([part.centroids for part in parts])
    return SchoolIndex(ids, centroids, _leads(centroids, np.concatenate([part.looks for part in parts])), model_key)


def _leads(centroids: Floats, looks: Floats) -> Leads:
    """The cuts from the school itself: every student is once a stranger to all the others.

    looks: ``(n, 3, 512)``.  A student's looks against the others' centroids are what a stranger's are, for no other
    centroid holds them.  The law of their leads is close to normal; median and 84 % quantile place it, so that the few
    who are enrolled twice, or are twins, do not raise the cut for all.
    """
    # Nobody has rivals among fewer than two others.
    if len(centroids) < 3:
        return PRIOR
    people = np.unique(np.linspace(0, len(centroids) - 1, min(len(centroids), HELD_OUT_PEOPLE)).astype(np.int64))
    tried = looks[people]
    one = _held_out(centroids, tried.reshape(-1, looks.shape[-1]), np.repeat(people, looks.shape[1]))
    several = _held_out(centroids, normalised(tried.mean(axis=1)), people)
    own = people.size / (people.size + PRIOR_PEOPLE)
    return Leads(
        max(LEAST.one, own * _quantile(one, QUANTILES[0]) + (1 - own) * PRIOR.one),
        max(LEAST.several, own * _quantile(several, QUANTILES[1]) + (1 - own) * PRIOR.several),
    )


def _held_out(centroids: Floats, looks: Floats, owners: Integers) -> Floats:
    """The lead of each of ``(m, 512)`` looks over everybody but its owner, a row of ``centroids``."""
    leads = []
    for start in range(0, len(looks), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        cosines = looks[part] @ centroids.T
        rows = np.arange(len(cosines))
        # The owner takes the place of the last student, who takes the owner's.
        cosines[rows, owners[part]] = cosines[:, -1]
        others = np.ascontiguousarray(cosines[:, :-1])
        leads.append(others.max(axis=1) - RIVALS_WEIGHT * _rivals(others))
    return np.concatenate(leads)


def _rivals(cosines: Floats) -> Floats:
    """Mean cosine of the next-best students of each row of ``(m, n)``; 0 where there is but one student."""
    rivals = min(RIVALS, cosines.shape[1] - 1)
    if rivals < 1:
        return np.zeros(len(cosines), np.float32)
    top = -np.partition(-cosines, rivals, axis=1)[:, : rivals + 1]
    return np.asarray((top.sum(axis=1) - top.max(axis=1)) / rivals, dtype=np.float32)


def _quantile(leads: Floats, share: float) -> float:
    """Quantile of the normal law through the median and the 84 % quantile, which is one deviation above it."""
    middle, above = (float(one) for one in np.quantile(leads, [0.5, NormalDist().cdf(1.0)]))
    return middle + (above - middle) * NormalDist().inv_cdf(share)
