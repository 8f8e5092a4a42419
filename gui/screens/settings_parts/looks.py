"""Language, letter size, light and dark: of who uses this computer, kept apart from the school's settings."""

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import ttkbootstrap as ttk

from core.languages.language import LANGUAGES
from gui.preferences import FONT_PERCENTS, Mode, Preferences
from gui.texts import N_, _, percent_text
from gui.widgets.form import Form
from gui.widgets.pages import Page, fit

if TYPE_CHECKING:
    from gui.application import Application

MODES: dict[Mode, str] = {"light": N_("Light"), "dark": N_("Dark")}


def preferred(before: Preferences, given: dict[str, str]) -> Preferences:
    """The preferences that a form of this page comes to."""
    mode = next(one for one in get_args(Mode) if one == given["mode"])
    return replace(before, language=given["language"], font_percent=int(given["font"]), mode=mode)


class LooksPage(Page):
    """For everybody who works here."""

    title = N_("This window")
    icon = "palette"

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.add_buttons([(_("Use these"), self._use, "primary")])
        self._form: Form | None = None
        self.bind("<Configure>", lambda _event: self._fit())

    def show(self) -> None:
        if self._form is not None:
            self._form.destroy()
        now = self.app.preferences
        form = self._form = Form(self)
        form.pack(fill="x")
        form.add_choice("language", _("Language"), list(LANGUAGES.items()), value=now.language)
        sizes = [(str(one), percent_text(one)) for one in FONT_PERCENTS]
        form.add_choice("font", _("Size of letters"), sizes, value=str(now.font_percent))
        form.add_choice("mode", _("Colours"), [(key, _(words)) for key, words in MODES.items()], value=now.mode)
        self._fit()

    def _fit(self) -> None:
        if self._form is not None:
            fit(self._form, self)

    def _use(self) -> None:
        if self._form is not None:
            self.app.change_preferences(preferred(self.app.preferences, self._form.values()))
