"""What an import would do or did, in rows and words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.texts import _, arrow, ngettext, number_text, told
from gui.widgets.table import Column

if TYPE_CHECKING:
    from core.rosters.importing import PeopleOutcome
    from core.rosters.plan import PersonPlan


def columns() -> tuple[Column[PersonPlan], ...]:
    """What the table shows of a person of the list."""
    return (
        Column(_("Row"), lambda one: ", ".join(map(str, one.rows)), 60, order=lambda one: one.rows),
        Column(_("What happens"), lambda one: action_text(one.action), 130),
        Column(_("Roll"), lambda one: one.roll, 80),
        Column(_("Name"), lambda one: one.name, 150),
        Column(_("Details"), details_text, 260, stretch=True),
    )


def action_text(action: str) -> str:
    """A sign and a word for what would happen to a person."""
    words = {"new": _("+ new"), "changed": _("~ changed"), "same": _("= as it is"), "bad": _("! error")}
    return words[action]


def details_text(one: PersonPlan) -> str:
    """Why not, else what changes."""
    if one.problems:
        return "  ".join(map(_in_words_of_the_window, one.problems))
    changes = (
        f"{_field(each.field)}: {f'{each.old} {arrow()} ' if each.old else ''}{each.new}" for each in one.changes
    )
    if one.action == "new":
        changes = (each.new for each in one.changes if each.field != "name")
    return "  ·  ".join((*changes, *map(told, one.warnings)))


def _in_words_of_the_window(sentence: str) -> str:
    """Core names the options of the command line."""
    options = {
        "--create-classes": _("“Make missing classes and groups”"),
        "--rename": _("“Take over changed names”"),
    }
    found = [words for option, words in options.items() if option in sentence]
    return f"{told(sentence).rstrip('.।')}: {found[0]}" if found else told(sentence)


def _field(name: str) -> str:
    words = {
        "name": _("name"), "email": _("e-mail"), "parents_email": _("parents’ e-mail"), "active": _("active"),
        "consent": _("consent"), "class": _("class"), "group": _("group"),
    }  # fmt: skip
    return words.get(name, name)


def counts_text(outcome: PeopleOutcome) -> str:
    """How many of each kind."""
    count = {one: len(outcome.of(one)) for one in ("new", "changed", "same", "bad")}
    return _("{new} new, {changed} changed, {same} as they are, {bad} with errors.").format(
        **{name: number_text(one) for name, one in count.items()}
    )


def facts(outcome: PeopleOutcome) -> list[str]:
    """All that is worth saying before one decides."""
    said = [counts_text(outcome)]
    if outcome.new_classes:
        words = ngettext("The class {} is made.", "The classes {} are made.", len(outcome.new_classes))
        said.append(words.format(", ".join(outcome.new_classes)))
    if not outcome.has_changes and not outcome.of("bad"):
        said.append(_("The list changes nothing."))
    if outcome.unused:
        said.append(_("Not used: {headings}.").format(headings=", ".join(outcome.unused)))
    return [*said, *map(told, outcome.notes)]
