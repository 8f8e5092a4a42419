"""Open-set naming over folders of people: what the evidence rule and the thresholds stand on.

``python -m benchmarks.naming KNOWN_DIR UNKNOWN_DIR``: each holds one folder a person.  For rosters of several sizes
some known people are enrolled with a few photos; their other photos are genuine probes, everybody else is a stranger.
"""

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.asked import folders
from core.engine import Engine, load_engine
from core.paths import Home
from core.recognition.calibration import PRIOR, calibrate
from core.recognition.classifier import Classifier, fit, renewed
from core.recognition.decision import pooled_evidence
from core.records import Floats
from core.vision.candidates import gather
from core.vision.sources import media_files

ROSTERS = ((5, 5), (10, 5), (25, 5), (40, 3), (40, 5), (40, 9))
LOOKS = (1, 3, 8)
SEEDS = 6
ADDED = (1, 4, 9)
RULES = (0.0, 0.25, 1.0, 2.0, 4.0, 6.0)
PAIRS = 3000
Rule = Callable[[Floats, np.ndarray, Floats], Floats]
"""Gallery, labels and probes in, scores ``(probes, students)`` out."""


@dataclass(frozen=True, slots=True)
class Probes:
    """Looks ``(k, 512)`` of each probe; ``owner`` is the label for genuine ones, -1 for strangers."""

    looks: list[Floats]
    owner: np.ndarray


def embed_people(folder: Path, engine: Engine) -> dict[str, Floats]:
    """Embeddings of every usable photo, by person."""
    people = {}
    for one in sorted(path for path in folder.iterdir() if path.is_dir()):
        found = gather([str(path) for path in media_files(one)], engine, None, lambda _: None)
        if found.candidates:
            people[one.name] = engine.embedder.represent(np.stack([face.crop for face in found.candidates]))
    return people


def draw(
    known: dict[str, Floats], strangers: dict[str, Floats], students: int, photos: int, looks: int, seed: int
) -> tuple[Floats, np.ndarray, Probes]:
    """One random roster with its probes: every other photo by itself, or four random sets of ``looks`` a student."""
    rng = np.random.default_rng(seed)
    usable = [name for name in sorted(known) if len(known[name]) > photos]
    chosen = list(rng.permutation(usable)[:students])
    gallery, labels, probes, owner = [], [], [], []
    for label, name in enumerate(chosen):
        order = rng.permutation(len(known[name]))
        gallery.append(known[name][order[:photos]])
        labels += [label] * photos
        rest = order[photos:]
        drawn = _drawn(known[name][rest], looks, rng, sets=4)
        probes += drawn
        owner += [label] * len(drawn)
    others = {**strangers, **{name: faces for name, faces in known.items() if name not in chosen}}
    for faces in others.values():
        drawn = _drawn(faces, looks, rng, sets=1)
        probes += drawn
        owner += [-1] * len(drawn)
    return np.concatenate(gallery), np.array(labels, dtype=np.int64), Probes(probes, np.array(owner))


def _drawn(faces: Floats, looks: int, rng: np.random.Generator, sets: int) -> list[Floats]:
    if looks == 1:
        return [face[None] for face in faces]
    return [faces[rng.choice(len(faces), looks, replace=len(faces) < looks)] for _ in range(sets)]


def best_of(classifier: Classifier, probes: Probes) -> tuple[np.ndarray, np.ndarray]:
    """Best evidence and whose it is, for each probe."""
    scores = np.stack([pooled_evidence(classifier, one, np.ones(len(one), np.float32)) for one in probes.looks])
    return scores.max(axis=1), scores.argmax(axis=1)


def product_row(known: dict[str, Floats], strangers: dict[str, Floats], size: tuple[int, int], looks: int) -> str:
    """One row: the product's own cuts, and where the strangers' tail lies."""
    genuine, right, foreign, named, refused = [], [], [], [], []
    for seed in range(SEEDS):
        gallery, labels, probes = draw(known, strangers, *size, looks, seed)
        cuts, _ = calibrate(gallery, labels, None, "")
        best, who = best_of(fit(gallery, labels, cuts, ""), probes)
        cut = cuts.sure_single if looks == 1 else cuts.sure
        ours = probes.owner >= 0
        hit = who[ours] == probes.owner[ours]
        genuine += list(np.where(hit, best[ours], -9.0))
        right += list(hit)
        foreign += list(best[~ours])
        named += list(best[~ours] >= cut)
        refused += list((best[ours] < cut) | ~hit)
    scores = np.array(genuine)
    shares = [np.mean(right), *(np.mean(scores < cut) for cut in np.quantile(foreign, [0.95, 0.99]))]
    shares += [np.mean(refused), np.mean(named)]
    cells = " | ".join(f"{100 * share:.1f} %" for share in shares)
    low = np.quantile(genuine, 0.01)
    return (
        f"| {len(np.unique(labels))} x {size[1]} | {looks} | {cells} | {np.quantile(foreign, 0.997):.2f} | {low:.2f} |"
    )


def rule_row(known: dict[str, Floats], strangers: dict[str, Floats], weight: float) -> str:
    """FNIR at FPIR 5 % and 1 % of margin + weight x cosine, one photo, 40 students with 5 photos."""

    def rule(gallery: Floats, labels: np.ndarray, faces: Floats) -> Floats:
        machine = fit(gallery, labels, PRIOR, "")
        return np.asarray(faces @ machine.coef.T + machine.intercept + weight * (faces @ machine.centroids.T))

    return f"| margin + {weight:g} x cosine | {_misses(known, strangers, rule)} |"


def nearest_row(known: dict[str, Floats], strangers: dict[str, Floats]) -> str:
    """The same of the plain way: whoever has the nearest enrolled photo."""

    def rule(gallery: Floats, labels: np.ndarray, faces: Floats) -> Floats:
        cosines = faces @ gallery.T
        return np.stack([cosines[:, labels == one].max(axis=1) for one in np.unique(labels)], axis=1)

    return f"| nearest photo (plain way) | {_misses(known, strangers, rule)} |"


def _misses(known: dict[str, Floats], strangers: dict[str, Floats], rule: Rule) -> str:
    genuine, foreign = [], []
    for seed in range(SEEDS):
        gallery, labels, probes = draw(known, strangers, 40, 5, 1, seed)
        scores = rule(gallery, labels, np.concatenate(probes.looks))
        ours = probes.owner >= 0
        hit = scores.argmax(axis=1)[ours] == probes.owner[ours]
        genuine += list(np.where(hit, scores.max(axis=1)[ours], -9.0))
        foreign += list(scores.max(axis=1)[~ours])
    misses = [np.mean(np.array(genuine) < np.quantile(foreign, quantile)) for quantile in (0.95, 0.99)]
    return " | ".join(f"{100 * miss:.1f} %" for miss in misses)


def verification(people: dict[str, Floats]) -> float:
    """Share of pairs told rightly, same person or not, each tenth by the best cosine of the others (LFW's way)."""
    values, truth = _pairs(people)
    part = np.arange(PAIRS) // 2 % 10
    cuts = np.linspace(0, 1, 201)
    right = []
    for fold in range(10):
        rest = part != fold
        best = cuts[int(np.argmax([np.mean((values[rest] >= cut) == truth[rest]) for cut in cuts]))]
        right.append(np.mean((values[~rest] >= best) == truth[~rest]))
    return float(np.mean(right))


def _pairs(people: dict[str, Floats]) -> tuple[Floats, np.ndarray]:
    """Cosines of random pairs, by turns of two people and of one, and whether they are of one."""
    rng = np.random.default_rng(0)
    several = [faces for _, faces in sorted(people.items()) if len(faces) > 1]
    values = []
    for i in range(PAIRS):
        first, second = (several[j] for j in rng.choice(len(several), 2, replace=False))
        pair = rng.choice(first, 2, replace=False) if i % 2 else (rng.choice(first), rng.choice(second))
        values.append(float(pair[0] @ pair[1]))
    return np.array(values, dtype=np.float32), np.arange(PAIRS) % 2 == 1


def added_row(known: dict[str, Floats], strangers: dict[str, Floats], added: int) -> str:
    """Some of 36 students with 5 photos are added to a trained class, against a whole training; one photo each."""
    counts = np.zeros((2, 5), dtype=int)
    for seed in range(SEEDS):
        gallery, labels, probes = draw(known, strangers, 36, 5, 1, seed)
        first, added_ids = labels < 36 - added, list(range(36 - added, 36))
        whole = fit(gallery, labels, calibrate(gallery, labels, None, "")[0], "")
        cuts, _ = calibrate(gallery[first], labels[first], None, "")
        extended = renewed(fit(gallery[first], labels[first], cuts, ""), gallery, labels, added_ids)
        faces = np.concatenate(probes.looks)
        ours, fresh = probes.owner >= 0, np.isin(probes.owner, added_ids)
        for row, machine in enumerate((whole, extended)):
            evidence = machine.evidence(faces)
            named = evidence.max(axis=1) >= machine.thresholds.sure_single
            hit = named & (evidence.argmax(axis=1) == probes.owner)
            told = (hit & fresh, hit & ~fresh, named & ours & ~hit, named & ~ours, ~ours)
            counts[row] += [int(np.sum(one)) for one in told]
    cells = " | ".join(f"{whole} / {extended}" for whole, extended in counts.T[:4])
    return f"| {added} of 36 | {cells} of {counts[0, 4]} |"


def main() -> None:
    """Print the tables."""
    people, engine = folders(__doc__, "known", "strangers"), load_engine(Home.find(), 30)
    known, strangers = (embed_people(one, engine) for one in people)
    machine = f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(
        f"{machine}, weights {engine.model_key}; {len(known)} known people, {len(strangers)} strangers, {SEEDS} draws\n"
    )
    print(f"Verification, {PAIRS} pairs: {100 * verification({**known, **strangers}):.1f} %\n")
    print("| students x photos | looks | rank-1 | FNIR at FPIR 5 % | at 1 % | not named | strangers named |", end="")
    print(" strangers' 99.7 % | students' 1 % |\n|---|---|---|---|---|---|---|---|---|")
    for size in ROSTERS:
        for looks in LOOKS:
            print(product_row(known, strangers, size, looks))
    print("\n| rule, one photo, 40 students x 5 photos | FNIR at FPIR 5 % | at 1 % |\n|---|---|---|")
    print(nearest_row(known, strangers))
    for weight in RULES:
        print(rule_row(known, strangers, weight))
    print(
        "\n| added to a trained class (whole training / added) | added named rightly | others named rightly |", end=""
    )
    print(" named wrongly | strangers named |\n|---|---|---|---|---|")
    for added in ADDED:
        print(added_row(known, strangers, added))


if __name__ == "__main__":
    main()
