"""Cards with which the students of a class pair their phones: for whom, and where the file goes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gui.dialogs import ask
from gui.dialogs.files import save_as
from gui.texts import _, language, ngettext

if TYPE_CHECKING:
    from core.confirming.cards import Printed
    from core.files import Written
    from gui.opening import Use
    from gui.screens.class_page import Screen


def ask_for_cards(screen: Screen) -> None:
    """Ask what to print; switches the portal on before, for the cards say where it is."""
    portal = screen.app.portal
    if portal.is_on:
        CardsDialog(screen)
        return
    sentence = _("The cards lead to the portal, which is off. Switch it on and print them?")

    def switch_on() -> None:
        portal.switch_on()
        CardsDialog(screen)

    ask.yes_no(screen.app, sentence, switch_on, yes=_("Switch on"))


class CardsDialog(ask.AskDialog):
    """For all students or for those without a phone."""

    def __init__(self, screen: Screen) -> None:
        days = screen.app.settings.card_days
        sentence = _("A card for each student, ten to a page of A4, to be cut apart. Each printing makes new codes: "
                     "earlier cards and codes of these students stop working.")  # fmt: skip
        super().__init__(
            screen.app, _("Phone cards of {code}").format(code=screen.code), sentence, _("Save as PDF …"), self._save
        )
        self._screen, self._code, self._address = screen, screen.code, ""
        choices = [("missing", _("Students without a phone")), ("all", _("All students"))]
        options = self.form.add_options("who", choices)
        lasts = ngettext("The codes work once, for {} day.", "The codes work once, for {} days.", days).format(days)
        self.add_sentence(lasts, "Muted.TLabel")
        self.where = self.add_sentence("", "Muted.TLabel")
        self.app.portal.listen(self, self._show_address)
        self.open(options[0])

    def accept(self) -> None:
        if self._address:
            super().accept()

    def _show_address(self) -> None:
        portal = self.app.portal
        self._address = "" if portal.served is None else portal.served.url
        lead = _("The cards lead to {address}. Print new ones when this computer gets another address.")
        told = lead.format(address=self._address) if self._address else ""
        waits = _("The portal starts …") if portal.is_on else _("The portal is off")
        self.where.configure(text=" ".join([told or waits, *portal.state.notes]))
        self.yes.configure(state="normal" if self._address else "disabled")

    def _save(self, answers: dict[str, str]) -> None:
        work = partial(_print, self._code, self._address, answers["who"] == "missing")
        save_as(self.app, _file_name(self._code), ("pdf",), partial(self._write, work))

    def _write(self, work: partial[Printed[Written]], path: Path) -> None:
        self._screen.call(
            lambda use: work(path, use),
            lambda done: self._screen.saved.show(done.kept),
            saves=True,
            title=_("Printing cards"),
        )


def _file_name(code: str) -> str:
    from core.files import safe_name

    return f"{safe_name(_('Phone cards {code}').format(code=code))}.pdf"


def _print(class_code: str, address: str, only_without: bool, path: Path, use: Use) -> Printed[Written]:
    from core.confirming.cards import print_cards, saved_as
    from core.languages.language import language as language_of

    return print_cards(
        use.store,
        use.settings,
        use.actor,
        class_code,
        address,
        saved_as(path),
        only_without=only_without,
        language=language_of(language()),
    )
