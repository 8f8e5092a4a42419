"""The frame around the screens: who and where at the top, the list at the side, what is going on at the foot."""

import tkinter as tk
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.actor import Actor
from gui.screen import BaseScreen, ScreenInfo
from gui.texts import Side, _, anchor, end, moment_text, start
from gui.theme import font, on_change, pixels
from gui.widgets.small import add_tip
from gui.widgets.tall_place import TallPlace

if TYPE_CHECKING:
    from gui.application import Application

LIST_WIDTH = 18
"""Letters."""
GAP = 2
PADDING = 6
"""Above and below a name in the list, pixels at 100 %; less where the window is low."""
NAMES_FROM = 1000
"""From this width of the window on, pixels at 100 %, the list has names; else icons, until somebody wants names."""
TOLD_MS = 60_000
"""So long a sentence stays that tells what was done."""
_ROLES = {"admin": "Admin", "teacher": "Teacher", "student": "Student", "kiosk": "Kiosk"}


class Shell(ttk.Frame):
    """Made for who is logged in; holds the screens that were opened."""

    def __init__(self, app: "Application", screens: Sequence[ScreenInfo]) -> None:
        super().__init__(app.root)
        self.app = app
        self._infos = {one.name: one for one in screens}
        self._screens: dict[str, BaseScreen] = {}
        self._wanted: tuple[str, object] | None = None
        self.current: str | None = None
        self._buttons: dict[str, ttk.Button] = {}
        self._wants_names: bool | None = None
        self._has_names = True
        self._tipped: set[str] = set()
        self._bound: list[str] = []
        self._above = pixels(self, PADDING)
        self.listed = [one for one in screens if one.order and one.is_open_to(_actor(app))]
        self._make_header()
        self.status = StatusLine(self, app)
        self.status.pack(side="bottom", fill="x")
        self._make_list()
        self.place_of_page = TallPlace(self)
        self.place_of_page.pack(side=start(), fill="both", expand=True)
        self.content = self.place_of_page.page
        self._bind_keys()
        self.show_school()
        self.bind("<Configure>", self._resized)

    def open(self, name: str, about: object = None) -> None:
        """Bring a screen to the front, unless the one in front has something against it."""
        info = self._infos.get(name)
        if info is None:
            raise KeyError(f"there is no screen {name}")
        if self.current != name and not self.leave():
            return
        self._wanted = name, about
        if name in self._screens:
            self._bring(name, about)
        else:
            self.app.load_screen(info, lambda made: self._loaded(info, made))

    def leave(self) -> bool:
        """Whether the screen in front may be left."""
        return self.current is None or self._screens[self.current].leave()

    def screen(self, name: str) -> BaseScreen | None:
        """A screen that was opened."""
        return self._screens.get(name)

    def show_school(self) -> None:
        """The school's name, which the settings may have changed."""
        self._school.configure(text=self.app.settings.school or "Rollcall")

    def _loaded(self, info: ScreenInfo, made: type) -> None:
        if info.name not in self._screens:
            self._screens[info.name] = made(self.app, self.content)
        # Another one may have been asked for meanwhile.
        if self._wanted is not None and self._wanted[0] == info.name:
            self._bring(*self._wanted)

    def _bring(self, name: str, about: object) -> None:
        if self.current is not None:
            self._screens[self.current].pack_forget()
        self.current = name
        self._show_current()
        self.place_of_page.set_least(self._screens[name].least)
        self.place_of_page.to_top()
        self._screens[name].pack(fill="both", expand=True)
        if str(self.tk.call("focus")).startswith(f"{self.content}."):
            # Else the keys would go on to the page that is hidden.
            self._screens[name].focus_set()
        self._screens[name].show(about)

    def _make_header(self) -> None:
        bar = self._bar = ttk.Frame(self, bootstyle="@chrome", padding=(pixels(self, 16), pixels(self, 8)))
        bar.pack(side="top", fill="x")
        self._names_button = self._add_button(bar, "list", _("Names of the pages"), self._turn_names, start())
        self._names_button.pack_configure(padx=(0, pixels(self, 8)))
        self._school = ttk.Label(bar, bootstyle="@chrome", font=font("Title"))
        self._school.pack(side=start())
        actor = _actor(self.app)
        if actor.account_id is not None:
            self._add_button(bar, "box-arrow-right", _("Log out"), self.app.log_out)
            self._add_button(bar, "lock", _("Lock (Ctrl+L)"), self.app.lock)
        self._add_button(bar, "circle-half", _("Light or dark"), self.app.toggle_mode)
        role = f" · {_(_ROLES.get(actor.role, actor.role))}" if actor.account_id is not None else ""
        who = ttk.Label(bar, bootstyle="@chrome", text=f"{actor.name}{role}")
        who.pack(side=end(), padx=pixels(self, 12))
        ttk.Separator(self).pack(side="top", fill="x")

    def _add_button(
        self, bar: ttk.Frame, icon: str, tip: str, command: Callable[[], None], side: Side | None = None
    ) -> ttk.Button:
        button = ttk.Button(bar, icon=icon, icon_only=True, text=tip, bootstyle="@chrome ghost", command=command)
        button.pack(side=side or end(), padx=(pixels(self, 4), 0))
        add_tip(button, tip)
        return button

    def _make_list(self) -> None:
        self._side = side = ttk.Frame(self, bootstyle="@chrome", padding=pixels(self, 10))
        side.pack(side=start(), fill="y")
        for info in self.listed:
            button = ttk.Button(
                side,
                text=info.shown_title,
                icon=info.icon,
                bootstyle="@chrome ghost",
                width=LIST_WIDTH,
                command=partial(self._choose, info.name),
                padding=(pixels(self, 10), self._above),
            )
            button.grid(sticky="ew", pady=(0, pixels(self, GAP)))
            self._buttons[info.name] = button
        ttk.Separator(self, orient="vertical").pack(side=start(), fill="y")
        on_change(self, self._show_current)

    def _resized(self, event: "tk.Event[tk.Misc]") -> None:
        if event.widget is self:
            # Once the parts of the window have their sizes too.
            self.after_idle(self._fit_list)

    def _choose(self, name: str) -> None:
        if self._wants_names and self.winfo_width() < pixels(self, NAMES_FROM):
            # The names were wanted to choose by, and cover much of a small window.
            self._wants_names = None
            self._fit_list()
        self.open(name)

    def _turn_names(self) -> None:
        self._wants_names = not self._has_names
        self._fit_list()

    def _fit_list(self) -> None:
        """Large letters on a small screen: the list gives way, so that every page can be reached and has its room."""
        is_wide = self.winfo_width() >= pixels(self, NAMES_FROM)
        wanted = is_wide if self._wants_names is None else self._wants_names
        if wanted != self._has_names:
            self._has_names = wanted
            self._dress()
            self._show_current()
        room = self._side.winfo_height() - pixels(self, 20)
        if not self._buttons or room <= 0:
            return
        high = next(iter(self._buttons.values())).winfo_reqheight() - 2 * self._above
        # A second column takes more from the page than the gaps are worth.
        gap = pixels(self, GAP) if (high + pixels(self, GAP)) * len(self._buttons) <= room else 0
        each = high + gap
        columns = -(-each * len(self._buttons) // room)
        rows = -(-len(self._buttons) // columns)
        self._above = max(0, min(pixels(self, PADDING), (room // rows - each) // 2))
        for place, button in enumerate(self._buttons.values()):
            button.configure(padding=(pixels(self, 10 if self._has_names else 6), self._above))
            button.grid(row=place % rows, column=place // rows, sticky="ew", pady=(0, gap))

    def _dress(self) -> None:
        for info in self.listed:
            button = self._buttons[info.name]
            button.configure(icon_only=not self._has_names, width=LIST_WIDTH if self._has_names else 0)
            if info.name not in self._tipped and not self._has_names:
                self._tipped.add(info.name)
                add_tip(button, info.shown_title)

    def _show_current(self) -> None:
        for name, button in self._buttons.items():
            button.configure(bootstyle="primary" if name == self.current else "@chrome ghost")
            # Each has a style of its own, for its icon.
            self.app.root.style.configure(button.cget("style"), anchor=anchor())

    def _bind_keys(self) -> None:
        for number, info in enumerate(self.listed[:9], 1):
            self._bind_root(f"<Control-Key-{number}>", self._opens(info.name))
        self._bind_root("<F1>", self._opens("help"))
        self._bind_root("<Control-l>", lambda _event: self.app.lock())
        self._bind_root("<Escape>", lambda _event: self._go_back())
        self.place_of_page.bind_to(self._bind_root)

    def _bind_root(self, sign: str, then: "Callable[[tk.Event[tk.Misc]], object]") -> None:
        self.app.root.bind(sign, then)
        self._bound.append(sign)

    def destroy(self) -> None:
        """Keys and focus of the window, which stays, no longer reach what is gone."""
        while self._bound:
            self.app.root.unbind(self._bound.pop())
        super().destroy()

    def _go_back(self) -> None:
        if self.winfo_ismapped() and not self.app.dialogs and self.current is not None:
            self._screens[self.current].go_back()

    def _opens(self, name: str) -> Callable[[object], None]:
        def by_key(_event: object) -> None:
            if self.winfo_ismapped() and not self.app.dialogs:
                self.open(name)

        return by_key


class StatusLine(ttk.Frame):
    """What runs in the background, and when something was saved last."""

    def __init__(self, parent: ttk.Frame, app: "Application") -> None:
        super().__init__(parent, bootstyle="@chrome", padding=(pixels(parent, 16), pixels(parent, 4)))
        self._app = app
        self._left = ttk.Label(self, bootstyle="@chrome", font=font("Small"))
        self._left.pack(side=start())
        self._right = ttk.Label(self, bootstyle="@chrome", font=font("Small"))
        self._right.pack(side=end())
        self._portal = ttk.Label(self, bootstyle="@chrome", font=font("Small"))
        self._portal.pack(side=end(), padx=pixels(self, 16))
        app.portal.listen(self, self._show_portal)
        self._sentence = ""
        self._going: str | None = None

    def tell(self, sentence: str) -> None:
        """A sentence that nobody must answer; it stays for a while, or until the next one.

        Work that has nothing to say gives an empty one, which takes nobody else's away.
        """
        if not sentence:
            return
        self._show(sentence)
        if self._going is not None:
            self.after_cancel(self._going)
        self._going = self.after(TOLD_MS, lambda: self._show(""))

    def _show(self, sentence: str) -> None:
        self._sentence = sentence
        self.show_running([])

    def show_running(self, titles: Sequence[str]) -> None:
        """The titles of what runs."""
        self._left.configure(text=" · ".join(titles) or self._sentence)

    def _show_portal(self) -> None:
        served = self._app.portal.served
        self._portal.configure(text="" if served is None else _("Portal: {address}").format(address=served.url))

    def saved(self) -> None:
        """Something was saved at this moment."""
        from core import clock

        moment = moment_text(clock.now(), clock.school_zone(self._app.settings))
        self._right.configure(text=_("Saved: {when}").format(when=moment))


def _actor(app: "Application") -> Actor:
    if app.actor is None:
        raise RuntimeError("nobody is logged in")
    return app.actor
