"""Phones in a lesson: whether they take part, the code on the wall, the live board, and what the teacher decides."""

from flask import jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.confirming import lessons
from core.confirming.accepting import let_confirm_again, settle_phone
from core.confirming.lessons import Board, BoardRow
from core.confirming.picture import qr_squares
from core.confirming.reviewing import selfie_of
from core.registers import register_of
from core.vision.images import decode_png
from web.pages import lesson
from web.pictures import face_answer
from web.site import site
from web.teaching import actor, blueprint, done, phones_reach, told_on
from web.wording import gettext as _

pages = blueprint("phones", "/lesson/<int:session_id>")
PLACES = ("review", "missing", "both", "phone", "face")


@pages.get("/board")
def page(session_id: int) -> ResponseReturnValue:
    """Who is there by what, as of now; it renews itself."""
    return _board("teacher/board.html", session_id)


@pages.get("/board/part")
def part(session_id: int) -> ResponseReturnValue:
    """The part of that page that changes."""
    return _board("teacher/board_part.html", session_id)


def _board(template: str, session_id: int) -> str:
    store = site().store
    found = lessons.board(store, session_id)
    return render_template(
        template,
        board=found,
        waiting=lesson.waiting(found),
        register=register_of(store, session_id),
        groups=_grouped(found),
        places=PLACES,
    )


def _grouped(found: Board) -> dict[str, list[BoardRow]]:
    groups: dict[str, list[BoardRow]] = {one: [] for one in PLACES}
    for row in found.rows:
        groups[row.place].append(row)
    return groups


@pages.get("/board.json")
def board(session_id: int) -> ResponseReturnValue:
    """The counts, and what each mark is now."""
    store = site().store
    found = lessons.board(store, session_id)
    phones = {one.student.id: one.phone.state for one in found.rows if one.phone is not None}
    rows = [
        {
            "student": one.student_id,
            "status": one.status,
            "seen": lesson.seen(one),
            "phone": phones.get(one.student_id),
        }
        for one in register_of(store, session_id).rows
    ]
    return jsonify(counts=found.counts, rows=rows)


@pages.post("/phones")
@told_on(lesson.page)
def set_mode(session_id: int) -> ResponseReturnValue:
    """How phones take part."""
    mode = request.form.get("mode", "")
    lessons.set_mode(site().store, actor(), session_id, mode)
    if mode == "off":
        return done(_("No phones in this lesson."), "lesson.page", session_id=session_id)
    return done(_("Phones take part. Show the code now."), "lesson.page", session_id=session_id)


def _of_confirmation(session_id: int, confirmation_id: int) -> ResponseReturnValue:
    return page(session_id)


@pages.post("/phones/<int:confirmation_id>")
@told_on(_of_confirmation)
def decide(session_id: int, confirmation_id: int) -> ResponseReturnValue:
    """Accept or refuse a confirmation, or let who was refused send another one."""
    here, wanted = site(), request.form.get("accepted")
    if wanted == "again":
        let_confirm_again(here.store, here.settings, actor(), confirmation_id)
        return done(_("This student may confirm again now."), "lesson.page", session_id=session_id)
    accepted = wanted == "yes"
    settle_phone(here.store, here.settings, actor(), confirmation_id, accepted=accepted)
    words = _("The confirmation is accepted.") if accepted else _("The confirmation is refused.")
    place = "phones.page" if request.form.get("back") == "board" else "lesson.page"
    return done(words, place, session_id=session_id)


@pages.get("/phones/<int:confirmation_id>.jpg")
def selfie(session_id: int, confirmation_id: int) -> ResponseReturnValue:
    """The face of a selfie that waits for a decision."""
    return face_answer(decode_png(selfie_of(site().store, confirmation_id)))


@pages.get("/code")
def code(session_id: int) -> ResponseReturnValue:
    """The code for the whole room; the page renews itself."""
    shown = lessons.show_code(site().store, session_id)
    return render_template("teacher/code.html", shown=shown, **_sentences(phones_reach()))


@pages.get("/code.json")
def code_now(session_id: int) -> ResponseReturnValue:
    """The code of this moment: squares as rows of 0 and 1."""
    shown = lessons.show_code(site().store, session_id)
    address = phones_reach()
    rows = ["".join("1" if one else "0" for one in row) for row in qr_squares(f"{address}{shown.path}".upper())]
    return jsonify(
        rows=rows,
        typed=shown.typed,
        seconds=shown.seconds,
        confirmed=shown.confirmed,
        expected=shown.expected,
        **_sentences(address),
    )


def _sentences(address: str) -> dict[str, str]:
    """What is written beside a code.  address: of the portal for phones."""
    return {
        "scan": _("Scan it with the phone’s camera, or open {address} and type the code.").format(address=address),
        # Over plain HTTP no phone warns.
        "trust": _("The phone warns? {address} says what to do.").format(address=address + url_for("trust.page"))
        if site().secure
        else "",
    }
