"""Whom to capture, and from what: plain functions, and the list of cameras, films, photos and addresses."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.office.classes import RosterLine
from gui.dialogs.sources import ways_to_ask
from gui.texts import _, ngettext, number_text, shortened

if TYPE_CHECKING:
    from gui.application import Application

SIZES: tuple[tuple[int, int] | None, ...] = ((1280, 720), (640, 480), (1920, 1080), None)
LONGEST = 60
"""More letters of a name do not fit a list."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source and what it is called.  spec: as core opens it."""

    title: str
    spec: str

    @property
    def is_webcam(self) -> bool:
        """Whether it is a camera of this computer, which people expect to be a mirror and which takes a size."""
        return self.spec.isdecimal() or self.spec.startswith("camera:")


def in_order(lines: Sequence[RosterLine]) -> list[RosterLine]:
    """Those of a class who come, without faces first, then by roll number."""
    return sorted((one for one in lines if one.student.active), key=lambda one: one.samples > 0)


def next_after(lines: Sequence[RosterLine], roll: str) -> RosterLine | None:
    """Who comes next after a student: the next one without faces, from the beginning again; None when all have some."""
    rolls = sorted((one for one in lines if one.student.active), key=lambda one: one.student.roll)
    later = [one for one in rolls if one.student.roll > roll] + [one for one in rolls if one.student.roll < roll]
    return next((one for one in later if not one.samples), None)


def student_title(line: RosterLine) -> str:
    """A student in the list."""
    student = line.student
    state = ngettext("{} face", "{} faces", line.samples).format(number_text(line.samples))
    if not student.consent:
        state = _("consent missing")
    elif not line.samples:
        state = _("no face yet")
    return f"{shortened(f'{student.roll} {student.name}', LONGEST)}  ·  {state}"


def size_title(size: tuple[int, int] | None) -> str:
    """A resolution in the list."""
    return _("Its own size") if size is None else f"{size[0]} × {size[1]}"


class SourceBox(ttk.Combobox):
    """The cameras by name, then ways to choose a film, photos or an address."""

    def __init__(self, parent: tk.Misc, app: Application, on_choose: Callable[[], None]) -> None:
        super().__init__(parent, state="readonly", width=14)
        self._on_choose = on_choose
        self._sources: list[Source] = []
        self.chosen: Source | None = None
        self._asking = ways_to_ask(app, lambda spec, title: self.use(Source(title, spec)))
        self.bind("<<ComboboxSelected>>", lambda _event: self._selected())
        self._fill()

    def set_cameras(self, cameras: Sequence[Source]) -> None:
        """The cameras of this computer; the first is chosen unless something is."""
        given = [one for one in self._sources if not one.is_webcam]
        self._sources = [*cameras, *given]
        if self.chosen not in self._sources:
            self.chosen = next(iter(self._sources), None)
        self._fill()
        self._on_choose()

    def use(self, source: Source) -> None:
        """Choose something else."""
        self._sources = [one for one in self._sources if one.spec != source.spec] + [source]
        self.chosen = source
        self._fill()
        self._on_choose()

    def _fill(self) -> None:
        titles = [shortened(one.title, LONGEST) for one in self._sources]
        self.configure(values=titles + [title for title, _ask in self._asking])
        if self.chosen is None:
            self.set(_("Choose a camera …"))
        else:
            self.current(self._sources.index(self.chosen))

    def _selected(self) -> None:
        place = self.current()
        self.selection_clear()
        if place < len(self._sources):
            self.chosen = self._sources[place]
            self._on_choose()
            return
        # Until something is answered it is what it was.
        self._fill()
        self.after_idle(partial(self._ask, place - len(self._sources)))

    def _ask(self, place: int) -> None:
        self._asking[place][1]()
