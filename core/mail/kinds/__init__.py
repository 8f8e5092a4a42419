"""The kinds of mail, each in a module of its own; a new one is written beside them and named here."""

from core.errors import NotFoundError
from core.mail.kinds.absences import ABSENCE, LATENESS
from core.mail.kinds.class_summaries import CLASS_SUMMARY
from core.mail.kinds.low_attendance import WARNING
from core.mail.kinds.months import MONTH
from core.mail.kinds.sheets import SHEET
from core.mail.kinds.summaries import SUMMARY
from core.mail.letters import Kind
from core.store.text import clean_text

KINDS: dict[str, Kind] = {one.name: one for one in (ABSENCE, LATENESS, SUMMARY, WARNING, CLASS_SUMMARY, SHEET, MONTH)}


def kind_named(name: str) -> Kind:
    """The kind of this name.  Raises NotFoundError, which lists those there are."""
    found = KINDS.get(name.strip().lower())
    if found is None:
        known = ", ".join(KINDS)
        raise NotFoundError(f"There is no mail “{clean_text(name, 40)}”. Choose one of: {known}")
    return found
