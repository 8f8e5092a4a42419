"""The audit: who did what, whether the record of it is whole, and its head to write down."""

import tkinter as tk
from datetime import UTC, datetime, time, tzinfo
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core import audit, clock
from core.audit import AuditRow, Filter, Verdict
from core.audit_names import AuditNames, names_of
from core.errors import InputError
from gui.dialogs.base import Dialog
from gui.screen import BaseScreen
from gui.screens.audit_parts.details import about_text, details_text
from gui.screens.audit_parts.words import action_text, kind_choices, role_text
from gui.texts import N_, _, anchor, end, moment_text, number_text, start, told
from gui.theme import pixels
from gui.widgets.day_field import DayField
from gui.widgets.small import EmptyState, add_tip, follow_width
from gui.widgets.table import Column, Table

if TYPE_CHECKING:
    from gui.application import Application
    from gui.opening import Use

SOON_MS = 400
MOST = 2000
"""The newest rows that fit; older ones are found by their days."""


def wanted(given: dict[str, str], zone: tzinfo | None) -> Filter:
    """The filter that the fields come to.  Raises InputError for a day that is none."""
    return Filter(
        _moment(given["first"], time.min, zone),
        _moment(given["last"], time.max, zone),
        given["who"].strip() or None,
        given["action"] or None,
    )


def verdict_text(found: Verdict) -> str:
    """What a check found, in a sentence or two."""
    if found.wrong_row is not None:
        told = _("✗ Row {row} {problem}. The {rows} rows before it are right.").format(
            row=found.wrong_row, problem=found.problem, rows=number_text(found.rows)
        )
    else:
        told = _("✓ All {rows} rows are right.").format(rows=number_text(found.rows))
    return " ".join((told, *(f"{one}." for one in found.warnings)))


def _moment(text: str, at: time, zone: tzinfo | None) -> datetime | None:
    if not text.strip():
        return None
    naive = datetime.combine(clock.parse_day(text, zone), at)
    return (naive.replace(tzinfo=zone) if zone else naive.astimezone()).astimezone(UTC)


def _labelled(line: ttk.Frame, words: str) -> ttk.Frame:
    """A place for a field, under its label."""
    place = ttk.Frame(line)
    place.pack(side=start(), padx=(0, pixels(line, 12)))
    ttk.Label(place, text=words).pack(anchor=anchor())
    return place


class Screen(BaseScreen):
    """For admins."""

    name = "audit"
    title = N_("Audit")
    action = "audit.show"
    order = 850
    icon = "shield-check"

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        line = self.heading(_("Audit"))
        self.check = ttk.Button(line, text=_("Check all rows"), bootstyle="neutral", command=self._verify)
        self.check.pack(side=end())
        self.head = ttk.Entry(line, state="readonly", width=22)
        self.head.pack(side=end(), padx=pixels(self, 8))
        add_tip(self.head, _("Write it down: with it Rollcall can tell later whether rows are missing."))
        ttk.Label(line, text=_("Newest row"), style="Muted.TLabel").pack(side=end())
        self.told = follow_width(ttk.Label(self, style="Muted.TLabel", justify=start()))
        self.told.pack(side="bottom", fill="x")
        self.names = AuditNames()
        self._waiting: str | None = None
        self._add_filter()
        self._add_table()

    def show(self, about: object = None) -> None:
        self._load()
        self.call(lambda use: audit.head_of(use.store), self._show_head)

    def _add_filter(self) -> None:
        line = ttk.Frame(self)
        line.pack(fill="x", pady=(0, pixels(self, 12)))
        self.fields = {name: tk.StringVar(self) for name in ("first", "last", "who")}
        zone = clock.school_zone(self.app.settings)
        self.entries: dict[str, ttk.Entry] = {}
        for name, words in (("first", _("From day")), ("last", _("To day"))):
            field = DayField(_labelled(line, words), self.fields[name], zone, says_weekday=False)
            field.pack()
            self.entries[name] = field.entry
            add_tip(field.entry, _("Like 2026-11-21, today or yesterday"))
        self.entries["who"] = ttk.Entry(_labelled(line, _("Who")), width=14, textvariable=self.fields["who"])
        self.entries["who"].pack()
        for name, entry in self.entries.items():
            entry.bind("<Return>", lambda _event: self._load())
            self.fields[name].trace_add("write", lambda *_: self._load_soon())
        choices = kind_choices()
        self.kinds = [kind for kind, _words in choices]
        said = [words for _kind, words in choices]
        self.kind = ttk.Combobox(_labelled(line, _("What")), state="readonly", width=22, values=said)
        self.kind.current(0)
        self.kind.pack()
        self.kind.bind("<<ComboboxSelected>>", lambda _event: self._load())

    def _add_table(self) -> None:
        zone = clock.school_zone(self.app.settings)
        columns = (
            Column[AuditRow](_("Row"), lambda one: number_text(one.id), 55, order=lambda one: one.id, align="end"),
            Column[AuditRow](_("When"), lambda one: moment_text(one.at, zone), 165, order=lambda one: one.at),
            Column[AuditRow](_("Who"), lambda one: one.who, 90),
            Column[AuditRow](_("What"), lambda one: action_text(one.action), 190),
            Column[AuditRow](_("About"), lambda one: about_text(one, self.names, zone), 230, stretch=True),
            Column[AuditRow](_("Details"), lambda one: details_text(one, self.names, zone), 230, stretch=True),
        )
        self.table = Table(self, columns, lambda one: str(one.id), on_open=self._open)
        self.table.pack(fill="both", expand=True)
        self.table.show_when_empty(EmptyState(
            self.table.tree, "shield", _("Nothing of this was done"), _("Choose other days, or everything.")
        ))  # fmt: skip

    def _load_soon(self) -> None:
        """Once nobody types any more; half a day is no mistake yet."""
        if self._waiting is not None:
            self.after_cancel(self._waiting)
        self._waiting = self.after(SOON_MS, lambda: self._load(is_sure=False))

    def _load(self, *, is_sure: bool = True) -> None:
        if self._waiting is not None:
            self.after_cancel(self._waiting)
            self._waiting = None
        given = {name: held.get() for name, held in self.fields.items()}
        given["action"] = self.kinds[self.kind.current()]
        try:
            asked = wanted(given, clock.school_zone(self.app.settings))
        except InputError as error:
            self.told.configure(text=told(error) if is_sure else "")
            return
        self.told.configure(text="")

        def work(use: "Use") -> tuple[list[AuditRow], AuditNames]:
            rows = audit.entries(use.store, asked, limit=MOST)
            return rows, names_of(use.store, rows)

        self.call(work, self._show_rows)

    def _show_rows(self, found: tuple[list[AuditRow], AuditNames]) -> None:
        rows, self.names = found
        self.table.set_rows(rows)
        if len(rows) == MOST:
            self.told.configure(text=_("These are the newest {rows}; choose days for older ones.").format(
                rows=number_text(MOST)
            ))  # fmt: skip

    def _show_head(self, head: str) -> None:
        self.head.configure(state="normal")
        self.head.delete(0, "end")
        self.head.insert(0, head)
        self.head.configure(state="readonly")

    def _verify(self) -> None:
        self.check.configure(state="disabled")
        self.told.configure(text=_("Checking …"))
        self.call(lambda use: audit.verify(use.store), self._verified, title=_("Checking the audit"))

    def _verified(self, found: Verdict) -> None:
        self.check.configure(state="normal")
        self.told.configure(text=verdict_text(found))
        self._show_head(found.head)

    def _open(self, one: AuditRow) -> None:
        RowDialog(self.app, one, self.names)


class RowDialog(Dialog):
    """A row in full, for what the table cuts off."""

    def __init__(self, app: "Application", one: AuditRow, names: AuditNames) -> None:
        super().__init__(app, _("Row {number}").format(number=number_text(one.id)))
        zone = clock.school_zone(app.settings)
        self.add_sentence(f"{moment_text(one.at, zone)} · {one.who} ({role_text(one.role)})")
        self.add_sentence(action_text(one.action), "Title.TLabel")
        for text in (about_text(one, names, zone), details_text(one, names, zone)):
            if text:
                self.add_sentence(text)
        self.add_sentence(_("User of the computer: {name}").format(name=one.computer_user), "Muted.TLabel")
        # For whoever has to look it up in the records.
        self.add_sentence(_("Recorded as: {name}").format(name=one.action), "Muted.TLabel")
        self.open(self.add_button(_("Close"), self.close, "primary"))
