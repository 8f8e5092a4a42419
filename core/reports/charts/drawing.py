"""One figure for the screen, PNG and PDF alike.

Imported only when something is drawn: Matplotlib takes half a second to load.  No pyplot, whose figures outlive the
window they were made for.
"""

import math
from collections.abc import Sequence
from datetime import date
from io import BytesIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from core.reports.charts.data import ChartData, Distribution, HeatMap, Trend
from core.reports.charts.style import BLUE, GREY, INK, ORANGE, calm, drawable, fonts
from core.words import DAYS

WIDTH, HEADING, PANEL, GAP, FOOT = 8.27, 0.5, 2.9, 0.75, 0.9
"""Inches: the width of A4, the heading, each chart, between two charts, below the last."""
LEFT, RIGHT = 0.95, 0.35
DPI = 150
MOST_LABELS = 10
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
BAR = 5
"""A bar of the distribution is so many per cent wide."""
_SHADES = LinearSegmentedColormap.from_list("attendance", ["#FFFFFF", "#BBD7E8", "#0072B2", "#003A5C"])


def draw(charts: Sequence[ChartData], heading: str = "") -> Figure:
    """The charts below each other.  Raises ValueError for none."""
    if not charts:
        raise ValueError("there is no chart to draw")
    height = HEADING + len(charts) * PANEL + (len(charts) - 1) * GAP + FOOT
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor="white")
    figure.text(
        0.05,
        1 - 0.28 / height,
        drawable(heading, 85),
        fontsize=12,
        weight="bold",
        color=INK,
        va="center",
        family=fonts(),
    )
    for number, chart in enumerate(charts):
        top = HEADING + number * (PANEL + GAP)
        box = (LEFT / WIDTH, 1 - (top + PANEL) / height, (WIDTH - LEFT - RIGHT) / WIDTH, (PANEL - 0.3) / height)
        axes = figure.add_axes(box)
        axes.set_title(drawable(chart.title, 80), loc="left", fontsize=10.5, weight="bold", color=INK, family=fonts())
        _draw_one(axes, chart)
    return figure


def as_png(figure: Figure) -> bytes:
    """The figure as a PNG."""
    buffer = BytesIO()
    FigureCanvasAgg(figure).print_png(buffer)
    return buffer.getvalue()


def _draw_one(axes: Axes, chart: ChartData) -> None:
    match chart:
        case Trend():
            _draw_trend(axes, chart)
        case HeatMap():
            _draw_heat_map(axes, chart)
        case Distribution():
            _draw_distribution(axes, chart)


def _draw_trend(axes: Axes, chart: Trend) -> None:
    percents = [one.percent for one in chart.points]
    places = range(len(percents))
    axes.plot(places, percents, color=BLUE, linewidth=1.8, marker="o", markersize=4, markeredgecolor="white")
    axes.axhline(chart.minimum, color=ORANGE, linewidth=1.3, linestyle="--")
    lowest = min([*percents, chart.minimum])
    bottom = max(0.0, math.floor(lowest / 10) * 10 - (5 if lowest > 10 else 0))
    axes.set_ylim(bottom, 105)
    axes.set_yticks([one for one in axes.get_yticks() if bottom <= one <= 100])
    # Above the line, where no mark of the curve can be.
    axes.text(0, chart.minimum, f" minimum {chart.minimum:g} %", color=ORANGE, fontsize=8.5, va="bottom", ha="left")
    _name_extremes(axes, percents)
    step = max(1, math.ceil(len(percents) / MOST_LABELS))
    labelled = list(places)[::step]
    axes.set_xticks(labelled, [_short(chart.points[one].day) for one in labelled])
    axes.set_xlim(-0.4, len(percents) - 0.6)
    years = sorted({one.day.year for one in chart.points})
    unit = "weeks, by their Monday" if chart.by == "week" else "days"
    axes.set_xlabel(f"{unit}, {years[0]}" + (f" to {years[-1]}" if len(years) > 1 else ""), fontsize=9, color=INK)
    axes.set_ylabel("attendance, %", fontsize=9, color=INK)
    axes.grid(axis="y", color=GREY, alpha=0.2)
    calm(axes)


def _name_extremes(axes: Axes, percents: Sequence[float]) -> None:
    """Write the highest and the lowest value at their points."""
    high, low = int(np.argmax(percents)), int(np.argmin(percents))
    for place, offset in ((low, -11), (high, 7)) if percents[high] - percents[low] >= 0.5 else ((high, 7),):
        axes.annotate(
            f"{percents[place]:.0f} %", (place, percents[place]), (0, offset), textcoords="offset points", ha="center",
            va="center", fontsize=8, color=INK,
        )  # fmt: skip


def _draw_heat_map(axes: Axes, chart: HeatMap) -> None:
    hours = range(min(one.hour for one in chart.cells), max(one.hour for one in chart.cells) + 1)
    days = sorted({one.weekday for one in chart.cells} | set(range(5)))
    values = np.full((len(days), len(hours)), np.nan)
    for one in chart.cells:
        values[days.index(one.weekday), one.hour - hours[0]] = one.percent
    low = min(70.0, math.floor(np.nanmin(values) / 10) * 10)
    # Dark is where students are missing: that is what is looked for.
    axes.pcolormesh(100 - values, cmap=_SHADES, vmin=0, vmax=max(30.0, 100 - low), edgecolors="white", linewidth=2)
    for one in chart.cells:
        place = (one.hour - hours[0] + 0.5, days.index(one.weekday) + 0.5)
        dark = (100 - one.percent) / max(30.0, 100 - low) > 0.6  # From here on white contrasts more than ink.
        lessons = "1 lesson" if one.lessons == 1 else f"{one.lessons:,} lessons"
        colour = "white" if dark else INK
        small = len(hours) > 8
        axes.text(place[0], place[1] - 0.1, f"{one.percent:.0f} %", ha="center", va="center", fontsize=9, color=colour,
                  weight="bold")  # fmt: skip
        axes.text(place[0], place[1] + 0.24, f"{one.lessons:,}" if small else lessons, ha="center", va="center",
                  fontsize=6.5, color=colour)  # fmt: skip
    axes.set_xticks([one + 0.5 for one in range(len(hours))], [f"{one:02d}:00" for one in hours])
    axes.set_yticks([one + 0.5 for one in range(len(days))], [DAYS[one] for one in days])
    axes.invert_yaxis()
    axes.set_xlabel("lessons that begin in the hour from … on; darker: more students missing", fontsize=9, color=INK)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, colors=INK, labelsize=9)


def _draw_distribution(axes: Axes, chart: Distribution) -> None:
    edges = np.arange(0, 100 + BAR, BAR)
    # 100 % belongs to the last bar.
    counts, _ = np.histogram(np.minimum(chart.percents, 99.999), edges)
    first = int(np.flatnonzero(counts)[0])
    begin = max(0, min(first, int(chart.minimum // BAR) - 1))
    for number in range(begin, len(counts)):
        below = edges[number] < chart.minimum
        axes.bar(edges[number], counts[number], BAR * 0.92, align="edge", color=ORANGE if below else BLUE,
                 alpha=0.75, hatch="////" if below else None, edgecolor="white")  # fmt: skip
        if counts[number]:
            axes.text(edges[number] + BAR * 0.46, counts[number], f"{counts[number]:,}", ha="center", va="bottom",
                      fontsize=8.5, color=INK)  # fmt: skip
    axes.axvline(chart.minimum, color=ORANGE, linestyle="--", linewidth=1.4)
    under = sum(one < chart.minimum for one in chart.percents)
    words = f"minimum {chart.minimum:g} %: {under:,} below, {len(chart.percents) - under:,} reach it"
    axes.set_ylim(0, max(counts) * 1.12)
    axes.set_title(words, loc="right", fontsize=9, color=INK)
    axes.set_xlim(edges[begin], 100)
    axes.set_xlabel("attendance, %   (hatched: below the minimum)", fontsize=9, color=INK)
    axes.set_ylabel("students", fontsize=9, color=INK)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    calm(axes)


def _short(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]}"
