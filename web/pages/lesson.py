"""One lesson of a teacher: its register, marks set by hand, what else is done with it, and its sheet."""

import hashlib
from collections.abc import Mapping

from flask import render_template, request
from flask.typing import ResponseReturnValue

from core import clock
from core.confirming.lessons import Board, BoardRow, board, board_if_used
from core.correcting import check_may_mark, mark_all_present, set_mark, set_marks, undo
from core.errors import ConflictError, InputError
from core.files import safe_name
from core.records import MarkRow
from core.registers import Register, mark_details, register_of
from core.reports.session_files import write_sheet_of
from core.review import undecided
from core.sessions import close_session, lock_session, open_again, review_session
from core.store.marks import MarkState, Wish
from web.pieces import Piece, piece_of
from web.site import site
from web.teaching import actor, blueprint, done, download, told, told_on
from web.wording import gettext as _
from web.wording import ngettext, sentence

pages = blueprint("lesson", "/lesson/<int:session_id>")
MOST_SELFIES = 8
"""So many to decide about are on a page, before all marks or all names of the class; the next ones follow them."""


@pages.get("/")
def page(session_id: int) -> ResponseReturnValue:
    """The register."""
    here = site()
    register = register_of(here.store, session_id)
    found = board(here.store, session_id)
    return render_template(
        "teacher/lesson.html",
        register=register,
        seen={one.student_id: seen(one) for one in register.rows},
        board=found,
        waiting=waiting(found),
        phones={one.student.id: one.phone for one in found.rows if one.phone is not None},
        faces=sum(one.kind == "review" for one in undecided(here.store, session_id)),
        refused=_refused(register),
    )


def waiting(found: Board) -> Piece[BoardRow]:
    """Those whose selfie is to be decided about, as many as a page shows."""
    rows = [one for one in found.rows if one.phone is not None and one.phone.state in ("review", "waiting")]
    return piece_of(rows, MOST_SELFIES)


def _refused(register: Register) -> str | None:
    """Why nobody can be marked in it now by who looks; None if they can."""
    try:
        check_may_mark(site().settings, actor(), register.session)
    except ConflictError as error:
        return sentence(error)
    return None


def seen(row: MarkRow) -> str:
    """What a mark was when the page was made, so that nobody’s later change is overwritten unseen."""
    state = repr((row.status, row.minutes_late, row.reason, row.source))
    return hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()[:12]


@pages.post("/marks")
@told_on(page)
def save(session_id: int) -> ResponseReturnValue:
    """Set all marks that were changed on the page: all of them or none."""
    here, given = site(), request.form
    register = register_of(here.store, session_id)
    reason = given.get("reason", "").strip() or None
    wishes, before = [], {}
    for row in register.rows:
        wanted = given.get(f"mark-{row.student_id}")
        if wanted is None or wanted == given.get(f"was-{row.student_id}", row.status):
            continue
        if given.get(f"seen-{row.student_id}", seen(row)) != seen(row):
            raise ConflictError(
                f"The mark of {row.roll} {row.name} was changed while you looked, so nothing was done. "
                "Look at it again."
            )
        wishes.append(Wish(session_id, row.student_id, _state(register, wanted, given, reason)))
        before[session_id, row.student_id] = _now(row)
    if not wishes:
        raise InputError(_("Nothing was changed. Choose a mark first."))
    made = set_marks(here.store, here.settings, actor(), wishes, why=reason, before=before)
    return done(_saved(len(made.changes), made.notes), "lesson.page", session_id=session_id)


def _state(register: Register, wanted: str, given: Mapping[str, str], reason: str | None) -> MarkState | None:
    if not wanted:
        return None
    status = register.statuses.get(wanted)
    if status is None:
        raise InputError(_("This mark does not exist any more. Look at the register again."))
    minutes = given.get("minutes", "").strip()
    if minutes and not (minutes.isascii() and minutes.isdecimal() and len(minutes) < 5):
        raise InputError(_("Write minutes, like 10, or leave it empty."))
    is_late = status.counts_as == "late" and minutes
    # Why somebody is absent belongs to the mark; why a mark was corrected to present, to the history only.
    return MarkState(wanted, int(minutes) if is_late else None, None if status.counts_as == "present" else reason)


def _now(row: MarkRow) -> MarkState | None:
    return MarkState(row.status, row.minutes_late, row.reason, row.source) if row.status else None


def _saved(count: int, notes: tuple[str, ...]) -> str:
    return " ".join((ngettext("{} mark is saved.", "{} marks are saved.", count), *map(told, notes)))


@pages.get("/student/<int:student_id>")
def details(session_id: int, student_id: int) -> ResponseReturnValue:
    """One mark: what it is, who set it when and why, and what it was before."""
    store = site().store
    register = register_of(store, session_id)
    row = next((one for one in register.rows if one.student_id == student_id), None)
    if row is None:
        raise InputError(_("This student is not in the lesson any more. Look at the register again."))
    found, live = mark_details(store, session_id, student_id), board_if_used(store, session_id)
    phones = live.rows if live is not None and live.is_on else ()
    declined = next((one.phone for one in phones if one.student.id == student_id and one.is_declined), None)
    return render_template(
        "teacher/mark.html", register=register, row=row, found=found, refused=_refused(register), declined=declined
    )


@pages.post("/student/<int:student_id>")
@told_on(details)
def change(session_id: int, student_id: int) -> ResponseReturnValue:
    """Change it."""
    here, given = site(), request.form
    register = register_of(here.store, session_id)
    reason = given.get("reason", "").strip() or None
    state = _state(register, given.get("status", ""), given, reason)
    made = set_marks(here.store, here.settings, actor(), [Wish(session_id, student_id, state)], why=reason)
    return done(_saved(len(made.changes), made.notes), "lesson.page", session_id=session_id)


@pages.post("/mark")
@told_on(page)
def mark(session_id: int) -> ResponseReturnValue:
    """Set one student’s mark, by roll number and letter."""
    here, given = site(), request.form
    made = set_mark(
        here.store,
        here.settings,
        actor(),
        session_id,
        given.get("roll", ""),
        given.get("status") or None,
        minutes=given.get("minutes", type=int),
        reason=given.get("reason") or None,
    )
    return done(_saved(len(made.changes), made.notes), "lesson.page", session_id=session_id)


@pages.post("/do")
@told_on(page)
def do(session_id: int) -> ResponseReturnValue:
    """All present, undo, lock, open, close, or reviewed."""
    here, what, words = site(), request.form.get("what", ""), ""
    if what == "present":
        made = mark_all_present(here.store, here.settings, actor(), session_id)
        words = _saved(len(made.changes), made.notes)
    elif what == "undo":
        taken = undo(here.store, here.settings, actor(), session_id)
        words = " ".join((_("The last change is taken back."), *map(told, taken.notes)))
    elif what == "lock":
        lock_session(here.store, session_id)
        words = _("The lesson is locked: only you can mark now.")
    elif what == "open":
        open_again(here.store, here.settings, actor(), session_id)
        words = _("The lesson is open again.")
    elif what == "close":
        closed = close_session(here.store, here.settings, actor(), session_id)
        words = " ".join((_("The lesson is closed; who had no mark is absent or excused."), *map(told, closed.notes)))
    elif what == "reviewed":
        review_session(here.store, session_id)
        words = _("You have looked this register through. Mails about it may go out now.")
    else:
        raise InputError(_("Choose what shall be done with the lesson."))
    return done(words, "lesson.page", session_id=session_id)


@pages.get("/sheet.xlsx")
def sheet(session_id: int) -> ResponseReturnValue:
    """The sheet of the lesson."""
    here = site()
    register = register_of(here.store, session_id)
    begin = clock.local(register.session.starts_at, clock.school_zone(here.settings))
    name = f"{safe_name(register.school_class.code)}_{begin:%Y-%m-%d_%H%M}.xlsx"
    return download(lambda path: write_sheet_of(here.store, here.settings, session_id, path), "xlsx", name)
