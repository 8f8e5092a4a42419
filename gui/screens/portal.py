"""Phones and portal: whether phones and browsers reach this school, at what address, and how they come to trust it."""

import tkinter as tk
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.files import Written
from gui.dialogs.files import save_as
from gui.screen import LOW, BaseScreen
from gui.texts import N_, _, anchor, end, start
from gui.theme import font, pixels
from gui.widgets.qr import QrCode
from gui.widgets.saved import SavedLine
from gui.widgets.small import follow_width, keep_focus_in_sight

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gui.application import Application
    from gui.opening import Use

QR = 190
"""Pixels at 100 %."""
STEPS = (
    N_("The phone joins the school’s network, the same as this computer’s; its own mobile connection leads elsewhere."),
    N_("It scans this code, or its browser opens the address."),
    N_(
        "The first time it warns, because no company sells certificates for a school’s own address. The portal’s page "
        "“/trust” shows how to get past it and how to install the school’s certificate, with pictures."
    ),
    N_(
        "Whoever installs the certificate compares its fingerprint with the one below. The warning itself shows "
        "another one, that of this computer."
    ),
)


class Screen(BaseScreen):
    """For whoever shows codes: teachers and admins."""

    name = "portal"
    title = N_("Phones and portal")
    action = "phones.show"
    order = 65
    icon = "phone"
    least = LOW

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        line = self.heading(_("Phones and portal"))
        self.switch = ttk.Button(line, command=self._switch, bootstyle="primary")
        self.switch.pack(side=end())
        self.saved = SavedLine(self, self)
        self.saved.pack(side="bottom", fill="x")
        self.content = ttk.ScrolledFrame(self, auto_hide=True)
        self.content.pack(fill="both", expand=True)
        self._url = ""
        self._make_state()
        self._make_trust()
        self._serves = tk.BooleanVar(self, value=app.preferences.serves)
        self.with_window = ttk.Checkbutton(
            self.content,
            text=_("Switch it on together with this window"),
            variable=self._serves,
            command=self._keep,
        )
        self.with_window.pack(anchor=anchor(), pady=(pixels(self, 14), 0))
        keep_focus_in_sight(self.content, self.content)
        app.portal.listen(self, self._show_state)

    def show(self, about: object = None) -> None:
        self._show_state()
        self.switch.focus_set()

    def _make_state(self) -> None:
        top = ttk.Frame(self.content)
        top.pack(fill="x")
        self.code = QrCode(top, pixels(self, QR))
        words = self._words = ttk.Frame(top)
        words.pack(side=start(), fill="both", expand=True)
        self.now = self._line(words, "Title.TLabel")
        self._place = address = ttk.Frame(words)
        # Text that can be marked and copied, unlike a label's.
        self.address = ttk.Entry(address, font=font("Title"), state="readonly", width=30)
        self.address.pack(side=start(), fill="x", expand=True)
        self._buttons = [
            ttk.Button(address, text=_("Copy"), bootstyle="neutral", command=self._copy),
            ttk.Button(address, text=_("Open here"), bootstyle="outline", command=self._open),
        ]
        for button in self._buttons:
            button.pack(side=start(), padx=(pixels(self, 8), 0))
        self.notes = self._line(words, "TLabel")
        self._line(words, "Muted.TLabel").configure(
            text=_(
                "Students confirm lessons by phone and see their own record; teachers work with a phone or tablet. "
                "It goes on when you log out, and ends when this window is closed."
            )
        )
        self.accounts = ttk.Button(
            words, text=_("Make accounts"), bootstyle="outline", command=lambda: self.app.open("people")
        )

    def _line(self, parent: ttk.Frame, style: str) -> ttk.Label:
        label = follow_width(ttk.Label(parent, style=style, justify=start(), anchor=anchor()))
        label.pack(fill="x")
        return label

    def _make_trust(self) -> None:
        card = ttk.Frame(self.content, style="Card.TFrame", padding=pixels(self, 14))
        card.pack(fill="x", pady=(pixels(self, 16), 0))
        self._line(card, "CardTitle.TLabel").configure(text=_("How a phone comes in"))
        for number, words in enumerate(STEPS, 1):
            self._line(card, "Card.TLabel").configure(text=f"{number}.  {_(words)}")
        line = ttk.Frame(card, style="Card.TFrame")
        line.pack(fill="x", pady=pixels(self, 6))
        self.certificate = ttk.Button(
            line, text=_("Save the certificate …"), bootstyle="outline", command=self._save_certificate
        )
        self.certificate.pack(side=end(), padx=(pixels(self, 10), 0))
        self.fingerprint = follow_width(ttk.Label(line, style="CardMuted.TLabel", justify=start(), anchor=anchor()))
        self.fingerprint.pack(side=start(), fill="x", expand=True)
        self._line(card, "CardMuted.TLabel").configure(
            text=_(
                "Where phones find nothing, this computer’s firewall keeps them away: allow Rollcall (Python) there "
                "for private networks."
            )
        )

    def _show_state(self) -> None:
        portal = self.app.portal
        state, served = portal.state, portal.served
        titles = {"off": _("The portal is off"), "starting": _("The portal starts …"), "on": _("The portal is on")}
        self.now.configure(text=titles[state.kind])
        self.switch.configure(
            text=_("Switch off") if portal.is_on else _("Switch on"),
            bootstyle="neutral" if portal.is_on else "primary",
        )
        self.notes.configure(text=" ".join(state.notes))
        self._offer_accounts()
        url = "" if served is None else served.url
        self._show_address(url)
        has_fingerprint = served is not None and served.fingerprint
        self.certificate.configure(state="normal" if has_fingerprint else "disabled")
        self.fingerprint.configure(
            text=_("Fingerprint (SHA-256): {pairs}").format(pairs=served.fingerprint)
            if served is not None and served.fingerprint
            else _("The fingerprint stands here while the portal is on.")
        )

    def _offer_accounts(self) -> None:
        """Nobody can log in yet: the one thing that has to be done before."""
        is_missing = not self.app.portal.is_on and not self.app.opened.has_accounts
        if is_missing and not self.app.portal.state.sentence:
            self.notes.configure(text=_("Phones and browsers come in with an account, and nobody has one yet."))
        if is_missing and self.may("accounts.change"):
            self.accounts.pack(anchor=anchor(), pady=(pixels(self, 8), 0))
        else:
            self.accounts.pack_forget()

    def _show_address(self, url: str) -> None:
        if url == self._url:
            return
        self._url = url
        self.address.configure(state="normal")
        self.address.delete(0, "end")
        self.address.insert(0, url)
        self.address.configure(state="readonly")
        self.code.show(None)
        if url:
            self.code.pack(side=start(), anchor="n", padx=(0, pixels(self, 18)), before=self._words)
            self._place.pack(fill="x", pady=pixels(self, 6), after=self.now)
            self.call(partial(_squares, url), partial(self._show_code, url))
        else:
            self.code.pack_forget()
            self._place.pack_forget()

    def _show_code(self, url: str, squares: "NDArray[np.bool_]") -> None:
        if url == self._url:
            self.code.show(squares)

    def _switch(self) -> None:
        portal = self.app.portal
        if portal.is_on:
            portal.switch_off()
        else:
            portal.switch_on(tells=False)

    def _keep(self) -> None:
        self.app.change_preferences(replace(self.app.preferences, serves=self._serves.get()))

    def _copy(self) -> None:
        self.app.root.clipboard_clear()
        self.app.root.clipboard_append(self._url)

    def _open(self) -> None:
        import webbrowser

        url = self._url
        self.call(lambda _use: webbrowser.open(url))

    def _save_certificate(self) -> None:
        save_as(self.app, "rollcall-school.crt", ("crt",), self._write_certificate)

    def _write_certificate(self, path: Path) -> None:
        self.call(partial(_copy_certificate, path), self.saved.show)


def _squares(url: str, _use: "Use") -> "NDArray[np.bool_]":
    from core.confirming.picture import qr_squares

    return qr_squares(url.upper())


def _copy_certificate(path: Path, use: "Use") -> Written:
    from core.certificates import AUTHORITY
    from core.files import write_bytes_atomically

    write_bytes_atomically(path, (use.home.data / "web" / AUTHORITY).read_bytes())
    return Written(path)
