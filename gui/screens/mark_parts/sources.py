"""What is marked, and from what: two lists that drop down."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.dialogs.sources import ways_to_ask
from gui.screens.mark_parts.lesson import Choice, Source
from gui.texts import _
from gui.widgets.small import add_tip

if TYPE_CHECKING:
    from gui.application import Application


class ChoiceBox(ttk.Combobox):
    """A list that drops down, and that can be held: then it is read as before, but nothing else can be chosen."""

    def __init__(self, parent: tk.Misc) -> None:
        super().__init__(parent, state="readonly", width=24)
        self._is_held = False
        for sign in ("<ButtonPress-1>", "<Down>", "<Up>", "<MouseWheel>", "<Button-4>", "<Button-5>"):
            self.bind(sign, lambda _event: "break" if self._is_held else None)

    def enable(self, *, on: bool) -> None:
        """Whether another one may be chosen."""
        self._is_held = not on


class LessonBox(ChoiceBox):
    """The lesson; ``on_choose`` is called when a person chose another."""

    def __init__(self, parent: tk.Misc, app: Application, on_choose: Callable[[], None]) -> None:
        super().__init__(parent)
        self._app, self.choices = app, list[Choice]()
        self.bind("<<ComboboxSelected>>", lambda _event: on_choose())
        add_tip(self, _("Lesson"))

    @property
    def choice(self) -> Choice | None:
        """What is chosen."""
        return self.choices[self.current()] if self.current() >= 0 else None

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """What there is; what was chosen stays chosen where it is still there."""
        from core import clock

        before, zone = self.choice, clock.school_zone(self._app.settings)
        self.choices = list(choices)
        self.configure(values=[one.title(zone)[:120] for one in choices])
        self.set("")
        same = [one for one in choices if before is not None and _same(one, before)]
        if same:
            self.choose(same[0])

    def choose(self, choice: Choice) -> None:
        """Choose it, without calling ``on_choose``."""
        self.current(self.choices.index(choice))


def _same(one: Choice, other: Choice) -> bool:
    return one.code == other.code if one.lesson is None or other.lesson is None else other.is_of(one.lesson)


class SourceBox(ChoiceBox):
    """The cameras by name, the room's camera, a recording, photos, an address."""

    def __init__(self, parent: tk.Misc, app: Application) -> None:
        super().__init__(parent)
        self._app = app
        self.has_cameras = False
        self._room: Source | None = None
        self._cameras: list[Source] = []
        self._given: list[Source] = []
        self._chosen: Source | None = None
        self._is_by_person = False
        self._asking = ways_to_ask(app, self.use)
        self.bind("<<ComboboxSelected>>", lambda _event: self._selected())
        add_tip(self, _("Camera, video or photos"))
        self._fill()

    @property
    def spec(self) -> str | None:
        """As core opens it; None for the camera of the room, "" while nothing is chosen."""
        return "" if self._chosen is None else self._chosen.spec

    def set_cameras(self, cameras: Sequence[Source]) -> None:
        """The cameras of this computer."""
        self.has_cameras, self._cameras = bool(cameras), list(cameras)
        self._fill()

    def set_room(self, source: Source | None) -> None:
        """The camera of the lesson's room comes first, and is taken unless a person chose something."""
        self._room = source
        if not self._is_by_person:
            self._chosen = None
        self._fill()

    def use(self, spec: str, title: str = "") -> None:
        """Take a source that was given by its file or address."""
        source = Source(title or spec, spec)
        self._given = [one for one in self._given if one.spec != spec] + [source]
        self._chosen, self._is_by_person = source, True
        self._fill()

    def _sources(self) -> list[Source]:
        return [one for one in (self._room, *self._cameras, *self._given) if one is not None]

    def _fill(self) -> None:
        sources = self._sources()
        if self._chosen not in sources:
            self._chosen = next(iter(sources), None)
        self.configure(values=[one.title[:80] for one in sources] + [title for title, _ask in self._asking])
        self._show()

    def _show(self) -> None:
        if self._chosen is None:
            self.set(_("Choose a camera, video or photos"))
        else:
            self.current(self._sources().index(self._chosen))

    def _selected(self) -> None:
        place, sources = self.current(), self._sources()
        if place < len(sources):
            # The room of the next lesson is another one, so that choosing it says nothing for later.
            self._chosen, self._is_by_person = sources[place], sources[place].spec is not None
            return
        # Until something is answered it is what it was.
        self._show()
        self.after_idle(partial(self._ask, place - len(sources)))

    def _ask(self, place: int) -> None:
        self._asking[place][1]()
