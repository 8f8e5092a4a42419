"""Marking lessons: who was marked and who was missed, how fast, with how much memory; one row a lesson and their sum.

``python -m benchmarks.classroom LESSON... [--plain FRAMES]`` for lessons that are there already, or ``--generate N
--builder FILE --from KNOWN --strangers UNKNOWN`` to have a classroom builder make lessons with the seeds 1 to N first.
``--plain`` lets the plain way see some frames of each lesson in the same run and scales them to all.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.lessons import CLASS, Lesson, Run, home_of, machine, measure_plain, rollcall
from benchmarks.tracking import Steadiness, record, steadiness

SIZES = (60.0, 40.0)
"""Faces of at least so many pixels are large, or middling; the others are small."""
CLASSES = ("large", "middling", "small", "unseen")
DUTIES = ("read", "detect", "track", "choose", "embed", "decide")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one lesson.  plain_s: of the plain way for the whole lesson, None if it was not asked."""

    lesson: Lesson
    told: Mapping[str, Any]
    run: Run
    steadiness: Steadiness
    plain_s: float | None

    @property
    def marked(self) -> set[str]:
        """Roll numbers."""
        return {one["roll"] for one in self.told["present"]}

    @property
    def missed(self) -> list[str]:
        """Names of students who are there and were not marked."""
        return [name for name in self.lesson.present if self.lesson.rolls[name] not in self.marked]

    @property
    def false_marks(self) -> list[str]:
        """Names of students who were marked and are not there."""
        present = set(self.lesson.present)
        return [name for name, roll in self.lesson.rolls.items() if roll in self.marked and name not in present]

    def classes(self, names: Sequence[str]) -> Counter[str]:
        """How many of ``names`` are in each class of size."""
        return Counter(size_class(self.steadiness.face_px.get(name)) for name in names)


def size_class(face_px: float | None) -> str:
    """The class of a face by its shorter side; ``unseen`` if the detector never found it."""
    if face_px is None:
        return "unseen"
    return next((name for name, least in zip(CLASSES, SIZES, strict=False) if face_px >= least), "small")


def measure(folder: Path, plain_frames: int) -> Outcome:
    """Train on a lesson's photos, mark its video, follow its faces once more to look at the tracks."""
    lesson = Lesson.read(folder)
    with home_of(lesson.folder / "enrol") as home:
        report = home.root / "mark.json"
        run = rollcall(home, "mark", CLASS, lesson.video, "--json", report)
        told = json.loads(report.read_text(encoding="utf-8"))
        tracks = steadiness(record(lesson, home), lesson)
    plain = measure_plain(lesson.folder, plain_frames) * lesson.frames if plain_frames else None
    return Outcome(lesson, told, run, tracks, plain)


def people_row(label: str, some: Sequence[Outcome]) -> str:
    """How well everybody was marked, over one lesson or several."""
    present = [name for one in some for name in one.lesson.present]
    missed = [name for one in some for name in one.missed]
    marked = len(present) - len(missed)
    false = sum(len(one.false_marks) for one in some)
    review = sum(len(one.told["review"]) for one in some)
    strangers, unknown = sum(len(one.lesson.unknown) for one in some), sum(one.told["unknown_faces"] for one in some)
    sizes = [
        one.steadiness.face_px[name] for one in some for name in one.lesson.present if name in one.steadiness.face_px
    ]
    everybody = sum((one.classes(one.lesson.present) for one in some), Counter())
    lost = sum((one.classes(one.missed) for one in some), Counter())
    by_size = " | ".join(f"{lost[name]} of {everybody[name]}" for name in CLASSES)
    return (
        f"| {label} | {len(present)} | {marked} | {len(missed)} | {false} | {review} | {strangers} | {unknown} "
        f"| {np.median(sizes) if sizes else 0:.0f} | {by_size} |"
    )


def work_row(label: str, some: Sequence[Outcome]) -> str:
    """How steadily faces were followed, and what it cost, over one lesson or several."""
    switches, tracks = sum(one.steadiness.switches for one in some), sum(one.steadiness.tracks for one in some)
    broken = np.mean([one.steadiness.fragments([*one.lesson.present, *one.lesson.unknown]) for one in some])
    wall = sum(one.run.seconds for one in some)
    faster = sum(one.told["video_seconds"] for one in some) / wall
    plain = [one.plain_s for one in some if one.plain_s is not None]
    against = f"{sum(plain) / wall:.0f}" if plain else "-"
    peaks = [one.run.peak_mb for one in some if one.run.peak_mb is not None]
    memory = f"{max(peaks):.0f} MB" if peaks else "-"
    spent = [sum(one.told["spent_s"].get(duty, 0.0) for one in some) for duty in DUTIES]
    shares = " | ".join(f"{seconds:.1f}" for seconds in spent)
    return (
        f"| {label} | {switches} of {tracks} | {broken:.2f} | {wall:.1f} s | {faster:.2f} | {against} | {memory} "
        f"| {shares} |"
    )


def names_of(outcomes: Sequence[Outcome]) -> list[str]:
    """A line for everybody who was marked wrongly or missed."""
    lines = []
    for one in outcomes:
        label, rolls, sizes = one.lesson.name, one.lesson.rolls, one.steadiness.face_px
        lines += [f"* {label}: false mark: {rolls[name]} {name}" for name in one.false_marks]
        for name in one.missed:
            seen = f"{sizes[name]:.0f} px" if name in sizes else "never detected"
            lines.append(f"* {label}: missed: {rolls[name]} {name} ({seen})")
    return lines


def tell(outcomes: Sequence[Outcome]) -> None:
    """Print both tables and the names."""
    rows = [(one.lesson.name, [one]) for one in outcomes]
    rows += [("**all**", list(outcomes))] if len(outcomes) > 1 else []
    print(
        "| lesson | present | marked | missed | false marks | to review | strangers | unknown persons | face px "
        f"| missed >= {SIZES[0]:.0f} px | {SIZES[1]:.0f} to {SIZES[0]:.0f} | < {SIZES[1]:.0f} | never detected |"
    )
    print("|" + "---|" * 13, *(people_row(*row) for row in rows), sep="\n")
    print(
        "\n| lesson | identity switches of tracks | tracks a seat | wall time | x real time | x plain way "
        f"| peak memory | {' | '.join(f'{duty}, s' for duty in DUTIES)} |"
    )
    print("|" + "---|" * (7 + len(DUTIES)), *(work_row(*row) for row in rows), sep="\n")
    print("\nWall time and memory are those of the whole `mark` command; the duties are summed over its threads.")
    print("", *names_of(outcomes), sep="\n")


def generated(wanted: argparse.Namespace, target: Path) -> list[Path]:
    """Have the builder make lessons with the seeds 1 to N."""
    if None in (wanted.builder, wanted.known, wanted.strangers):
        raise SystemExit("--generate needs --builder, --from and --strangers")
    folders = [target / f"seed{seed}" for seed in range(1, wanted.generate + 1)]
    numbers = ("present", "absent", "unknown", "seconds")
    options = [word for name in numbers for word in (f"--{name}", str(getattr(wanted, name)))]
    for seed, folder in enumerate(folders, 1):
        command = [sys.executable, wanted.builder, wanted.known, folder, "--unknown-from", wanted.strangers]
        subprocess.run([*command, *options, "--seed", str(seed)], check=True, stdout=subprocess.DEVNULL)
    return folders


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="classroom", description=__doc__)
    parser.add_argument("lessons", nargs="*", type=Path, metavar="LESSON")
    parser.add_argument("--plain", type=int, default=0, metavar="FRAMES", help="frames the plain way sees of each")
    parser.add_argument("--generate", type=int, default=0, metavar="N", help="make N lessons first")
    parser.add_argument("--builder", type=Path, metavar="FILE", help="the classroom builder's script")
    parser.add_argument("--from", dest="known", type=Path, metavar="KNOWN", help="one folder of photos a person")
    parser.add_argument("--strangers", type=Path, metavar="UNKNOWN", help="the same of people who are not enrolled")
    for name, number in (("present", 20), ("absent", 10), ("unknown", 10), ("seconds", 20)):
        parser.add_argument(f"--{name}", type=int, default=number)
    return parser.parse_args()


def main() -> None:
    """Print the tables."""
    wanted = arguments()
    print(f"{machine()}\n", flush=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as target:
        folders = [*wanted.lessons, *(generated(wanted, Path(target)) if wanted.generate else [])]
        if not folders:
            raise SystemExit("Name at least one lesson's folder, or --generate some.")
        outcomes = []
        for folder in folders:
            outcomes.append(measure(folder, wanted.plain))
            print(f"{folder.name} done", file=sys.stderr, flush=True)
    tell(outcomes)


if __name__ == "__main__":
    main()
