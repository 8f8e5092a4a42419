"""Every training of a class is a version: kept, listed, compared, gone back to, and removed when it is old."""

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import clock
from core.access import guarded
from core.errors import ClassifierError, NotFoundError, VaultError
from core.recognition.classifier import Classifier
from core.recognition.files import load_classifier, save_classifier
from core.records import SchoolClass
from core.store import people, training_runs
from core.store.database import Store
from core.store.training_runs import TrainingRun

KEPT = 10
"""So many versions of a class stay."""
NEWEST_SAMPLE, TRAINED_TO, EXTENDED_FROM = "newest_sample", "trained_to", "extended_from"
"""Names in a run's figures: the newest sample it was made with; the newest one its last whole training had; the run it
was extended from, if it was."""
CHANCES = (("probes", "right"), ("probes", "wrong"), ("probes", "refused"), ("strangers", "strangers_named"))
IN_WORDS = ("named rightly", "named wrongly", "refused", "strangers named")


@dataclass(frozen=True, slots=True)
class Version:
    """A training and whether it can be used.  problem: why not, in words, or None."""

    run: TrainingRun
    in_use: bool
    problem: str | None

    @property
    def extended_from(self) -> int | None:
        return self.run.figures.get(EXTENDED_FROM)

    @property
    def held_out(self) -> dict[str, int] | None:
        """The held-out figures, or None where a version was not measured."""
        names = {name for pair in CHANCES for name in pair}
        found = {name: int(self.run.figures[name]) for name in sorted(names & self.run.figures.keys())}
        return found if len(found) == len(names) and found["probes"] else None

    def share(self, of: str, name: str) -> float | None:
        """A held-out figure in per cent, or None where nothing was measured."""
        held = self.held_out
        return 100 * held[name] / held[of] if held and held[of] else None


def keep_version(
    store: Store,
    school_class: SchoolClass,
    classifier: Classifier,
    *,
    figures: Mapping[str, Any],
    samples: int,
    seconds: float,
) -> TrainingRun:
    """Save a classifier as the version in use, and let the oldest go.

    The files come first: a row never points to a file that is not there.
    """
    made_at = clock.now()
    path = store.home.classifiers / str(school_class.id) / f"{_stamp(made_at)}.npz"
    manifest = save_classifier(
        path,
        classifier,
        store.vault,
        class_code=school_class.code,
        samples=samples,
        trained_at=made_at,
        held_out=figures,
    )
    with store.transaction() as db:
        run = training_runs.add_run(
            db,
            class_id=school_class.id,
            file=path.relative_to(store.home.models).as_posix(),
            sha256=manifest.sha256,
            model_key=classifier.model_key,
            students=len(classifier.student_ids),
            samples=samples,
            seconds=seconds,
            figures=figures,
            created_at=made_at,
        )
    _remove_old(store, school_class.id)
    return run


def _stamp(moment: datetime) -> str:
    """A file name that sorts by time; the run's own row tells which is in use."""
    return f"{moment:%Y%m%dT%H%M%S}-{time.monotonic_ns() % 1_000_000:06d}"


def _remove_old(store: Store, class_id: int) -> None:
    """Forget all but the newest, of which the very newest has just come into use.

    Rows first, then files: a row must never point to nothing.
    """
    with store.transaction() as db:
        old = training_runs.list_runs(db, class_id)[KEPT:]
        training_runs.delete_runs(db, [run.id for run in old])
    remove_unnamed_files(store, class_id)


def remove_unnamed_files(store: Store, class_id: int) -> None:
    """Remove classifier files of a class that no version names: old ones, and what a killed training left."""
    folder = store.home.classifiers / str(class_id)
    with store.read() as db:
        named = {store.home.models / run.file for run in training_runs.list_runs(db, class_id)}
    for path in folder.glob("*"):
        if path.suffix in (".npz", ".json") and path.with_suffix(".npz") not in named:
            # Held open by another program: it goes with the next training.
            with contextlib.suppress(OSError):
                path.unlink()


@guarded
def list_versions(store: Store, class_code: str, model_key: str | None) -> tuple[SchoolClass, list[Version]]:
    """The versions of a class, the newest first.  model_key: the network in use, None where it is not known.

    Raises NotFoundError for an unknown class.
    """
    with store.read() as db:
        school_class = people.get_class(db, class_code)
        runs = training_runs.list_runs(db, school_class.id)
        in_use = training_runs.run_in_use(db, school_class.id)
    return school_class, [
        Version(run, in_use is not None and run.id == in_use.id, _problem(store, run, school_class.code, model_key))
        for run in runs
    ]


def _problem(store: Store, run: TrainingRun, code: str, model_key: str | None) -> str | None:
    try:
        classifier = load_classifier(store.home.models / run.file, code, store.vault)
    except ClassifierError:
        return "its file is missing or damaged"
    except VaultError:
        return "the key of the faces is missing or locked"
    if model_key is not None and classifier.model_key != model_key:
        return "it was trained with another network"
    return None


@guarded
def use_version(store: Store, class_code: str, run_id: int, model_key: str) -> Version:
    """Go back (or forward) to a version.

    Raises NotFoundError for an unknown class or version, ClassifierError for one that cannot be used now.
    """
    school_class, versions = list_versions(store, class_code, model_key)
    code = school_class.code
    chosen = next((one for one in versions if one.run.id == run_id), None)
    if chosen is None:
        raise NotFoundError(f"The class {code} has no version {run_id}. See all: app.py versions {code}")
    if chosen.problem is not None:
        raise ClassifierError(
            f"Version {run_id} of {code} cannot be used: {chosen.problem}. "
            f"Choose another one, or train the class again: app.py train {code}"
        )
    with store.transaction() as db:
        return Version(training_runs.choose_run(db, run_id, clock.now()), in_use=True, problem=None)


def comparison(versions: list[Version]) -> list[str]:
    """Sentences on the version in use against the one before it, or the oldest where there is none before."""
    used = next((one for one in versions if one.in_use), None)
    if used is None or len(versions) < 2:
        return []
    others = [one for one in versions if one is not used]
    before = next((one for one in others if one.run.id < used.run.id), others[-1])
    return list(_against(used, before))


def _against(used: Version, other: Version) -> Iterator[str]:
    parts = [
        _difference(used.run.students, other.run.students, "student"),
        _difference(used.run.samples, other.run.samples, "sample"),
    ]
    for (of, name), words in zip(CHANCES, IN_WORDS, strict=True):
        now, then = used.share(of, name), other.share(of, name)
        if now is not None and then is not None:
            parts.append(f"{words} {now:.1f} % instead of {then:.1f} %")
    yield f"Version {used.run.id}, in use, against version {other.run.id}: {', '.join(parts)}."
    for one in (used, other):
        if one.held_out is None:
            yield f"How well version {one.run.id} recognises was not measured; training the class anew does that."
    if used.held_out and other.held_out:
        yield "Each was tested on the photos there were at the time, so small differences mean little."


def _difference(now: int, then: int, what: str) -> str:
    if now == then:
        return f"as many {what}s"
    count = abs(now - then)
    return f"{count} {what}{'' if count == 1 else 's'} {'more' if now > then else 'fewer'}"
