"""A student's details: who they are, where they belong, how to reach them."""

import ttkbootstrap as ttk

from core import clock
from core.office.students import StudentCard
from gui.screens.student_parts import acts
from gui.screens.student_parts.tab import Tab
from gui.texts import _, anchor, moment_text, start
from gui.theme import pixels
from gui.widgets.small import follow_width


class DetailsTab(Tab):
    """Lines of a label and a value; what can be turned on and off below."""

    def show(self, card: StudentCard) -> None:
        for old in self.inside.winfo_children():
            old.destroy()
        lines = ttk.Frame(self.inside)
        lines.pack(fill="x")
        lines.columnconfigure(1, weight=1)
        for row, (label, value) in enumerate(self._values(card)):
            ttk.Label(lines, text=label, style="Muted.TLabel").grid(
                row=row, column=0, sticky=f"n{anchor()}", padx=(0, pixels(self, 24)), pady=pixels(self, 4)
            )
            words = follow_width(ttk.Label(lines, text=value or "–", justify=start(), anchor=anchor()))
            words.grid(row=row, column=1, sticky="ew", pady=pixels(self, 4))
        if self.screen.may("people.change"):
            text = _("Deactivate") if card.student.active else _("Activate")
            self.active = ttk.Button(
                self.inside, text=text, bootstyle="neutral",
                command=lambda: acts.turn_active(self.screen, card.student, self.screen.reload),
            )  # fmt: skip
            self.active.pack(anchor=anchor(), pady=(pixels(self, 18), 0))

    def _values(self, card: StudentCard) -> list[tuple[str, str]]:
        student = card.student
        zone = clock.school_zone(self.screen.app.settings)
        consent = student.consent or _("missing")
        if student.consent_at is not None:
            consent += f"  ·  {moment_text(student.consent_at, zone)}"
        return [
            (_("Roll number"), student.roll),
            (_("Name"), student.name),
            (_("Classes"), ", ".join(f"{one.code} {one.name}" for one in card.classes)),
            (_("Groups"), ", ".join(": ".join(one) for one in card.groups)),
            (_("E-mail"), student.email or ""),
            (_("E-mail of the parents"), (student.parents_email or "").replace(",", ", ").replace("  ", " ")),
            (_("Consent"), consent),
            (_("State"), _("active") if student.active else _("not active: neither recognised nor marked")),
        ]
