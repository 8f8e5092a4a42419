"""Selfies that a person must look at: the picture beside a stored one, why, and whether the student is here."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk
from PIL import Image as Pictures
from PIL import ImageOps

from gui.dialogs.base import Dialog
from gui.texts import _, anchor, end, ngettext, number_text, shortened, start, told
from gui.theme import pixels
from gui.widgets.picture import Picture, fitted
from gui.widgets.small import EmptyState, follow_width

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.confirming.lessons import Board, BoardRow
    from core.errors import RollcallError
    from gui.application import Application
    from gui.opening import Use

SIDE = 150
"""Pixels of a picture at 100 %."""
WIDTH = 520


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One of them.  selfie, stored: None where there is none."""

    row: BoardRow
    selfie: Pictures.Image | None
    stored: Pictures.Image | None


def to_decide(board: Board) -> list[BoardRow]:
    """Those that wait for a person, in the order they came."""
    waiting = [one for one in board.rows if one.phone is not None and one.phone.state in ("waiting", "review")]
    return sorted(waiting, key=lambda one: 0 if one.phone is None else one.phone.id)


class ReviewDialog(Dialog):
    """One after another; H says here, N not here, Esc leaves the rest for later."""

    def __init__(self, app: Application, session_id: int, changed: Callable[[], None]) -> None:
        super().__init__(app, _("Selfies to look at"))
        self._session_id, self._changed = session_id, changed
        self._put_off: set[int] = set()
        self._is_busy = False
        self.case: Case | None = None
        self.count = self.add_sentence("", "Muted.TLabel")
        self._page = ttk.Frame(self.body, width=pixels(self, WIDTH))
        self._page.pack(fill="both", expand=True)
        self._make_page()
        self._nothing = EmptyState(self.body, "check2-circle", _("Nothing is left to look at"))
        self.here = self.add_button(_("Is here (H)"), lambda: self._decide(accepted=True), "primary")
        self.not_here = self.add_button(_("Not here (N)"), lambda: self._decide(accepted=False), "danger outline")
        self.later = self.add_button(_("Later"), self._later)
        for key, command in (("h", self.here), ("n", self.not_here)):
            for letter in (key, key.upper()):
                self.bind(f"<Key-{letter}>", lambda _event, button=command: button.invoke())  # type: ignore[misc]
        self._load()
        self.open(self.here)

    def accept(self) -> None:
        """Enter alone decides nothing."""

    def _make_page(self) -> None:
        page, gap = self._page, pixels(self, 12)
        self.name = follow_width(ttk.Label(page, style="Title.TLabel", justify=start(), anchor=anchor()))
        self.name.pack(fill="x")
        self.reason = follow_width(ttk.Label(page, justify=start(), anchor=anchor()))
        self.reason.pack(fill="x", pady=(pixels(self, 4), gap))
        pictures = ttk.Frame(page)
        pictures.pack(fill="x")
        self.pictures = []
        self.captions = []
        for _number in range(2):
            place = ttk.Frame(pictures)
            place.pack(side=start(), fill="x", expand=True)
            picture = Picture(place, pixels(self, SIDE), pixels(self, SIDE))
            picture.pack(anchor=anchor())
            caption = ttk.Label(place, style="Muted.TLabel")
            caption.pack(anchor=anchor())
            self.pictures.append(picture)
            self.captions.append(caption)

    def _load(self) -> None:
        side = pixels(self, SIDE)
        work = partial(_next, self._session_id, frozenset(self._put_off), (side, side))
        self._is_busy = True
        self.app.call(work, self._show, owner=self, failed=self._failed)

    def _show(self, found: tuple[int, Case | None]) -> None:
        left, self.case = found
        self._is_busy = False
        for button in (self.here, self.not_here, self.later):
            button.configure(state="disabled" if self.case is None else "normal")
        words = ngettext("{} selfie waits for you.", "{} selfies wait for you.", left)
        self.count.configure(text=words.format(number_text(left)) if left else "")
        if self.case is None:
            self._page.pack_forget()
            self._nothing.pack()
            if not self._put_off:
                self.later.pack_forget()
            self.no_more()
            return
        row = self.case.row
        self.name.configure(text=shortened(f"{row.student.roll}  {row.student.name}", 120))
        self.reason.configure(text=why(row))
        shown = (
            (self.case.selfie, _("The selfie"), _("No selfie to show")),
            (self.case.stored, _("Stored before"), _("No face is stored")),
        )
        for picture, caption, (image, there, missing) in zip(self.pictures, self.captions, shown, strict=True):
            picture.clear() if image is None else picture.show(image)
            caption.configure(text=missing if image is None else there)

    def no_more(self) -> None:
        """Nothing to decide: Esc or this button end it."""
        self.later.configure(text=_("Close"), state="normal", command=self.cancel)
        self.later.pack(side=end())
        self.later.focus_set()

    def _decide(self, *, accepted: bool) -> None:
        case = self.case
        if case is None or case.row.phone is None or self._is_busy:
            return
        self._is_busy = True
        work = partial(_settle, case.row.phone.id, accepted)
        self.app.call(work, lambda _marked: self._decided(), owner=self, failed=self._failed, saves=True)

    def _decided(self) -> None:
        self._changed()
        self._load()

    def _failed(self, _problem: RollcallError) -> bool:
        self._is_busy = False
        return False

    def _later(self) -> None:
        if self.case is not None and self.case.row.phone is not None and not self._is_busy:
            self._put_off.add(self.case.row.phone.id)
            self._load()


def why(row: BoardRow) -> str:
    """Why a person is asked, as a sentence."""
    if row.phone is None or not row.phone.reason:
        return _("Rollcall has not looked at this selfie yet.")
    reason = told(row.phone.reason)
    return f"{reason[:1].upper()}{reason[1:]}."


def _next(session_id: int, put_off: frozenset[int], space: tuple[int, int], use: Use) -> tuple[int, Case | None]:
    """How many wait, and the first that was not put off."""
    from core.confirming.lessons import board

    waiting = to_decide(board(use.store, session_id))
    rows = [one for one in waiting if one.phone is not None and one.phone.id not in put_off]
    return len(waiting), _case(rows[0], space, use) if rows else None


def _case(row: BoardRow, space: tuple[int, int], use: Use) -> Case:
    from core.confirming.reviewing import selfie_of
    from core.errors import NotFoundError, VaultError
    from core.face_gallery import portraits

    selfie = stored = None
    # A name and a reason are enough to look up from the desk.
    with suppress(NotFoundError, VaultError):
        crop = portraits(use.store, [row.student.roll]).get(row.student.roll)
        stored = None if crop is None else fitted(crop, space)
    with suppress(NotFoundError, VaultError):
        if row.phone is not None:
            taken = Pictures.open(io.BytesIO(selfie_of(use.store, row.phone.id))).convert("RGB")
            selfie = ImageOps.contain(taken, space)
    return Case(row, selfie, stored)


def _settle(confirmation_id: int, accepted: bool, use: Use) -> bool:
    from core.confirming.accepting import settle_phone

    return settle_phone(use.store, use.settings, use.actor, confirmation_id, accepted=accepted)
