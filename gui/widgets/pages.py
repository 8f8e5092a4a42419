"""Pages beside a list: a form over settings that is saved by core, and rows of buttons."""

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal, TypeVar

import ttkbootstrap as ttk

from core.configuring import Value, change_settings, fixed_names, limits_of
from gui.background import Task
from gui.dialogs.ask import AskDialog
from gui.texts import _, number_text, start
from gui.theme import pixels
from gui.widgets.form import Check, Form, anything
from gui.widgets.small import keep_focus_in_sight

if TYPE_CHECKING:
    from core.settings import Settings
    from gui.application import Application
    from gui.opening import Use

T = TypeVar("T")
Choices = tuple[tuple[str, str], ...]
NARROW = 460
"""Width of a form, pixels at 100 %: longer lines are hard to read."""


@dataclass(frozen=True, slots=True)
class Field:
    """One setting in a form.  label, hint, words of choices: texts marked with ``N_``.

    optional: an empty field goes back to what holds without it.
    """

    name: str
    label: str
    kind: Literal["text", "whole", "number", "choice", "switch"] = "text"
    hint: str = ""
    choices: Choices = ()
    optional: bool = False
    check: Check = anything


def shown(field: Field, settings: "Settings") -> str:
    """The setting as its field shows it."""
    value = getattr(settings, field.name)
    if field.kind == "switch":
        return "1" if value else "0"
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)


def typed(field: Field, text: str) -> Value:
    """What a field holds, as the setting takes it; call it after the check.  None: what holds without it."""
    plain = text.strip()
    if field.optional and not plain:
        return None
    if field.kind == "switch":
        return plain == "1"
    if field.kind == "whole" or (field.kind == "choice" and plain.isdecimal()):
        return int(plain)
    return float(plain) if field.kind == "number" else plain


def check_of(field: Field) -> Check:
    """The check of a field: numbers must lie within the limits of the setting."""
    return partial(_check_number, field) if field.kind in ("whole", "number") else field.check


def _check_number(field: Field, text: str) -> str | None:
    plain = text.strip()
    if field.optional and not plain:
        return None
    least, most = limits_of(field.name)
    try:
        number = int(plain) if field.kind == "whole" else float(plain)
    except ValueError:
        number = least - 1
    if least <= number <= most:
        return None
    return _("Please write a number from {least} to {most}.").format(least=number_text(least), most=number_text(most))


class Page(ttk.Frame):
    """One page.  title: marked with ``N_``; action: of core.actions, who may not do it does not see the page."""

    title: ClassVar[str]
    action: ClassVar[str | None] = None
    icon: ClassVar[str] = "square"

    def __init__(self, app: "Application", parent: tk.Misc) -> None:
        super().__init__(parent)
        self.app = app

    def show(self) -> None:
        """Called each time the page comes to the front."""

    @property
    def is_changed(self) -> bool:
        """Whether something was typed that is not saved."""
        return False

    def call(
        self,
        work: "Callable[[Use], T]",
        done: Callable[[T], None] | None = None,
        *,
        saves: bool = False,
        title: str = "",
    ) -> Task:
        """:meth:`gui.application.Application.call` for this page."""
        return self.app.call(work, done, owner=self, saves=saves, title=title)

    def add_buttons(self, buttons: Sequence[tuple[str, Callable[[], None], str]]) -> list[ttk.Button]:
        """A row of ``(text, command, bootstyle)``."""
        row = ttk.Frame(self)
        row.pack(fill="x", pady=(0, pixels(self, 10)))
        made = []
        for text, command, style in buttons:
            button = ttk.Button(row, text=text, command=command, bootstyle=style)
            button.pack(side=start(), padx=(0, pixels(self, 8)))
            made.append(button)
        return made


class FieldsPage(Page):
    """A form over some settings."""

    action = "settings.change"
    fields: ClassVar[tuple[Field, ...]] = ()

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.form: Form | None = None
        self.add_actions()
        self._place = ttk.ScrolledFrame(self)
        self._place.pack(fill="both", expand=True)
        self.bind("<Configure>", lambda _event: self._fit())

    def show(self) -> None:
        if not self.is_changed:
            self.fill(self.app.settings, {})

    @property
    def is_changed(self) -> bool:
        return self.form is not None and self.form.is_changed

    def add_actions(self) -> None:
        """Buttons above the form besides Save."""
        self.add_buttons([(_("Save"), self.save, "primary")])

    def fill(self, settings: "Settings", notes: dict[str, str]) -> None:
        """Make the form; notes: what else to say under a setting's label."""
        if self.form is not None:
            self.form.destroy()
        self.form = Form(self._place)
        self.form.pack(fill="x")
        fixed = fixed_names()
        for field in self.fields:
            widget = self._add(self.form, field, settings, notes.get(field.name, ""))
            if field.name in fixed:
                widget.configure(state="disabled")
        keep_focus_in_sight(self._place, self.form)

        self._fit()

    def _fit(self) -> None:
        if self.form is not None:
            fit(self.form, self)

    def save(self) -> None:
        """Save what was changed."""
        if self.form is None or not self.form.check():
            return
        values, settings = self.form.values(), self.app.settings
        changes = {
            one.name: typed(one, values[one.name]) for one in self.fields if values[one.name] != shown(one, settings)
        }
        self.call(lambda use: change_settings(use.store, changes), lambda _all: self._saved(), saves=True)

    def forget(self) -> None:
        """Throw away what was typed."""
        if self.form is not None:
            self.form.keep()
        self.show()

    def _saved(self) -> None:
        if self.form is not None:
            self.form.keep()
        self.app.reload_settings(self.show)

    def _add(
        self, form: Form, field: Field, settings: "Settings", note: str
    ) -> ttk.Entry | ttk.Combobox | ttk.Checkbutton:
        value = shown(field, settings)
        hint = "  ".join(filter(None, (_(field.hint), note)))
        if field.kind == "switch":
            return form.add_switch(field.name, _(field.label), value=value == "1", hint=hint)
        if field.kind == "choice":
            choices = [(key, _(words)) for key, words in field.choices]
            if value not in dict(choices):
                choices.append((value, _("As set by hand: {value}").format(value=value)))
            return form.add_choice(field.name, _(field.label), choices, value=value, hint=hint)
        return form.add_text(field.name, _(field.label), value=value, check=check_of(field), hint=hint)


def fit(form: Form, page: ttk.Frame) -> None:
    """Lines of a form as long as can be read well, and as fit into the page."""
    if page.winfo_width() <= 1:
        return
    bar = pixels(page, 24)
    width = min(page.winfo_width() - bar, pixels(page, NARROW))
    rest = page.winfo_width() - width
    form.pack_configure(padx=(0, rest))
    for child in form.winfo_children():
        if isinstance(child, ttk.Label):
            child.configure(wraplength=width - pixels(page, 14))


def ask_word(app: "Application", title: str, sentence: str, word: str, yes: str, then: Callable[[], None]) -> AskDialog:
    """For what cannot be taken back: ``then`` only after the word was typed."""
    dialog = AskDialog(app, title, sentence, yes, lambda _answers: then(), danger=True)
    label = _("To go on, type the word: {word}").format(word=word)
    dialog.open(dialog.form.add_text("word", label, check=partial(is_word, word)))
    return dialog


def is_word(word: str, typed_text: str) -> str | None:
    """The check of :func:`ask_word`."""
    same = typed_text.strip().casefold() == word.casefold()
    return None if same else _("This is not the word {word}.").format(word=word)
