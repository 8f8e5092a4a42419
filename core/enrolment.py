"""A source in, face samples out: one reason for every picture that is not taken.

Pictures are first gathered and judged (:func:`gather`), then compared with everybody who is enrolled already, then
stored student by student, each in one transaction: stopping in the middle leaves whole students behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core import clock
from core.engine import Engine
from core.enrolment_folder import StudentFolder, StudentName, student_folders
from core.errors import ConsentError, InputError
from core.recognition.classifier import Integers
from core.recognition.variety import most_different
from core.records import Floats, Progress, ProgressSink, no_progress
from core.settings import Settings
from core.store import people, samples
from core.store.database import Store
from core.vectors import normalised
from core.vision.candidates import Candidate, Found, Refusal, gather

SAME_PERSON = 0.80
"""Cosine of one photo to a sample of somebody else at which both are one face (LFW: highest of strangers 0.73)."""
SAME_FOLDER = 0.78
"""The same for the mean of a folder against the mean of a student (LFW: highest of strangers 0.73)."""
ODD_ONE_OUT = 0.22
"""Cosine to the mean of the other photos under which a photo shows somebody else (LFW: lowest of right photos 0.23)."""


ENOUGH_TO_TELL = 2
"""Clear pictures needed before a student's face can be picked out of a picture with several."""
SAME_STUDENT, NOT_SAME_STUDENT = 0.55, 0.45
"""Cosine to the mean of the clear pictures that the student's face reaches, and every other face stays under."""


@dataclass(slots=True)
class StudentReport:
    """What came of one student's pictures."""

    roll: str
    name: str
    accepted: int = 0
    refused: list[Refusal] = field(default_factory=list)
    kept: int = 0
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class EnrolRequest:
    """What to enrol.  student: for a source that shows one person; None for a folder with one sub-folder a student."""

    class_code: str
    source: str
    consent: str
    student: StudentName | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Others:
    """Everybody enrolled already, apart from the student at hand."""

    student_ids: Integers
    embeddings: Floats


def enrol(
    store: Store, engine: Engine, settings: Settings, request: EnrolRequest, progress: ProgressSink = no_progress
) -> list[StudentReport]:
    """Enrol one student or a folder of them into a class.

    Raises ConsentError without a recorded consent, InputError for an unusable source, ConflictError for a roll number
    that belongs to somebody else, NotFoundError for an unknown class.
    """
    if not request.consent.strip():
        raise ConsentError(
            'Faces may be stored only with a recorded consent. Say which one: --consent "paper form, 2026-11"'
        )
    with store.read() as db:
        school_class = people.get_class(db, request.class_code)
    folders = _folders(request)
    _check_rolls(store, folders)
    reports = []
    for number, folder in enumerate(folders):
        progress(Progress(number, len(folders), folder.student.label))
        found = gather(folder.sources, engine, request.seconds, progress)
        reports.append(_enrol_student(store, engine, settings, school_class.id, request.consent, folder, found))
    progress(Progress(len(folders), len(folders), "done"))
    return reports


def _folders(request: EnrolRequest) -> list[StudentFolder]:
    if request.student is not None:
        return [StudentFolder(request.student, (request.source,))]
    path = Path(request.source)
    if not path.exists():
        raise InputError(f"{request.source} does not exist. Check the spelling, or give one student with --student.")
    if not path.is_dir():
        raise InputError(
            f'{path.name} shows one student; say whom: --student "R001 Ada Lovelace". '
            "To enrol many at once, give a folder with one sub-folder a student."
        )
    return student_folders(path)


def _check_rolls(store: Store, folders: Sequence[StudentFolder]) -> None:
    """Refuse the whole import when a roll number already has another name: nobody's faces go to the wrong student."""
    with store.transaction() as db:
        for folder in folders:
            people.check_student(db, folder.student.roll, folder.student.name)


def _enrol_student(
    store: Store,
    engine: Engine,
    settings: Settings,
    class_id: int,
    consent: str,
    folder: StudentFolder,
    found: Found,
) -> StudentReport:
    """Store what is good of one student's pictures, in one transaction."""
    report = StudentReport(folder.student.roll, folder.student.name, refused=found.refused)
    candidates, embeddings = _with_unclear(found, engine)
    with store.transaction() as db:
        student = people.find_or_add_student(db, folder.student.roll, folder.student.name)
        people.record_consent(db, student.id, consent.strip(), clock.now())
        people.add_to_roster(db, class_id, student.id)
        names = {one.id: f"{one.roll} {one.name}" for one in people.list_students(db)}
        _, own, _ = samples.load_embeddings(db, [student.id], engine.model_key)
        others = _others(db, student.id, list(names), engine.model_key)
        chosen = _without_strangers(candidates, embeddings, own, others, names, report)
        for i in chosen:
            one = candidates[i]
            stored = samples.add_sample(
                db,
                student.id,
                crop=one.crop,
                embedding=embeddings[i],
                model_key=engine.model_key,
                quality=one.quality.score,
                sharpness=one.quality.sharpness,
                brightness=one.quality.brightness,
                face_px=one.quality.face_px,
                source=one.source,
            )
            if stored is None:
                report.refused.append(Refusal(one.source, "the same picture is stored already"))
            else:
                report.accepted += 1
        report.kept = prune(db, student.id, engine.model_key, settings.samples_per_student)
    return report


def _with_unclear(found: Found, engine: Engine) -> tuple[list[Candidate], Floats]:
    """The clear candidates, and of each unclear picture the one face that looks like them; with their embeddings."""
    candidates = list(found.candidates)
    embeddings = _embed(engine, candidates)
    clear_mean = normalised(embeddings.mean(axis=0)) if len(candidates) >= ENOUGH_TO_TELL else None
    for picture in found.unclear:
        faces = _embed(engine, picture.faces)
        likeness = faces @ clear_mean if clear_mean is not None else np.zeros(len(faces), dtype=np.float32)
        best = int(likeness.argmax())
        rivals = np.delete(likeness, best)
        if likeness[best] >= SAME_STUDENT and (rivals < NOT_SAME_STUDENT).all():
            candidates.append(picture.faces[best])
            embeddings = np.concatenate([embeddings, faces[best : best + 1]])
        else:
            found.refused.append(Refusal(picture.source, picture.reason))
    return candidates, embeddings


def _embed(engine: Engine, faces: Sequence[Candidate]) -> Floats:
    return engine.embedder.represent(np.stack([one.crop for one in faces])) if faces else _none()


def _others(db: "people.Session", student_id: int, everybody: list[int], model_key: str) -> _Others:
    ids, embeddings, _ = samples.load_embeddings(db, [one for one in everybody if one != student_id], model_key)
    return _Others(ids, embeddings)


def _without_strangers(
    candidates: Sequence[Candidate],
    embeddings: Floats,
    own: Floats,
    others: _Others,
    names: dict[int, str],
    report: StudentReport,
) -> list[int]:
    """Positions of the candidates that can be this student; the others get their reason in ``report``."""
    if not candidates:
        return []
    doubles = _same_person(embeddings, others, SAME_PERSON)
    # A few photos in the wrong folder do not make its student somebody else: the rest speaks for itself.
    single = [i for i, double in enumerate(doubles) if double is None]
    telling = embeddings[single] if 2 * len(single) >= len(candidates) else embeddings
    twin = _same_person(normalised(telling.mean(axis=0)[None]), others, SAME_FOLDER, means=True)[0]
    if twin is not None:
        report.warning = f"{report.roll} {report.name} looks like {names[twin]}, who is already enrolled"
    chosen = []
    for i, (one, double) in enumerate(zip(candidates, doubles, strict=True)):
        rest = np.concatenate([own, np.delete(embeddings, i, axis=0)])
        if double is not None or twin is not None:
            who = names[double if double is not None else twin]  # type: ignore[index]
            report.refused.append(Refusal(one.source, f"this face is already enrolled as {who}"))
        elif len(rest) >= 3 and float(normalised(rest.mean(axis=0)) @ embeddings[i]) < ODD_ONE_OUT:
            report.refused.append(Refusal(one.source, "does not look like the other pictures of this student"))
        else:
            chosen.append(i)
    return chosen


def _same_person(probes: Floats, others: _Others, cut: float, *, means: bool = False) -> list[int | None]:
    """For each probe the other student whose sample (or mean of samples) is the same face, or None."""
    ids, gallery = others.student_ids, others.embeddings
    if not len(ids):
        return [None] * len(probes)
    if means:
        unique = np.unique(ids)
        gallery = normalised(np.stack([gallery[ids == one].mean(axis=0) for one in unique]))
        ids = unique
    cosine = probes @ gallery.T
    best = cosine.argmax(axis=1)
    return [int(ids[j]) if cosine[i, j] >= cut else None for i, j in enumerate(best)]


def prune(db: "people.Session", student_id: int, model_key: str, limit: int) -> int:
    """Keep the ``limit`` most different samples; returns how many there are now."""
    _, embeddings, sample_ids = samples.load_embeddings(db, [student_id], model_key)
    keep = set(most_different(embeddings, limit))
    samples.delete_samples(db, [int(one) for i, one in enumerate(sample_ids) if i not in keep])
    return len(keep)


def _none() -> Floats:
    return np.empty((0, 512), dtype=np.float32)
