"""Help: what to do when something does not work, and the keys of every page."""

from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.screen import LOW, BaseScreen
from gui.screens.mark_parts.asking import KEYS as MARKING
from gui.texts import N_, _, anchor, start
from gui.theme import pixels
from gui.widgets.small import follow_width

if TYPE_CHECKING:
    from gui.application import Application

KEYS = (
    (
        N_("Everywhere"),
        (
            ("Ctrl+1 … Ctrl+9", N_("The pages of the list at the side, from the top")),
            ("F1", N_("This page; while marking, the keys of marking")),
            ("Ctrl+L", N_("Lock the window")),
            ("Tab, Shift+Tab", N_("The next field or button, the one before")),
            (N_("Space"), N_("Press the button that has the frame")),
            (N_("Enter, Esc"), N_("Accept or cancel a question")),
        ),
    ),
    (
        N_("Lists"),
        (
            ("Ctrl+F", N_("Search")),
            (N_("Arrows, Home, End"), N_("Another row")),
            (N_("Enter"), N_("Open the row")),
            (N_("Del"), N_("Delete what is chosen, after a question")),
        ),
    ),
    (
        N_("A day, or somebody from a list"),
        (
            (N_("↓, F4"), N_("Open the calendar or the list")),
            (N_("Arrows"), N_("Another day, another row")),
            (N_("PgUp, PgDn"), N_("The month before, the month after; with Ctrl the year")),
            (N_("Home"), N_("Today")),
            (N_("Enter, Esc"), N_("Take it, or leave it as it was")),
        ),
    ),
    (N_("Mark Attendance"), MARKING),
    (
        N_("Register"),
        (
            ("P, A, L, E", N_("Set the mark")),
            (N_("Space"), N_("The next status, around and around")),
            (N_("Enter"), N_("Minutes late, reason, and who changed it")),
            (N_("Arrows"), N_("Another student, another lesson")),
            (N_("Ctrl+←, Ctrl+→"), N_("The month before, the month after")),
            (N_("Ctrl+Enter"), N_("Everybody without a mark in this lesson is present")),
            ("Ctrl+Z", N_("Undo the last change")),
            ("Ctrl+S, Ctrl+P", N_("Save as a file, print")),
        ),
    ),
    (
        N_("Seating plan"),
        (
            (N_("Enter"), N_("Pick up who is there, put down who is picked up")),
            (N_("Arrows"), N_("Another seat")),
            (N_("Del"), N_("Without a seat")),
            ("Ctrl+Z, Ctrl+S", N_("Undo, save")),
        ),
    ),
    (
        N_("Create data set"),
        (
            ("S", N_("Take a picture now")),
            (N_("Space"), N_("Pause, and go on")),
            ("N", N_("The next student")),
            (N_("Q, Esc"), N_("Stop")),
        ),
    ),
)
WHEN = (
    (
        N_("The camera is used by another program"),
        N_("Close Teams, Zoom or whatever shows the camera’s picture, then press Retry."),
    ),
    (
        N_("The picture is black, stands still, or no camera is found"),
        N_("Open its shutter, pull its plug and put it in again, then press Retry. Marking by hand works meanwhile."),
    ),
    (
        N_("A student is not recognised"),
        N_("Mark them by hand, so that nobody waits. Later take more photos of them, in the light of the classroom."),
    ),
    (
        N_("Nobody is recognised"),
        N_("Turn on the light and move the camera closer. If the class was never trained, press Train on its page."),
    ),
    (
        N_("Somebody was marked by mistake"),
        N_("Select the student and press N: the mark goes, and the face is never taken for that student again."),
    ),
    (
        N_("A student or a parent does not want the face to be used"),
        N_("Open the student, page Consent, Withdraw. The face is erased at once; the student is marked by hand."),
    ),
    (
        N_("The lesson is not in the list"),
        N_("On Mark Attendance choose the class with “now”. An admin enters what repeats in the timetable."),
    ),
    (
        N_("The lesson is closed or locked and a mark is wrong"),
        N_("Change it in the register with a reason. After some days only an admin can; the settings say how many."),
    ),
    (
        N_("The computer was switched off during a lesson"),
        N_("Open the same lesson again. Everything until then is there, and Start goes on."),
    ),
    (
        N_("An Excel sheet cannot be saved"),
        N_("It is open in Excel. Rollcall writes a second one beside it; the marks are safe in either case."),
    ),
    (
        N_("Mail is not sent"),
        N_("Look at the page Mail, Outbox: each letter has its reason. Once that is mended, send it again there."),
    ),
    (
        N_("The password is forgotten"),
        N_("An admin gives you a code on the page People and roles. Log in with “First time here? Use your code”."),
    ),
    (
        N_("Something was deleted by mistake, or the data is damaged"),
        N_("A copy of the data is made every day. An admin puts one back on the page Settings, Backups."),
    ),
)


class Screen(BaseScreen):
    """Only words."""

    name = "help"
    title = N_("Help")
    order = 900
    icon = "question-circle"
    least = LOW

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.heading(_("Help"))
        place = ttk.ScrolledFrame(self)
        place.pack(fill="both", expand=True)
        self._add_when(place)
        self._add_keys(place)

    def _add_keys(self, place: ttk.Frame) -> None:
        ttk.Label(place, text=_("Keys"), style="Title.TLabel").pack(anchor=anchor(), pady=(pixels(self, 20), 0))
        keys = ttk.Frame(place)
        keys.pack(anchor=anchor())
        row = 0
        for where, pairs in KEYS:
            ttk.Label(keys, text=_(where)).grid(
                row=row, column=0, sticky=anchor(), pady=(pixels(self, 10), pixels(self, 2))
            )
            for key, does in pairs:
                row += 1
                ttk.Label(keys, text=_(key), style="Muted.TLabel").grid(
                    row=row, column=0, sticky=anchor(), padx=(0, pixels(self, 24))
                )
                ttk.Label(keys, text=_(does), style="Muted.TLabel").grid(row=row, column=1, sticky=anchor())
            row += 1

    def _add_when(self, place: ttk.Frame) -> None:
        ttk.Label(place, text=_("What to do when …"), style="Title.TLabel").pack(anchor=anchor())
        for what, then in WHEN:
            ttk.Label(place, text=_(what)).pack(anchor=anchor(), pady=(pixels(self, 10), 0))
            follow_width(ttk.Label(place, text=_(then), style="Muted.TLabel", justify=start())).pack(fill="x")
