"""The faces of a lesson that nobody is sure about, and those that marked somebody: a teacher says who they are."""

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from core.errors import InputError
from core.records import Student
from core.registers import Register, register_of
from core.review import MARKED_KIND, OpenItem, Saying, open_items, picture_of, undecided
from core.store.sightings import SAID_NOT
from core.vision.images import decode_png
from web.pictures import face_answer
from web.pieces import Piece, asked, piece_of
from web.site import site
from web.taking.here import desk
from web.teaching import actor, blueprint, told, told_on

pages = blueprint("review", "/lesson/<int:session_id>/faces")
MOST = 15
"""So many faces are on a page: beside each to decide on stands the whole class to choose from."""
MOST_CANDIDATES = 3
MOST_DISMISSED = 80
"""So many faces a browser remembers as strangers; the oldest are asked about again."""
_DISMISSED = "strangers"


@dataclass(frozen=True, slots=True)
class Face:
    """A face on the page.  roll, name: of whom it marked or may be, or was said not to be; candidates: who else."""

    id: int
    has_picture: bool
    roll: str
    name: str
    candidates: tuple[Student, ...] = ()


@dataclass(frozen=True, slots=True)
class Faces:
    """A piece of them.

    asked: nobody decided yet; refused: said not to be somebody; marked: recognised.  unknown: without a picture.
    """

    piece: Piece[tuple[str, Face]]
    unknown: int

    @property
    def asked(self) -> list[Face]:
        return self._of("asked")

    @property
    def refused(self) -> list[Face]:
        return self._of("refused")

    @property
    def marked(self) -> list[Face]:
        return self._of("marked")

    def _of(self, kind: str) -> list[Face]:
        return [face for of, face in self.piece.rows if of == kind]


@pages.get("/")
def page(session_id: int, number: int = 0) -> ResponseReturnValue:
    """The faces.  number: of the one that something was said of."""
    register = register_of(site().store, session_id)
    faces = _faces(session_id, register)
    return render_template("take/review.html", register=register, session=register.session, faces=faces)


@pages.get("/<int:number>.jpg")
def picture(session_id: int, number: int) -> ResponseReturnValue:
    """A face; of a stranger only as long as the marking is remembered."""
    content = picture_of(site().store, session_id, number) or _strangers(session_id).get(number)
    if not content:
        abort(404)
    return face_answer(decode_png(content))


@pages.post("/<int:number>")
@told_on(page)
def decide(session_id: int, number: int) -> ResponseReturnValue:
    """The face is somebody, is not somebody, that was wrong, or it is a stranger."""
    # Whoever may see them is asked here; who may decide, where it is saved.
    if number not in {one.id for one in open_items(site().store, session_id, marked=True)}:
        abort(404)
    roll = request.form.get("roll") or request.form.get(f"roll-{number}", "")
    for one in _decide(session_id, number, request.values.get("what", ""), roll):
        flash(told(one))
    return redirect(url_for("review.page", session_id=session_id, page=asked()), 303)


def _decide(session_id: int, number: int, what: str, roll: str) -> tuple[str, ...]:
    if what == "stranger":
        known = [one for one in session.get(_DISMISSED, ()) if one != number]
        session[_DISMISSED] = [*known, number][-MOST_DISMISSED:]
        return ()
    if what not in ("is", "not", "again") or not roll:
        raise InputError("Choose who this is.")
    saying = Saying(number, roll, is_student=what == "is")
    return desk().review(actor(), session_id, (saying,), again=what == "again")


def _faces(session_id: int, register: Register) -> Faces:
    items = open_items(site().store, session_id, marked=True)
    crops, dismissed = _strangers(session_id), set(session.get(_DISMISSED, ()))
    rolls = {SAID_NOT.format(one.roll): one for one in register.rows}
    marked = [_face(one, crops) for one in items if one.kind == MARKED_KIND]
    refused = [
        Face(one.id, bool(one.thumbnail), rolls[one.reason].roll, rolls[one.reason].name)
        for one in items
        if one.kind != MARKED_KIND and one.reason in rolls
    ]
    others = [one for one in undecided(site().store, session_id) if not one.reason.startswith(SAID_NOT.format(""))]
    others = sorted((one for one in others if one.id not in dismissed), key=lambda one: one.kind != "review")
    # Of strangers no picture is kept, and who was not seen cannot be told.
    shown = [_face(one, crops) for one in others if one.kind == "review" or one.thumbnail or one.id in crops]
    kinds = (("asked", shown), ("refused", refused), ("marked", marked))
    return Faces(piece_of([(kind, one) for kind, faces in kinds for one in faces], MOST), len(others) - len(shown))


def _face(item: OpenItem, crops: dict[int, bytes]) -> Face:
    student = item.student
    candidates = tuple(one.student for one in item.candidates[:MOST_CANDIDATES])
    if student is not None and item.kind != MARKED_KIND and student not in candidates:
        candidates = (student, *candidates)[:MOST_CANDIDATES]
    roll, name = ("", "") if student is None else (student.roll, student.name)
    return Face(item.id, bool(item.thumbnail) or item.id in crops, roll, name, candidates)


def _strangers(session_id: int) -> dict[int, bytes]:
    """Pictures of unknown faces that only this program's memory holds."""
    found: dict[int, bytes] = {}
    for job in reversed(desk().of_lesson(session_id)):
        found |= job.strangers
    return found
