"""The stored faces of a student: looked at, taken from photos, and deleted where one is wrong."""

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.errors import InputError
from core.face_gallery import face_numbers, face_of
from core.office.students import StudentCard, card_of
from core.uploads import folder_of
from web import works
from web.app import wants_json
from web.pictures import face_answer
from web.pieces import asked, piece_of
from web.shield import limiter
from web.site import site
from web.taking.here import desk
from web.taking.messages import Delete, Enrol
from web.teaching import blueprint, own_classes, sent_files, told_on
from web.wording import gettext as _

pages = blueprint("faces", "/student/<int:student_id>/faces")
MOST = 30
"""So many faces are on a page."""


@pages.get("/")
def page(student_id: int) -> ResponseReturnValue:
    """All of them, and what takes more."""
    card = card_of(site().store, student_id)
    return render_template(
        "teacher/faces.html",
        student=card.student,
        faces=piece_of(face_numbers(site().store, card.student.roll), MOST),
        work=works.now(_about(student_id)),
        can_take=_class_of(card) is not None,
    )


@pages.get("/work.json")
def work(student_id: int) -> ResponseReturnValue:
    """How far the work with them is."""
    return works.as_json(_about(card_of(site().store, student_id).student.id))


@pages.get("/<int:number>.jpg")
def picture(student_id: int, number: int) -> ResponseReturnValue:
    """One of them."""
    roll = card_of(site().store, student_id).student.roll
    return face_answer(face_of(site().store, roll, number))


@pages.post("/photos")
@limiter.limit("10 per minute")
@told_on(page)
def add(student_id: int) -> ResponseReturnValue:
    """Take the faces of photos that were sent."""
    card, files = card_of(site().store, student_id), sent_files("photo")
    student, code = card.student, _class_of(card)
    if not files:
        raise InputError(_("Choose photos first."))
    if code is None or student.consent is None:
        raise InputError(_("Faces are taken of students of your classes who agreed. Record the consent first."))
    desk().open()
    source = desk().uploads.whole(files)
    wish = Enrol(code, student.roll, student.name, student.consent, source.name, str(folder_of(source)))
    works.ask(_about(student_id), wish)
    place = url_for("faces.page", student_id=student_id)
    return (jsonify(page=place), 202) if wants_json() else redirect(place, 303)


@pages.post("/")
@told_on(page)
def delete(student_id: int) -> ResponseReturnValue:
    """Delete those that are ticked; classifiers follow."""
    chosen = request.form.getlist("face", int)
    if not chosen:
        raise InputError(_("Tick the faces that shall go."))
    roll = card_of(site().store, student_id).student.roll
    works.ask(_about(student_id), Delete(roll, tuple(sorted(set(chosen)))))
    return redirect(url_for("faces.page", student_id=student_id, page=asked()), 303)


@pages.post("/cancel")
@told_on(page)
def cancel(student_id: int) -> ResponseReturnValue:
    """End the work with them before it is done."""
    works.cancel(_about(card_of(site().store, student_id).student.id))
    return redirect(url_for("faces.page", student_id=student_id), 303)


def _about(student_id: int) -> str:
    return f"faces {student_id}"


def _class_of(card: StudentCard) -> str | None:
    """The class for which faces of the student may be taken by who is logged in; None without one, or a consent."""
    mine = {one.school_class.code for one in own_classes()} if card.student.consent else ()
    return next((one.code for one in card.classes if one.code in mine), None)
