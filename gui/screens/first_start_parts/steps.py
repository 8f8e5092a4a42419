"""The steps: school, how the faces are kept, camera, account of an admin, and what to do next."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import ttkbootstrap as ttk

from core.configuring import change_settings
from gui.networks import load_networks
from gui.screens.settings_parts.forms import SCHOOL, ZONE
from gui.texts import N_, _, anchor, start
from gui.theme import pixels
from gui.widgets.camera import CameraChoice
from gui.widgets.form import Form, not_empty
from gui.widgets.new_password import NewPassword
from gui.widgets.pages import NARROW, Field, typed
from gui.widgets.small import EmptyState, follow_width

if TYPE_CHECKING:
    from core.marking_result import MarkResult
    from core.settings import Settings
    from core.store.accounts import Account
    from gui.application import Application
    from gui.opening import Use

_KEPT = {
    "keyring": N_(
        "Faces are stored encrypted. The key is in the keyring of your account on this computer, so another account or "
        "computer cannot read them."
    ),
    "passphrase": N_(
        "Faces are stored encrypted. The key comes from a passphrase, which is asked for when a face is needed."
    ),
    "file": N_(
        "Faces are stored encrypted, but the key lies beside them: whoever copies the whole folder can read them. A "
        "passphrase is safer; docs/security.md tells how to set one."
    ),
}


def kept_text(source: str) -> str:
    """How the faces are kept, in words; source: who keeps their key."""
    return _(_KEPT.get(source, _KEPT["file"]))


def demo_text(result: "MarkResult") -> str:
    """What the demo came to."""
    here = ", ".join(one.name for one in result.present)
    gone = ", ".join(one.name for one in result.absent)
    return _(
        "Recognised: {here}. Not there: {gone}. Strangers: {strangers}. The class DEMO stays for you to try."
    ).format(here=here, gone=gone, strangers=result.unknown_faces)


class Step(ttk.Frame):
    """One step.  ``submit`` keeps what was given, then calls ``then``."""

    title: ClassVar[str]
    sentence: ClassVar[str] = ""
    skippable: ClassVar[bool] = True

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(parent)
        self.app = app
        ttk.Label(self, text=_(self.title), style="Title.TLabel").pack(anchor=anchor())
        self.add_text(_(self.sentence))

    def submit(self, then: Callable[[], None]) -> None:
        """Go on; a step with nothing to keep does so at once."""
        then()

    def add_text(self, text: str) -> ttk.Label:
        """A paragraph."""
        label = follow_width(ttk.Label(self, text=text, style="Muted.TLabel", justify=start(), anchor=anchor()))
        label.pack(fill="x", pady=(pixels(self, 4), pixels(self, 10)))
        return label

    def add_form(self) -> Form:
        """A form that is not too wide."""
        form = Form(self)
        form.columnconfigure(0, minsize=pixels(self, NARROW))
        form.pack(anchor=anchor())
        return form


class SchoolStep(Step):
    """Name and time zone."""

    title = N_("Your school")
    sentence = N_("Both can be changed later in the settings.")

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.form = self.add_form()
        school, zone = app.settings.school, app.settings.time_zone or ""
        self.first = self.form.add_text("school", _(SCHOOL.label), value=school, check=not_empty, hint=_(SCHOOL.hint))
        self.form.add_text("time_zone", _(ZONE.label), value=zone, check=ZONE.check, hint=_(ZONE.hint))

    def submit(self, then: Callable[[], None]) -> None:
        if not self.form.check():
            return
        values = self.form.values()
        fields: tuple[Field, ...] = (SCHOOL, ZONE)
        changes = {one.name: typed(one, values[one.name]) for one in fields}

        def saved(_settings: "Settings") -> None:
            self.app.reload_settings(then)

        self.app.call(lambda use: change_settings(use.store, changes), saved, owner=self, saves=True)


class FacesStep(Step):
    """Only words."""

    title = N_("How faces are kept")
    sentence = N_("Nothing leaves this computer. Faces are kept only of who agreed, and go when they withdraw.")

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.told = self.add_text("…")

        def look(use: "Use") -> str:
            from core.rekeying import state

            return kept_text(state(use.store, unlock=False).source)

        app.call(look, lambda text: self.told.configure(text=text), owner=self)


class CameraStep(Step):
    """A picture, or why there is none."""

    title = N_("Your camera")
    sentence = N_("See whether a camera works. Photos and videos can be used without one.")

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.camera = CameraChoice(self, app)
        self.camera.pack(anchor=anchor())


class AccountStep(Step):
    """The first account; whoever makes it goes on as that admin."""

    title = N_("Account of an admin")
    sentence = N_("With it everybody logs in, and sees only what is theirs. Skip it to look around first.")

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.form = self.add_form()
        self.password = NewPassword(self.form)
        self.first = self.password.name

    def submit(self, then: Callable[[], None]) -> None:
        if self.form.check():
            self.password.set_up(self.app, self, self._made)

    def _made(self, account: "Account") -> None:
        # The window begins anew for the admin, with this screen at its last step.
        self.app.log_in(account.actor())


class LastStep(Step):
    """The demo, and on to the first page."""

    title = N_("Ready")
    sentence = N_("Try Rollcall with a class of two, on pictures that came with it, or begin with your own students.")
    skippable = False

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.demo = ttk.Button(self, text=_("Try it with the demo class"), bootstyle="neutral", command=self._try)
        self.demo.pack(anchor=anchor())
        self.told = self.add_text("")
        self.first = self.demo

    def submit(self, then: Callable[[], None]) -> None:
        self.app.open("today")

    def _try(self) -> None:
        self.app.wait_for(_("Trying it with the demo class"), _run_demo, self._tried, owner=self)

    def _tried(self, result: "MarkResult") -> None:
        self.told.configure(text=demo_text(result))


def _run_demo(use: "Use") -> "MarkResult":
    from core.demo import run_demo
    from core.locks import home_lock

    with home_lock(use.home, "running the demo"):
        return run_demo(use.store, load_networks(use), use.settings, use.progress)


class WelcomeStep(Step):
    """Before the first: to begin, or not."""

    title = ""
    skippable = False

    def __init__(self, app: "Application", parent: ttk.Frame, begin: Callable[[], None]) -> None:
        ttk.Frame.__init__(self, parent)
        self.app = app
        state = EmptyState(
            self, "stars", _("Welcome to Rollcall"), _("A few short steps make it ready. Or look around first."),
            _("Set it up"), begin,
        )  # fmt: skip
        ttk.Button(state, text=_("Look around"), bootstyle="link", command=partial(app.open, "today")).pack()
        state.place(relx=0.5, rely=0.42, anchor="center")
        self.first = state.button


STEPS: tuple[type[Step], ...] = (SchoolStep, FacesStep, CameraStep, AccountStep, LastStep)
