"""The line in which is chosen, and the live picture with what is told beside it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from tkinter.font import nametofont
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.vision.feed import CameraState
from core.vision.pose import POSES, Pose
from gui.screens.capture_parts.choosing import LONGEST, SIZES, SourceBox, size_title
from gui.screens.capture_parts.ring import NAMES, SIDE, Ring
from gui.screens.capture_parts.running import News
from gui.texts import _, anchor, end, is_right_to_left, number_text, shortened, start, told
from gui.theme import font, pixels
from gui.widgets.picture import Picture
from gui.widgets.small import add_tip

if TYPE_CHECKING:
    from PIL.Image import Image

    from gui.application import Application
    from gui.screens.capture import Screen


class ChoiceBar(ttk.Frame):
    """Class, student, source, resolution, Start; and a sentence below."""

    def __init__(
        self,
        parent: tk.Misc,
        app: Application,
        on_class: Callable[[], None],
        on_student: Callable[[], None],
        on_start: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        self._codes: list[str] = []
        self._rolls: list[str] = []
        line = ttk.Frame(self)
        line.pack(fill="x")
        self.school_class = self._box(line, _("Class"), 6, on_class)
        self.student = self._box(line, _("Student"), 22, on_student)
        self.source = SourceBox(line, app, self._source_chosen)
        add_tip(self.source, _("Camera, video or photos"))
        self.sizes = self._box(line, _("Resolution"), 11, lambda: None)
        self.sizes.configure(values=[size_title(one) for one in SIZES])
        self.sizes.current(0)
        self.start = ttk.Button(line, text=_("Start"), icon="camera-video", bootstyle="primary", command=on_start)
        widgets = (self.school_class, self.student, self.source, self.sizes, self.start)
        # In narrow windows all but the button give way.
        for column, (widget, weight) in enumerate(zip(widgets, (1, 4, 3, 0, 0), strict=True)):
            widget.grid(in_=line, row=0, column=column, sticky="ew", padx=pixels(self, 4))
            line.columnconfigure(column, weight=weight)
        self._source_chosen()
        self.said = ttk.Label(self, style="Muted.TLabel", anchor=anchor())
        self.said.pack(fill="x", pady=(pixels(self, 8), 0))
        self.said.bind("<Configure>", lambda event: self.said.configure(wraplength=event.width))

    @property
    def code(self) -> str | None:
        """Of the class that is chosen."""
        return self._codes[self.school_class.current()] if self.school_class.current() >= 0 else None

    @property
    def roll(self) -> str | None:
        """Of the student who is chosen."""
        return self._rolls[self.student.current()] if self.student.current() >= 0 else None

    @property
    def resolution(self) -> tuple[int, int] | None:
        """What a camera is asked for, in pixels; None for its own."""
        return SIZES[self.sizes.current()]

    def set_classes(self, codes: Sequence[str], wanted: str | None) -> None:
        """What was chosen stays chosen unless another is wanted."""
        before = wanted or self.code
        self._codes = list(codes)
        self.school_class.configure(values=[shortened(one, LONGEST) for one in codes])
        self.school_class.set("")
        if codes:
            self.school_class.current(self._codes.index(before) if before in self._codes else 0)

    def set_students(self, students: Sequence[tuple[str, str]], wanted: str | None) -> None:
        """Roll numbers and titles; wanted: as :meth:`gui.screens.capture.Screen.reload` takes it."""
        before = self.roll if wanted is None else wanted
        self._rolls = [roll for roll, _title in students]
        self.student.configure(values=[title for _roll, title in students])
        self.student.set("")
        if students:
            self.student.current(self._rolls.index(before) if before in self._rolls else 0)

    def choose_student(self, roll: str) -> None:
        """Choose somebody who is in the list."""
        if roll in self._rolls:
            self.student.current(self._rolls.index(roll))

    def tell(self, sentence: str) -> None:
        """What came of the last capture, or what is missing."""
        self.said.configure(text=sentence)

    def _source_chosen(self) -> None:
        source = self.source.chosen
        # Only a camera of this computer can be asked for a size; the names of others need the room.
        (self.sizes.grid if source is not None and source.is_webcam else self.sizes.grid_remove)()

    def _box(self, line: ttk.Frame, tip: str, width: int, chosen: Callable[[], None]) -> ttk.Combobox:
        box = ttk.Combobox(line, state="readonly", width=width)
        box.bind("<<ComboboxSelected>>", lambda _event: chosen())
        add_tip(box, tip)
        return box


class LivePanel(ttk.Frame):
    """The hint large above the picture, at the side how far it is, below what can be done, with its keys."""

    def __init__(self, parent: tk.Misc, screen: Screen) -> None:
        super().__init__(parent)
        self._wanted: Mapping[Pose, int] = {}
        self._paused, self._stuck = False, ""
        self.auto = tk.BooleanVar(self, value=True)
        self._make_foot(screen)
        self._make_side()
        self._make_hint()
        self.picture = Picture(self, pixels(self, 320), pixels(self, 240))
        self.picture.configure(takefocus=True)
        self.picture.pack(fill="both", expand=True)
        self._make_trouble(screen)

    @property
    def automatic(self) -> bool:
        """Whether good pictures are taken by themselves."""
        return self.auto.get()

    def begin(self, who: str, wanted: Mapping[Pose, int]) -> None:
        """Somebody else stands before the camera."""
        self._wanted, self._paused, self._stuck = wanted, False, ""
        self.who.configure(text=shortened(who, LONGEST))
        self.picture.clear()
        self._say(_("One moment …"))
        self.trouble.place_forget()
        self.tell_below("")
        self.show_paused(paused=False)
        self._count({}, "front", 0)

    def end(self) -> None:
        """No picture of anybody stays on the screen."""
        self.picture.clear()

    def show_picture(self, picture: Image) -> None:
        """The newest picture; one that comes late is not shown behind the words of a camera that is gone."""
        if not self.trouble.winfo_manager():
            self.picture.show(picture)

    def show(self, news: News) -> None:
        """The hint and the numbers."""
        self.trouble.place_forget()
        self._say(_("Paused") if self._paused else self._stuck or news.hint)
        self._count(news.taken.poses, news.asked, news.taken.total)

    def show_camera(self, state: CameraState) -> None:
        """What the camera says; what is wrong with it stands where its picture would, with Retry."""
        self._stuck = told(state.text) if state.kind in ("black", "frozen") else ""
        if state.shows:
            self.trouble.place_forget()
        elif state.kind == "opening":
            # When it is tried again, what is wrong stays to be read.
            if not self.trouble.winfo_manager():
                self._say(told(state.text))
        elif state.kind != "closed":
            self.picture.clear()
            self._say("")
            self.problem.configure(text=told(state.text))
            self.trouble.place(in_=self.picture, relx=0.5, rely=0.45, anchor="center")

    def show_paused(self, paused: bool) -> None:
        """Whether nothing is taken."""
        self._paused = paused
        self.pause.configure(text=_("Go on (Space)") if paused else _("Pause (Space)"))

    def tell_below(self, sentence: str) -> None:
        """A sentence under the numbers."""
        self.said.configure(text=sentence)

    def _count(self, taken: Mapping[Pose, int], asked: Pose | None, total: int) -> None:
        self.ring.show(taken, self._wanted, asked, total)
        for pose, label in self.counts.items():
            number, of = taken.get(pose, 0), self._wanted.get(pose, 0)
            sign = "✓" if number >= of else ("◂" if is_right_to_left() else "▸") if pose == asked else " "
            words = f"{sign} {number_text(number)} / {number_text(of)}"
            if label.cget("text") != words:
                label.configure(text=words)

    def _make_hint(self) -> None:
        """Always of one height, or the picture would grow and shrink with the length of the sentence."""
        heights = [nametofont(font(one), self).metrics("linespace") for one in ("Heading", "Title")]
        place = ttk.Frame(self, height=max(heights[0], 2 * heights[1]))
        place.pack_propagate(False)
        place.pack(fill="x", pady=(0, pixels(self, 8)))
        self.hint = ttk.Label(place, style="Heading.TLabel", anchor="center", justify="center")
        self.hint.pack(fill="both", expand=True)
        self.hint.bind("<Configure>", lambda event: self._fit_hint(event.width))

    def _say(self, words: str) -> None:
        if self.hint.cget("text") != words:
            self.hint.configure(text=words)
            self._fit_hint(self.hint.winfo_width())

    def _fit_hint(self, width: int) -> None:
        """Smaller where it would take two lines."""
        fits = nametofont(font("Heading"), self).measure(str(self.hint.cget("text"))) <= width
        self.hint.configure(style="Heading.TLabel" if fits else "Title.TLabel", wraplength=width)

    def _make_trouble(self, screen: Screen) -> None:
        self.trouble = ttk.Frame(self)
        ttk.Label(self.trouble, icon="camera-video-off", icon_size=pixels(self, 48), style="Muted.TLabel").pack()
        self.problem = ttk.Label(
            self.trouble, style="Title.TLabel", wraplength=pixels(self, 440), anchor="center", justify="center"
        )
        self.problem.pack(pady=pixels(self, 16))
        self.retry = ttk.Button(
            self.trouble, text=_("Retry"), icon="arrow-clockwise", bootstyle="neutral", command=screen.retry
        )
        self.retry.pack()

    def _make_side(self) -> None:
        side = ttk.Frame(self)
        side.pack(side=end(), fill="y", padx=(pixels(self, 16), 0))
        self.who = ttk.Label(side, style="Title.TLabel", wraplength=pixels(self, SIDE), justify=start())
        self.who.pack(anchor=anchor())
        self.ring = Ring(side)
        self.ring.pack(pady=pixels(self, 4))
        table = ttk.Frame(side)
        table.pack(fill="x")
        table.columnconfigure(1, weight=1)
        self.counts: dict[Pose, ttk.Label] = {}
        for row, pose in enumerate(POSES):
            ttk.Label(table, text=_(NAMES[pose])).grid(row=row, column=0, sticky=anchor())
            self.counts[pose] = ttk.Label(table)
            self.counts[pose].grid(row=row, column=1, sticky="e" if end() == "right" else "w")
        self.said = ttk.Label(side, style="Muted.TLabel", wraplength=pixels(self, SIDE), justify=start())
        self.said.pack(anchor=anchor(), pady=pixels(self, 8))

    def _make_foot(self, screen: Screen) -> None:
        foot = ttk.Frame(self)
        foot.pack(side="bottom", fill="x", pady=(pixels(self, 12), 0))
        gap = pixels(self, 4)
        self.auto_button = ttk.Checkbutton(
            foot, text=_("Automatic"), variable=self.auto, command=lambda: screen.set_automatic(self.auto.get())
        )
        self.auto_button.pack(side=start(), padx=gap)
        add_tip(self.auto_button, _("Good pictures are taken by themselves"))
        self.save = ttk.Button(foot, text=_("Save (s)"), bootstyle="neutral", command=screen.save_now)
        add_tip(self.save, _("Take the picture of this moment"))
        self.pause = ttk.Button(foot, text=_("Pause (Space)"), bootstyle="neutral", command=screen.pause)
        self.next = ttk.Button(foot, text=_("Next (n)"), bootstyle="primary", command=screen.next_student)
        add_tip(self.next, _("Go on with the next student who has no face yet"))
        self.stop = ttk.Button(foot, text=_("Stop (q)"), bootstyle="neutral", command=screen.stop)
        for button in (self.save, self.pause):
            button.pack(side=start(), padx=gap)
        for button in (self.next, self.stop):
            button.pack(side=end(), padx=gap)
