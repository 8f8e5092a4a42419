"""The accuracy sheet as one picture: how far students and strangers lie apart, what a cut does, who is weak.

Imported only when a picture is asked for: Matplotlib takes half a second to load.  Blue and orange are told apart with
every kind of colour vision, and hatching, marks and words say the same again.
"""

import math
from collections.abc import Sequence
from datetime import tzinfo
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from core import clock
from core.accuracy import SHIFTS, Accuracy, StudentAccuracy
from core.files import Written, write_atomically
from core.recognition.classifier import Thresholds
from core.records import Image
from core.reports.charts.style import BLUE, GREY, INK, ORANGE, as_image, drawable, letters

WIDTH, PANEL_TOP, PANEL, STUDENTS_TOP, ROW, FOOT = 12.5, 1.55, 3.9, 7.4, 0.24, 0.7
"""Inches from the top: the picture's width; where both panels begin and how high they are; where the students begin,
the height of each, and what is below them."""
DPI = 110
IN_COLUMN = 30
"""More students than this stand in two columns."""
COLUMNS = {1: (2.4, 6.4, 52), 2: (2.1, 2.85, 12)}
"""By the number of columns: inches for a name, for its bar, and letters for the note behind it."""
LONGEST_LABEL = 26
plain = partial(drawable, everywhere=True)
"""What can be drawn of a text on every computer."""
REACH, STEPS = 0.5, 101
"""How far from the cut in use the curves go, and in how many steps."""


def draw_accuracy(path: Path, report: Accuracy, zone: tzinfo | None, *, fallback: Path | None = None) -> Written:
    """Write the picture as PNG.  Raises DiskFullError and leaves an older picture intact."""
    figure = _figure(report, zone)

    def write(target: Path) -> None:
        FigureCanvasAgg(figure).print_png(str(target))

    return write_atomically(path, write, fallback=fallback, beside=True)


def accuracy_image(report: Accuracy, zone: tzinfo | None) -> Image:
    """The picture for a screen, ``(h, w, 3) uint8 BGR``."""
    return as_image(_figure(report, zone))


def _figure(report: Accuracy, zone: tzinfo | None) -> Figure:
    columns = 1 if len(report.students) <= IN_COLUMN else 2
    rows = math.ceil(len(report.students) / columns)
    height = STUDENTS_TOP + ROW * (rows + 1) + FOOT
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor="white")

    def axes_at(left: float, top: float, wide: float, high: float) -> Axes:
        """Axes at a place in inches from the upper left corner."""
        return figure.add_axes((left / WIDTH, 1 - (top + high) / height, wide / WIDTH, high / height))

    _heading(figure, report, zone, height)
    _draw_distributions(axes_at(0.85, PANEL_TOP, 6.3, PANEL), report)
    _draw_curves(axes_at(7.95, PANEL_TOP, 4.2, PANEL), report)
    ordered = sorted(report.students, key=lambda one: -math.inf if one.typical is None else one.typical)
    name, bar, letters = COLUMNS[columns]
    for column in range(columns):
        axes = axes_at(name + column * WIDTH / 2, STUDENTS_TOP, bar, ROW * (rows + 1))
        _draw_students(axes, ordered[column * rows : (column + 1) * rows], report, rows, letters)
    return figure


def _heading(figure: Figure, report: Accuracy, zone: tzinfo | None, height: float) -> None:
    when = clock.local(report.checked_at, zone)
    title = f"How well {report.school_class.code} is recognised: {report.school_class.name}, {when:%Y-%m-%d}"
    figure.text(0.03, 1 - 0.4 / height, plain(title, 90), fontsize=16, weight="bold", color=INK, va="center")
    tested = (
        f"{report.tested} photos of the students, each kept out of the training and judged alone: "
        f"{report.right} named rightly, {report.wrong} wrongly, {report.refused} refused."
    )
    strangers = (
        f"{report.strangers} photos of strangers: {report.strangers - report.strangers_named} refused, "
        f"{report.strangers_named} given a student's name."
        if report.strangers
        else "There were too few students to test strangers."
    )
    for line, text in enumerate((tested, strangers)):
        figure.text(0.03, 1 - (0.75 + 0.26 * line) / height, text, fontsize=11, color=INK, va="center")
    top = 1 - (STUDENTS_TOP - 0.42) / height
    figure.text(0.03, top, "The students, weakest first", fontsize=12, weight="bold", color=INK, va="center")
    key = (
        "Bar: from the weakest to the strongest of the student's own photos; mark: the middle one.  "
        "Orange, hatched and “!”: needs more or better photos."
    )
    figure.text(0.03, top - 0.24 / height, key, fontsize=9, color=GREY, va="center")


def _draw_distributions(axes: Axes, report: Accuracy) -> None:
    """Two histograms, in per cent each, so that many strangers do not dwarf a few students."""
    own = [value for one in report.students for value in one.evidence]
    strangers = list(report.strangers_evidence)
    low, high = min([*own, *strangers, report.cuts.review]), max([*own, *strangers, report.cuts.sure])
    edges = [float(edge) for edge in np.linspace(low - 0.1, high + 0.1, 41)]
    for values, colour, hatch, words in (
        (strangers, ORANGE, "////", "strangers"),
        (own, BLUE, None, "the students themselves"),
    ):
        if values:
            shares = np.full(len(values), 100 / len(values))
            axes.hist(values, edges, weights=shares, label=f"{words} ({len(values)} photos)", color=colour, alpha=0.55,
                      hatch=hatch, edgecolor="white" if hatch else colour)  # fmt: skip
    axes.set_ylim(0, axes.get_ylim()[1] * 1.25)
    _draw_cuts(axes, report.cuts)
    _name_zones(axes, report.cuts, edges[0], edges[-1])
    axes.set_xlim(edges[0], edges[-1])
    axes.set_title("Do students and strangers lie apart?", loc="left", fontsize=12, weight="bold")
    axes.set_xlabel("evidence that the photo shows the student (more is surer)")
    axes.set_ylabel("share of the photos, %")
    _legend(axes, columns=2)


def _draw_cuts(axes: Axes, cuts: Thresholds) -> None:
    for cut, style, words in (
        (cuts.review, ":", "may be the student"),
        (cuts.sure_single, "-", "sure from one photo"),
        (cuts.sure, "--", "sure from a video"),
    ):
        axes.axvline(cut, color=INK, linestyle=style, linewidth=1.4, label=f"{words} ({cut:.2f})")


def _name_zones(axes: Axes, cuts: Thresholds, low: float, high: float) -> None:
    """What Rollcall does with one photo of that evidence, said above the bars."""
    zones = (
        (low, cuts.review, "nobody"),
        (cuts.review, cuts.sure_single, "asks"),
        (cuts.sure_single, high, "marks present"),
    )
    for number, (left, right, words) in enumerate(zones):
        axes.axvspan(left, right, color=GREY, alpha=(0.14, 0.07, 0.0)[number], linewidth=0)
        axes.text((left + right) / 2, 0.97, words, transform=axes.get_xaxis_transform(), ha="center", va="top",
                  fontsize=10, color=INK, style="italic")  # fmt: skip


def _draw_curves(axes: Axes, report: Accuracy) -> None:
    """The threshold table: what another cut for single photos would do."""
    cut = report.cuts.sure_single
    shifts = np.linspace(-REACH, REACH, STEPS)
    rows = [report.at(cut + float(shift)) for shift in shifts]
    every = [int(np.abs(shifts - shift).argmin()) for shift in SHIFTS]
    lines = [("students missed", [row.missed for row in rows], report.tested, BLUE, "-", "o")]
    lines.append(("students named wrongly", [row.wrong for row in rows], report.tested, INK, ":", "^"))
    if report.strangers:
        named = [row.strangers_named for row in rows]
        lines.append(("strangers given a name", named, report.strangers, ORANGE, "--", "s"))
    for words, counts, total, colour, style, marker in lines:
        shares = [100 * count / total for count in counts]
        axes.plot([row.cut for row in rows], shares, color=colour, linestyle=style, marker=marker, markevery=every,
                  markersize=6, linewidth=2, label=words)  # fmt: skip
    axes.axvline(cut, color=INK, linewidth=1.4, label=f"the cut in use ({cut:.2f})")
    highest = max(5.0, axes.get_ylim()[1])
    # A line along zero would vanish in the frame.
    axes.set_ylim(-0.02 * highest, highest)
    axes.set_xlim(cut - REACH, cut + REACH)
    axes.set_title("What would another cut do?", loc="left", fontsize=12, weight="bold")
    axes.set_xlabel("cut for one photo   (left: more lenient, right: stricter)")
    axes.set_ylabel("share of the photos, %")
    _legend(axes, columns=2)


def _draw_students(axes: Axes, part: Sequence[StudentAccuracy], report: Accuracy, rows: int, letters: int) -> None:
    """A bar from the weakest to the strongest photo of each student, a mark at the middle one."""
    values = [value for one in report.students for value in one.evidence]
    low, high = min([*values, report.cuts.review]) - 0.15, max([*values, report.cuts.sure]) + 0.15
    for row, one in enumerate(part):
        colour, hatch, marker = (ORANGE, "////", "D") if one.advice else (BLUE, None, "o")
        if one.typical is None:
            axes.text(low + 0.05, row, "not tested", va="center", fontsize=8, color=GREY, style="italic")
        else:
            lowest, highest = min(one.evidence), max(one.evidence)
            axes.barh(row, highest - lowest, left=lowest, height=0.6, color=colour, alpha=0.55, hatch=hatch,
                      edgecolor="white" if hatch else colour)  # fmt: skip
            axes.plot([one.typical], [row], marker, color=colour, markersize=6, markeredgecolor="white")
        note = plain(_note(one, letters), letters)
        axes.text(1.015, row, note, transform=axes.get_yaxis_transform(), va="center", fontsize=8,
                  color=ORANGE if one.advice else GREY, weight="bold" if one.advice else "normal")  # fmt: skip
    _draw_cuts(axes, report.cuts)
    axes.set_yticks(range(len(part)), [label_of(one) for one in part], fontsize=9)
    axes.set_ylim(rows - 0.4, -0.6)
    axes.set_xlim(low, high)
    axes.set_xlabel("evidence of the student's own photos")
    axes.grid(axis="x", color=GREY, alpha=0.2)
    axes.spines[["top", "right"]].set_visible(False)


def _note(one: StudentAccuracy, letters: int) -> str:
    """What stands behind a bar: the first reason where there is one and room for it, else the number of photos."""
    photos = f"{one.photos} {'photo' if one.photos == 1 else 'photos'}"
    if not one.advice:
        return photos
    return f"! {one.advice[0].reason if letters > len(photos) + 20 else photos}"


def _legend(axes: Axes, columns: int) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=columns, fontsize=9, frameon=False)


def label_of(one: StudentAccuracy) -> str:
    """Roll number and name; the roll number alone where the picture's font has not the letters of the name."""
    text = f"{one.student.roll} {one.student.name}"
    known = {ord(letter) for letter in text} <= letters(everywhere=True)
    return plain(text if known else one.student.roll, LONGEST_LABEL)
