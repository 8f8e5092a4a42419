"""What a school's wish for caution means, shown on faces of one of its own classes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from sqlalchemy.orm import Session

from core.access import guarded
from core.accuracy import Accuracy, check
from core.recognition.caution import Verdict, verdict, with_caution
from core.recognition.classifier import Thresholds
from core.recognition.held_out import StudentProbe
from core.records import Image, ProgressSink, no_progress
from core.settings import Caution
from core.store import samples
from core.store.database import Store


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A photo and the best photo of a student it was compared with.

    first, second: ``(160, 160, 3) uint8 BGR``; is_same: whether both show the same student; evidence: how alike.
    """

    first: Image
    second: Image
    is_same: bool
    evidence: float


@dataclass(frozen=True, slots=True, eq=False)
class CautionExample:
    """cuts: as they were measured.  students, strangers: the best evidence of each tested photo of theirs."""

    class_code: str
    cuts: Thresholds
    pairs: tuple[Pair, ...]
    students: tuple[float, ...]
    strangers: tuple[float, ...]

    def verdicts(self, caution: Caution, evidence: Sequence[float]) -> Counter[Verdict]:
        """How many photos would be marked, asked about and unknown."""
        cuts = with_caution(self.cuts, caution)
        return Counter(verdict(one, cuts) for one in evidence)


@guarded
def example(
    store: Store, class_code: str, model_key: str | None = None, progress: ProgressSink = no_progress
) -> CautionExample:
    """A usual pair, the hardest pair of one student, and the two students who look most alike.

    Raises as :func:`core.accuracy.check`.
    """
    found = check(store, class_code, model_key, progress)
    return CautionExample(
        class_code=found.school_class.code,
        cuts=found.cuts,
        pairs=_pairs(store, found),
        students=tuple(one.best for one in found.probes if one.best_id == one.student_id),
        strangers=found.strangers_evidence,
    )


def _pairs(store: Store, found: Accuracy) -> tuple[Pair, ...]:
    right = sorted((one for one in found.probes if one.best_id == one.student_id), key=lambda one: one.best)
    if not right:
        return ()
    alike = max(right, key=lambda one: one.second)
    wanted = [(right[len(right) // 2], True), (right[0], True), (alike, False)]
    with store.read() as db:
        places = _places(db, [one.student.id for one in found.students], found.run.model_key)
        return tuple(_pair(db, places, found.run.model_key, probe, is_same=same) for probe, same in wanted)


def _places(db: Session, student_ids: Sequence[int], model_key: str) -> dict[int, int]:
    """Student id -> place of the first photo among those of the class, which are by student and age."""
    counts = sorted((one, len(photos)) for one, photos in samples.measures(db, student_ids, model_key).items())
    starts = accumulate((count for _, count in counts), initial=0)
    return {student_id: start for (student_id, _), start in zip(counts, starts, strict=False)}


def _pair(db: Session, places: Mapping[int, int], model_key: str, probe: StudentProbe, *, is_same: bool) -> Pair:
    other = probe.student_id if is_same else probe.second_id
    own = samples.samples_of(db, [probe.student_id], model_key)
    shown = own[probe.sample - places[probe.student_id]]
    against = own if is_same else samples.samples_of(db, [other], model_key)
    # Another one than that which is judged.
    best = max((one for one in against if one.id != shown.id), key=lambda one: one.quality)
    return Pair(shown.crop, best.crop, is_same, probe.best if is_same else probe.second)
