"""The first thing a new school sees: a few short steps, each of which may be skipped."""

from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.screen import BaseScreen
from gui.screens.first_start_parts.steps import STEPS, LastStep, Step, WelcomeStep
from gui.texts import N_, _, end, number_text, start
from gui.theme import pixels
from gui.widgets.small import keep_focus_in_sight

if TYPE_CHECKING:
    from core.records import Progress
    from gui.application import Application
    from gui.opening import Use


class Screen(BaseScreen):
    """Leads to the first class.  The networks are prepared meanwhile, behind a line at the foot."""

    name = "first_start"
    title = N_("Welcome")
    order = 0
    icon = "stars"

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.number = -1
        self.count = ttk.Label(self, style="Muted.TLabel")
        self.count.pack(fill="x", pady=(0, pixels(self, 10)))
        self.networks = ttk.Label(self, style="Small.TLabel")
        self.networks.pack(side="bottom", fill="x")
        self.buttons = ttk.Frame(self)
        self.buttons.pack(side="bottom", fill="x", pady=pixels(self, 10))
        self.next = ttk.Button(self.buttons, text=_("Next"), bootstyle="primary", command=self.submit)
        self.skip = ttk.Button(self.buttons, text=_("Skip"), bootstyle="neutral", command=self.skip_step)
        self.back = ttk.Button(
            self.buttons, text=_("Back"), bootstyle="neutral", command=lambda: self.go_to(self.number - 1)
        )
        self.step: Step | None = None
        self._place: ttk.Frame | None = None

    def show(self, about: object = None) -> None:
        actor = self.app.actor
        # Who has just made the first account comes here anew, as that admin.
        if actor is not None and actor.account_id is not None:
            self.go_to(len(STEPS) - 1)
        elif self.step is None:
            self.go_to(-1)

    def go_to(self, number: int) -> None:
        """Show a step; -1 is the welcome."""
        if self._place is not None:
            self._place.destroy()
        self.number = number
        if number < 0:
            self._place = self.step = WelcomeStep(self.app, self, self.begin)
        else:
            # Large letters on a small screen need more room than there is.
            self._place = ttk.ScrolledFrame(self)
            self.step = STEPS[number](self.app, self._place)
            self.step.pack(fill="both", expand=True)
            keep_focus_in_sight(self._place, getattr(self.step, "form", self.step))
        self._place.pack(fill="both", expand=True)
        self._show_buttons()
        first = getattr(self.step, "first", self.next)
        self._bind_return()
        first.focus_set()

    def begin(self) -> None:
        """The first step; the networks begin to be prepared."""
        self._prepare()
        self.go_to(0)

    def submit(self) -> None:
        """Keep what the step was given, and go on."""
        if self.step is not None:
            self.step.submit(self._go_on)

    def _go_on(self) -> None:
        self.skip_step()

    def skip_step(self) -> bool:
        """The next step; whether there is one."""
        if self.number + 1 >= len(STEPS):
            return False
        self.go_to(self.number + 1)
        return True

    def _show_buttons(self) -> None:
        for button in (self.next, self.skip, self.back):
            button.pack_forget()
        step, gap = self.step, pixels(self, 8)
        if step is None or self.number < 0:
            self.count.configure(text="")
            return
        self.count.configure(
            text=_("Step {number} of {all}").format(number=number_text(self.number + 1), all=number_text(len(STEPS)))
        )
        is_last = isinstance(step, LastStep)
        self.next.configure(text=_("Go to Today") if is_last else _("Next"))
        self.next.pack(side=end())
        if step.skippable:
            self.skip.pack(side=end(), padx=gap)
        if self.number and not is_last:
            self.back.pack(side=start())

    def _bind_return(self) -> None:
        form = getattr(self.step, "form", None)
        for field in form.winfo_children() if form is not None else ():
            if isinstance(field, ttk.Entry):
                field.bind("<Return>", lambda _event: self.submit())

    def _prepare(self) -> None:
        def work(use: "Use") -> bool:
            from core.networks.prepare import prepare_networks

            prepare_networks(use.home, progress=use.progress)
            return True

        title = _("Preparing the networks")
        if not any(task.title == title for task in self.app.background.running):
            self.networks.configure(
                text=_("Preparing the networks, once; this takes a minute or two. Go on meanwhile.")
            )
            self.call(work, self._ready, progress=self._progress, title=title)

    def _progress(self, news: "Progress") -> None:
        self.networks.configure(text=_("Preparing the networks: {what}").format(what=news.text))

    def _ready(self, _done: bool) -> None:
        self.networks.configure(text=_("✓ The networks are ready."))
