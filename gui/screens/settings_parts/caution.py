"""How sure Rollcall must be before it marks, shown live on faces of the school's own."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import ttkbootstrap as ttk
from PIL import Image as Pictures
from PIL import ImageTk

from core.errors import RollcallError
from gui.texts import N_, _, anchor, ngettext, number_text, start, told
from gui.theme import pixels
from gui.widgets.pages import Field, FieldsPage
from gui.widgets.picture import fitted
from gui.widgets.small import Badge, follow_width

if TYPE_CHECKING:
    from collections import Counter

    from core.caution_example import CautionExample, Pair
    from core.recognition.caution import Verdict
    from core.settings import Caution, Settings
    from gui.application import Application
    from gui.opening import Use

FACE = 84
"""Side of a face, pixels at 100 %."""
MOST_TRIED = 5
"""Classes that are tried until one has enough photos."""
VERDICTS = {
    "marked": (N_("✓ marked by itself"), "#63c08d"),
    "asked": (N_("? you are asked"), "#e5b567"),
    "unknown": (N_("– unknown"), "#c3cad2"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """An example with its faces at the size they are shown; None of a school that has none yet, with the reason."""

    example: "CautionExample | None"
    faces: tuple[tuple[Pictures.Image, Pictures.Image], ...] = ()
    obstacle: str = ""


class CautionPage(FieldsPage):
    """One choice, and below it what that would do to photos of a class."""

    title = N_("How sure it must be")
    icon = "sliders"
    fields = (
        Field("caution", N_("When is somebody marked without asking you?"), "choice",
              N_("What is less sure waits below the picture until you say who it is."),
              (("usual", N_("As measured: where strangers are kept out")),
               ("careful", N_("Only when surer: you are asked more often")),
               ("strict", N_("Only when very sure: you are asked often")))),
    )  # fmt: skip

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.drawn: Drawn | None = None
        self._photos: list[ImageTk.PhotoImage] = []
        self.badges: list[Badge] = []
        self.sums: list[ttk.Label] = []
        self.panel: ttk.Frame | None = None

    def fill(self, settings: "Settings", notes: dict[str, str]) -> None:
        super().fill(settings, notes)
        if self.form is None:
            return
        self.form.on_change("caution", self._choice_made)
        if self.panel is not None:
            self.panel.destroy()
        self.panel = ttk.Frame(self._place)
        self.panel.pack(fill="x", pady=pixels(self, 18))
        ttk.Label(self.panel, text=_("Looking for an example …"), style="Muted.TLabel").pack(anchor=anchor())
        side = pixels(self, FACE)
        self.call(lambda use: load_example(use, side), self._show_example)

    @property
    def chosen(self) -> "Caution":
        """What the form says now, saved or not."""
        given = "usual" if self.form is None else self.form.values()["caution"]
        return cast("Caution", given)

    def _show_example(self, drawn: Drawn) -> None:
        self.drawn = drawn
        panel = self.panel
        if panel is None or not panel.winfo_exists():
            return
        for old in panel.winfo_children():
            old.destroy()
        self._photos, self.badges, self.sums = [], [], []
        if drawn.example is None:
            follow_width(ttk.Label(panel, text=drawn.obstacle, style="Muted.TLabel", justify=start())).pack(fill="x")
            return
        title = _("On photos of {code} that were kept out of the training").format(code=drawn.example.class_code)
        follow_width(ttk.Label(panel, text=title, style="Title.TLabel", justify=start())).pack(
            fill="x", pady=(0, pixels(self, 8))
        )
        for pair, faces in zip(drawn.example.pairs, drawn.faces, strict=True):
            self._add_pair(panel, pair, faces)
        for _each in range(2):
            label = follow_width(ttk.Label(panel, justify=start()))
            label.pack(fill="x", pady=(pixels(self, 8), 0))
            self.sums.append(label)
        self._choice_made()

    def _add_pair(self, panel: ttk.Frame, pair: "Pair", faces: tuple[Pictures.Image, Pictures.Image]) -> None:
        line = ttk.Frame(panel, style="Card.TFrame", padding=pixels(self, 8))
        line.pack(fill="x", pady=(0, pixels(self, 6)))
        for face in faces:
            photo = ImageTk.PhotoImage(face, master=self)
            self._photos.append(photo)
            ttk.Label(line, image=photo, style="Card.TLabel").pack(side=start(), padx=pixels(self, 3))
        words = ttk.Frame(line, style="Card.TFrame")
        words.pack(side=start(), fill="x", expand=True, padx=pixels(self, 10))
        said = _("One student, two photos") if pair.is_same else _("Two students who look alike")
        follow_width(ttk.Label(words, text=said, style="Card.TLabel", justify=start())).pack(fill="x")
        badge = Badge(words, "", VERDICTS["unknown"][1])
        badge.pack(anchor=anchor(), pady=(pixels(self, 6), 0))
        self.badges.append(badge)

    def _choice_made(self) -> None:
        """Say it anew for what is chosen now."""
        example = None if self.drawn is None else self.drawn.example
        if example is None or not self.sums:
            return
        for badge, pair in zip(self.badges, example.pairs, strict=True):
            [found] = example.verdicts(self.chosen, [pair.evidence])
            words, colour = VERDICTS[found]
            badge.set(_(words), colour)
        students = example.verdicts(self.chosen, example.students)
        strangers = example.verdicts(self.chosen, example.strangers)
        self.sums[0].configure(text=students_text(students))
        self.sums[1].configure(text=strangers_text(strangers))

    def _fit(self) -> None:
        super()._fit()
        panel = self.panel
        if panel is not None and panel.winfo_exists() and self.winfo_width() > 1:
            rest = max(0, self.winfo_width() - pixels(self, 24) - pixels(self, 460))
            panel.pack_configure(padx=(0, rest))


def students_text(found: "Counter[Verdict]") -> str:
    """What becomes of the students' photos."""
    sentence = _("Of {all} photos of the students {marked} are enough to mark, {asked} to ask, {unknown} stay unknown.")
    return sentence.format(
        all=number_text(found.total()), marked=number_text(found["marked"]), asked=number_text(found["asked"]),
        unknown=number_text(found["unknown"]),
    )  # fmt: skip


def strangers_text(found: "Counter[Verdict]") -> str:
    """What becomes of photos of people whom the class does not know."""
    if not found.total():
        return ""
    named = ngettext("{} would get a student’s name", "{} would get a student’s name", found["marked"]).format(
        number_text(found["marked"])
    )
    return _("Of {all} photos of strangers {named}, about {asked} you would be asked.").format(
        all=number_text(found.total()), named=named, asked=number_text(found["asked"])
    )


def load_example(use: "Use", side: int) -> Drawn:
    """From the trained class with the most students that can be tested; side: of a face, pixels."""
    from core.caution_example import example
    from core.networks.prepare import network_key
    from core.training_state import training_states

    trained = sorted(
        (one for one in training_states(use.store) if one.run is not None), key=lambda one: -one.with_photos
    )
    obstacle = _("Once a class is trained, its own photos show here what each choice means.")
    for state in trained[:MOST_TRIED]:
        use.task.check()
        try:
            found = example(use.store, state.school_class.code, network_key(use.home), use.progress)
        except RollcallError as error:
            obstacle = told(error)
            continue
        faces = tuple((fitted(one.first, (side, side)), fitted(one.second, (side, side))) for one in found.pairs)
        return Drawn(found, faces)
    return Drawn(None, obstacle=obstacle)
