"""The store in, the index over everybody who can be recognised out."""

from dataclasses import dataclass

from core.errors import ClassifierError
from core.recognition.school import SchoolIndex, Summary, assemble, summarise
from core.records import Progress, ProgressSink, no_progress
from core.store import people, samples
from core.store.database import Store

AT_ONCE = 250
"""Students whose samples are in memory together: 20 MB with 40 samples each."""


@dataclass(frozen=True, slots=True, eq=False)
class School:
    """Everybody known to this computer.  notes: sentences about faces that could not be used."""

    index: SchoolIndex
    notes: tuple[str, ...]


def open_school(store: Store, model_key: str, progress: ProgressSink = no_progress) -> School:
    """Index the samples that the weights of ``model_key`` embedded, of all active students; pictures stay unread.

    Students who left stay out, as they do in marking.  Raises ClassifierError when nobody has a usable sample.
    """
    with store.read() as db:
        ids = [student.id for student in people.list_students(db) if student.active]
        stored = samples.count_by_student(db, ids)
        parts: list[Summary] = []
        used = 0
        for start in range(0, len(ids), AT_ONCE):
            labels, embeddings, _ = samples.load_embeddings(db, ids[start : start + AT_ONCE], model_key)
            parts.append(summarise(embeddings, labels))
            used += len(labels)
            progress(Progress(min(start + AT_ONCE, len(ids)), len(ids), "reading the known faces"))
    left_out = sum(stored.values()) - used
    found = sum(len(part.student_ids) for part in parts)
    notes = _left_out(left_out, sum(count > 0 for count in stored.values()) - found) if left_out else ()
    if left_out and not found:
        raise ClassifierError(notes[0])
    return School(assemble(parts, model_key), notes)


def _left_out(faces: int, students: int) -> tuple[str, ...]:
    whom = f"; {students} students cannot be recognised until then" if students else ""
    return (
        f"{faces} stored faces were made by another network and are left out{whom}. "
        "Train their classes again: app.py train CLASS",
    )
