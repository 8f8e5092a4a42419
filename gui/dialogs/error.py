"""The one way to tell that something went wrong: a sentence, or for a bug an apology and where the details are."""

from pathlib import Path
from typing import TYPE_CHECKING

from gui.dialogs.base import Dialog
from gui.texts import _, told

if TYPE_CHECKING:
    from gui.application import Application


class ErrorDialog(Dialog):
    """Tells; Enter and Esc close it."""

    def __init__(self, app: "Application", title: str, sentence: str, log: Path | None) -> None:
        super().__init__(app, title)
        self.sentence = sentence
        self.add_sentence(sentence)
        self.ok = self.add_button(_("OK"), self.close, "primary")
        if log is not None:
            self._details = str(log)
            self.add_sentence(_("The details are in {log}").format(log=log), "Muted.TLabel")
            self.add_button(_("Copy the place"), self._copy)
        self.open(self.ok)

    def _copy(self) -> None:
        self.clipboard_clear()
        self.clipboard_append(self._details)


def tell(app: "Application", sentence: str) -> ErrorDialog:
    """Something the person can mend, in the words of core."""
    return ErrorDialog(app, _("This did not work"), told(sentence), None)


def apologise(app: "Application") -> ErrorDialog:
    """A bug; it was logged before."""
    sentence = _("Something went wrong inside Rollcall. Nothing that was saved is lost. We are sorry.")
    return ErrorDialog(app, _("Something went wrong"), sentence, app.home.log)
