"""The one way to ask: yes or no, a text, a reason, a choice.  Answers come by callback; Esc answers nothing."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from core.errors import RollcallError
from gui.dialogs.base import Dialog
from gui.texts import _
from gui.widgets.form import Check, Form, not_empty

if TYPE_CHECKING:
    from gui.application import Application
    from gui.opening import Use

T = TypeVar("T")


class AskDialog(Dialog):
    """A question with a form, which may be empty.  ``then`` gets the answers, ``otherwise`` is called without any."""

    def __init__(
        self,
        app: "Application",
        title: str,
        sentence: str,
        yes: str,
        then: Callable[[dict[str, str]], None],
        otherwise: Callable[[], None] | None = None,
        *,
        danger: bool = False,
    ) -> None:
        super().__init__(app, title)
        self._then, self._otherwise = then, otherwise
        if sentence:
            self.add_sentence(sentence)
        self.form = Form(self.body)
        self.form.pack(fill="x")
        self.yes = self.add_button(yes, self.accept, "danger" if danger else "primary")
        self.no = self.add_button(_("Cancel"), self.cancel)

    def accept(self) -> None:
        if self.form.check():
            answers = self.form.values()
            self.close()
            self._then(answers)

    def cancel(self) -> None:
        self.close()
        if self._otherwise is not None:
            self._otherwise()


class SaveDialog(AskDialog, Generic[T]):
    """A form that stays open until core took it, so that nothing typed is lost; ``saved`` gets what came of it."""

    def __init__(
        self,
        app: "Application",
        title: str,
        work: "Callable[[Use, dict[str, str]], T]",
        saved: Callable[[T], None],
        *,
        sentence: str = "",
        yes: str = "",
    ) -> None:
        super().__init__(app, title, sentence, yes or _("Save"), lambda _answers: None)
        self._work, self._saved = work, saved

    def accept(self) -> None:
        if self.is_saving or not self.check():
            return
        answers, work = self.answers(), self._work
        self.is_saving = True
        self.app.call(lambda use: work(use, answers), self._took, owner=self, failed=self._refused, saves=True)

    is_saving = False

    def check(self) -> bool:
        """Whether what is typed can be saved."""
        return self.form.check()

    def answers(self) -> dict[str, str]:
        """What is saved."""
        return self.form.values()

    def _took(self, made: T) -> None:
        self.close()
        self._saved(made)

    def _refused(self, _problem: RollcallError) -> bool:
        self.is_saving = False
        return False


def yes_no(
    app: "Application", sentence: str, then: Callable[[], None], *, title: str = "", yes: str = "", danger: bool = False
) -> AskDialog:
    """``then`` after a yes.  danger: for what cannot be taken back; Cancel has the keyboard then."""
    dialog = AskDialog(app, title or _("Please confirm"), sentence, yes or _("Yes"), lambda _: then(), danger=danger)
    dialog.open(dialog.no if danger else dialog.yes)
    return dialog


def text(
    app: "Application",
    label: str,
    then: Callable[[str], None],
    *,
    title: str = "",
    sentence: str = "",
    value: str = "",
    check: Check = not_empty,
    secret: bool = False,
    otherwise: Callable[[], None] | None = None,
) -> AskDialog:
    """``then`` gets what was typed, once ``check`` has nothing against it."""
    dialog = AskDialog(
        app, title or label, sentence, _("OK"), lambda answers: then(answers["text"]), otherwise=otherwise
    )
    field = dialog.form.add_text("text", label, value=value, check=check, secret=secret)
    dialog.open(field)
    return dialog


def reason(app: "Application", sentence: str, then: Callable[[str], None]) -> AskDialog:
    """Why something is changed; never empty."""
    return text(app, _("Reason"), then, title=_("Why?"), sentence=sentence)


def choice(
    app: "Application", sentence: str, choices: Sequence[tuple[str, str]], then: Callable[[str], None], title: str = ""
) -> AskDialog:
    """``then`` gets the key of one of ``(key, words)``; the first is chosen at first."""
    dialog = AskDialog(app, title or _("Please choose"), sentence, _("OK"), lambda answers: then(answers["choice"]))
    buttons = dialog.form.add_options("choice", choices)
    dialog.open(buttons[0])
    return dialog


def passphrase(app: "Application", again: bool, then: Callable[[str | None], None]) -> AskDialog:
    """The passphrase of the stored faces; None for no answer."""
    sentence = _("That was wrong. Please try once more.") if again else ""
    return text(
        app,
        _("Passphrase of the stored faces"),
        then,
        title=_("The faces are locked"),
        sentence=sentence or _("Names and registers work without it; recognising faces does not."),
        secret=True,
        otherwise=lambda: then(None),
    )
