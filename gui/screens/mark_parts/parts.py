"""The pieces of the screen Mark Attendance: counts, the place of the picture, the foot with the sheet."""

import tkinter as tk
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.files import Written
from gui.texts import _, end, number_text, start
from gui.theme import font, pixels
from gui.widgets.board_model import Count
from gui.widgets.picture import Picture
from gui.widgets.saved import SavedLine
from gui.widgets.small import Badge, add_tip

if TYPE_CHECKING:
    from gui.screen import BaseScreen


class Counts(ttk.Frame):
    """How many students have each status: letter, number and colour."""

    def __init__(self, parent: tk.Misc) -> None:
        super().__init__(parent)
        self._badges: dict[str, Badge] = {}

    def show(self, counts: Sequence[Count]) -> None:
        """Show these."""
        if list(self._badges) != [one.code for one in counts]:
            for old in self._badges.values():
                old.destroy()
            self._badges = {one.code: Badge(self, "", one.colour) for one in counts}
            for count, badge in zip(counts, self._badges.values(), strict=True):
                badge.pack(side=start(), padx=(0, pixels(self, 6)))
                add_tip(badge, count.name)
        for one in counts:
            self._badges[one.code].set(f"{one.letter}  {number_text(one.number)}", one.colour)
            self._badges[one.code].configure(foreground=one.ink, font=font("Title"))


class PicturePlace(ttk.Frame):
    """The live picture; over it a sentence with a button, under it how far it is."""

    def __init__(self, parent: tk.Misc, on_cancel: Callable[[], None]) -> None:
        super().__init__(parent)
        foot = ttk.Frame(self)
        foot.pack(side="bottom", fill="x", pady=(pixels(self, 6), 0))
        self.status = ttk.Label(foot, style="Muted.TLabel")
        self.status.pack(side=start())
        self._cancel = ttk.Button(foot, text=_("Cancel"), bootstyle="neutral", command=on_cancel)
        self._bar = ttk.Progressbar(foot, length=pixels(self, 150))
        self.picture = Picture(self, pixels(self, 320), pixels(self, 180))
        self.picture.pack(fill="both", expand=True)
        self._over = ttk.Frame(self.picture, style="Card.TFrame", padding=pixels(self, 14))
        self.sentence = ttk.Label(self._over, style="Card.TLabel", justify="center", wraplength=pixels(self, 340))
        self.sentence.pack()
        self.button = ttk.Button(self._over, bootstyle="primary")
        self._is_low = self._has_button = False
        self.picture.bind("<Configure>", self._fit, add="+")

    def _fit(self, event: "tk.Event[tk.Misc]") -> None:
        """With large letters the picture is narrower than the sentence would be, or too low for it."""
        room = event.width - 2 * pixels(self, 14)
        self.sentence.configure(wraplength=max(1, min(pixels(self, 340), room)))
        self._is_low = event.height < self._over.winfo_reqheight()
        self._place_over()

    def say(self, sentence: str, button: str = "", command: Callable[[], None] | None = None) -> None:
        """A sentence over the picture, with a button; nothing for an empty one."""
        self.sentence.configure(text=sentence)
        self._has_button = bool(button and command)
        if button and command:
            self.button.configure(text=button, command=command)
            self.button.pack(pady=(pixels(self, 10), 0))
        else:
            self.button.pack_forget()
        self._place_over()

    def _place_over(self) -> None:
        """Half a sentence is worse than none, but a button stays to be pressed."""
        if self.sentence.cget("text") and (self._has_button or not self._is_low):
            self._over.place(relx=0.5, rely=0.5, anchor="center")
        else:
            self._over.place_forget()

    def idle(self) -> None:
        """Nothing goes on."""
        self.picture.clear()
        self.say(_("The picture appears here. Press Start or F5."))

    def progress(self, text: str, part: float | None = None) -> None:
        """How far it is; part: 0 to 1 of a recording, which can be cancelled, None where there is no end."""
        self.status.configure(text=text)
        if part is None:
            self._bar.pack_forget()
            self._cancel.pack_forget()
        else:
            if not self._bar.winfo_ismapped():
                self._cancel.pack(side=end())
                self._bar.pack(side=end(), padx=pixels(self, 10))
            self._bar.configure(value=100 * part)


class Foot(ttk.Frame):
    """What was saved: the sheet's place with Open and Show in folder; and a sentence."""

    def __init__(self, parent: tk.Misc, screen: "BaseScreen") -> None:
        super().__init__(parent)
        self.sentence = ttk.Label(self, style="Muted.TLabel", justify=start())
        # Always there, so that the picture above keeps its size when something is said.
        self.sentence.pack(fill="x", side="top")
        self.saved = SavedLine(self, screen)
        self.saved.pack(fill="x")
        self.bind("<Configure>", lambda event: self.sentence.configure(wraplength=event.width))

    def show_sheet(self, path: Path | None) -> None:
        """The sheet that was written; None for none."""
        self.saved.show(Written(path)) if path else self.saved.clear()

    def say(self, sentence: str) -> None:
        """A sentence above it; nothing for an empty one."""
        self.sentence.configure(text=sentence)
