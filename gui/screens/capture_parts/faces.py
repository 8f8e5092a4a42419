"""The stored faces of the student who is chosen, to be cleaned up between two captures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.records import Student
from gui.screens.capture_parts.choosing import LONGEST
from gui.texts import _, anchor, end, shortened, start
from gui.theme import pixels
from gui.widgets.stored_faces import StoredFaces

if TYPE_CHECKING:
    from gui.screens.capture import Screen


NAME = 26
"""More letters of a name do not fit a button."""


class Faces(ttk.Frame):
    """The gallery with the student's name above it."""

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        line = ttk.Frame(self)
        line.pack(fill="x", pady=pixels(self, 8))
        self.heading = ttk.Label(line, style="Title.TLabel", anchor=anchor())
        self.heading.pack(side=start(), fill="x", expand=True)
        self.next = ttk.Button(line, bootstyle="neutral", command=screen.next_student)
        empty = _("No face is stored yet. Choose a camera and press Start.")
        self.gallery = StoredFaces(screen, self, lambda _gone: screen.reload(), empty=empty)
        self.gallery.pack(fill="both", expand=True)

    def load(self, student: Student) -> None:
        """Show the faces of a student."""
        self.heading.configure(text=shortened(f"{student.roll} {student.name}", LONGEST))
        self.gallery.load(student)

    def show_next(self, student: Student | None) -> None:
        """Offer to go on with somebody; None where everybody has faces."""
        if student is None:
            self.next.pack_forget()
            return
        self.next.configure(text=_("Next: {who} (n)").format(who=shortened(f"{student.roll} {student.name}", NAME)))
        # A long name gives way to the button.
        self.next.pack(side=end(), before=self.heading)
