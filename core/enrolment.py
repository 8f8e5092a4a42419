"""A source in, face samples out: one reason for every picture that is not taken.

Pictures are first gathered and judged (:func:`gather`), then compared with everybody who is enrolled already, then
stored student by student, each in one transaction: stopping in the middle leaves whole students behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from core import clock
from core.access import guarded, own_classes
from core.engine import Engine
from core.enrolment_folder import StudentFolder, StudentName, student_folders
from core.errors import AccessError, ConsentError, InputError
from core.likeness import ODD_ONE_OUT, SAME_FOLDER, SAME_PERSON, Others, load_others, means_of, same_person, told_names
from core.recognition.variety import most_different
from core.records import Floats, Progress, ProgressSink, no_progress
from core.settings import Settings
from core.store import consents, ownership, people, samples
from core.store.database import Store
from core.store.text import key_of
from core.vectors import normalised
from core.vision.candidates import Candidate, Found, Refusal, gather

SAID_NO = "refused or withdrew consent, so no face is taken"
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


@guarded
def enrol(
    store: Store, engine: Engine, settings: Settings, request: EnrolRequest, progress: ProgressSink = no_progress
) -> list[StudentReport]:
    """Enrol one student or a folder of them into a class.

    Raises ConsentError without a recorded consent, InputError for an unusable source, ConflictError for a roll number
    that belongs to somebody else, NotFoundError for an unknown class, AccessError for a student of whom somebody who is
    limited to some classes has no other right.
    """
    if not request.consent.strip():
        raise ConsentError(
            'Faces may be stored only with a recorded consent. Say which one: --consent "paper form, 2026-11"'
        )
    with store.read() as db:
        school_class = people.get_class(db, request.class_code)
    folders = _folders(request)
    said_no = _check_rolls(store, folders)
    if settings.guardian_signs:
        _check_guardians(store, folders, said_no)
    reports = []
    for number, folder in enumerate(folders):
        progress(Progress(number, len(folders), folder.student.label))
        if key_of(folder.student.roll) in said_no:
            # Not even looked at.
            reports.append(StudentReport(folder.student.roll, folder.student.name, warning=SAID_NO))
            continue
        found = gather(folder.sources, engine, request.seconds, progress)
        # Who watches may raise here, after what takes long, and before anything of this student is stored.
        progress(Progress(number, len(folders), folder.student.label))
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


def _check_rolls(store: Store, folders: Sequence[StudentFolder]) -> set[str]:
    """Refuse the whole import when a roll number already has another name: nobody's faces go to the wrong student.

    Returns the rolls, as compared, of those who refused or withdrew.  Raises ConsentError when that is everybody.
    """
    with store.transaction() as db:
        _check_own(db, folders)
        for folder in folders:
            people.check_student(db, folder.student.roll, folder.student.name)
        objectors = consents.objectors(db)
        said_no = {key_of(one.roll) for one in people.list_students(db) if one.id in objectors}
    if folders and all(key_of(folder.student.roll) in said_no for folder in folders):
        roll = folders[0].student.roll
        raise ConsentError(f"{roll} {SAID_NO}. If there is a new consent: app.py consent give {roll} TEXT")
    return said_no


def _check_guardians(store: Store, folders: Sequence[StudentFolder], said_no: set[str]) -> None:
    """A word at enrolling names no guardian.  Raises ConsentError for the first whose consent is not recorded yet."""
    with store.read() as db:
        recorded = {key_of(one.roll) for one in people.list_students(db) if one.consent}
    for roll in (one.student.roll for one in folders if key_of(one.student.roll) not in recorded | said_no):
        raise ConsentError(
            f"In this school a guardian signs, and {roll} has no consent yet. "
            f"Add the student (app.py students add), then: app.py consent give {roll} TEXT --guardian NAME"
        )


def _check_own(db: Session, folders: Sequence[StudentFolder]) -> None:
    """Raises AccessError for students of others: enrolling puts them into a class, and so under its teacher's rights.

    Before names are compared, or a wrong name would be answered with the right one.
    """
    mine = own_classes(db)
    if mine is None:
        return
    for folder in folders:
        found = people.find_student(db, folder.student.roll)
        if found is not None and not ownership.is_on_rosters(db, found.id, mine):
            raise AccessError(
                f"{found.roll} is a student of another class, so you cannot enrol them. "
                "Ask an admin of the school to put them into yours first."
            )


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
        if not (settings.guardian_signs and student.consent):
            people.record_consent(db, student.id, consent.strip(), clock.now())
        people.add_to_roster(db, class_id, student.id)
        names = told_names(db)
        _, own, _ = samples.load_embeddings(db, [student.id], engine.model_key)
        others = load_others(db, student.id, engine.model_key)
        chosen = _without_strangers(candidates, embeddings, own, others, names, report)
        for i in chosen:
            if store_sample(db, student.id, candidates[i], embeddings[i], engine.model_key):
                report.accepted += 1
            else:
                report.refused.append(Refusal(candidates[i].source, "the same picture is stored already"))
        report.kept = prune(db, student.id, engine.model_key, settings.samples_per_student)
    return report


def store_sample(db: Session, student_id: int, one: Candidate, embedding: Floats, model_key: str) -> bool:
    """Whether the face was stored; not if the very same picture is there."""
    stored = samples.add_sample(
        db,
        student_id,
        crop=one.crop,
        embedding=embedding,
        model_key=model_key,
        quality=one.quality.score,
        sharpness=one.quality.sharpness,
        brightness=one.quality.brightness,
        face_px=one.quality.face_px,
        source=one.source,
    )
    return stored is not None


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


def _without_strangers(
    candidates: Sequence[Candidate],
    embeddings: Floats,
    own: Floats,
    others: Others,
    names: dict[int, str],
    report: StudentReport,
) -> list[int]:
    """Positions of the candidates that can be this student; the others get their reason in ``report``."""
    if not candidates:
        return []
    doubles = same_person(embeddings, others, SAME_PERSON)
    # A few photos in the wrong folder do not make its student somebody else: the rest speaks for itself.
    single = [i for i, double in enumerate(doubles) if double is None]
    telling = embeddings[single] if 2 * len(single) >= len(candidates) else embeddings
    twin = same_person(normalised(telling.mean(axis=0)[None]), means_of(others), SAME_FOLDER)[0]
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


def prune(db: Session, student_id: int, model_key: str, limit: int) -> int:
    """Keep the ``limit`` most different samples; returns how many there are now."""
    _, embeddings, sample_ids = samples.load_embeddings(db, [student_id], model_key)
    keep = set(most_different(embeddings, limit))
    samples.delete_samples(db, [int(one) for i, one in enumerate(sample_ids) if i not in keep])
    return len(keep)


def _none() -> Floats:
    return np.empty((0, 512), dtype=np.float32)
