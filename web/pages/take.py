"""Attendance with the camera of a teacher's phone or tablet, photos, a short video or live; or with the room's own."""

from typing import Any

from flask import Response, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.errors import ClassifierError, ConflictError, InputError
from core.taking import Taking, taking_of
from core.uploads import PIECE_BYTES, Upload, Wanted, check_wanted
from web import identity
from web.shield import MOST_BYTES, limiter
from web.site import site
from web.taking.here import desk
from web.taking.job import Marking
from web.teaching import MOST_NAME, actor, blueprint, sent_files, told, told_on
from web.wording import gettext, ngettext, sentence
from web.works import place_in_line

pages = blueprint("take", "/lesson/<int:session_id>/take")
FRAME_BYTES = 1_000_000


def _taking(session_id: int) -> Taking:
    """The lesson; refuses whoever may not mark in it."""
    return taking_of(site().store, site().settings, session_id)


@pages.get("/")
def page(session_id: int) -> ResponseReturnValue:
    """The form."""
    taking = _taking(session_id)
    return render_template(
        "take/choose.html",
        taking=taking,
        session=taking.session,
        obstacle=taking.obstacle and sentence(taking.obstacle),
        training=isinstance(taking.obstacle, ClassifierError),
        going_on=[one for one in desk().of_lesson(session_id) if not one.is_over],
        whole_mb=MOST_BYTES // 1_000_000,
    )


@pages.post("/")
@limiter.limit("10 per minute")
@told_on(page)
def send(session_id: int) -> ResponseReturnValue:
    """All pictures at once, from a browser without scripts."""
    taking = _taking(session_id)
    taking.check()
    desk().open()
    files = sent_files("pictures")
    check_wanted([Wanted(name, 1) for name, _stream in files])
    source = desk().uploads.whole(files)
    job = desk().begin(actor(), taking, str(source))
    return redirect(url_for("take.job", session_id=session_id, job_id=job.id), 303)


@pages.post("/uploads")
def begin_upload(session_id: int) -> ResponseReturnValue:
    """Say which files are to come; what of them is there already after a lost connection."""
    taking = _taking(session_id)
    taking.check()
    desk().open()
    given = request.get_json(silent=True)
    found = desk().uploads.begin(_owner(), session_id, _wanted(given))
    return jsonify(_as_json(found)), 201


@pages.get("/uploads/<upload_id>")
def upload(session_id: int, upload_id: str) -> ResponseReturnValue:
    """Which pieces are missing."""
    return jsonify(_as_json(desk().uploads.get(upload_id, _owner(), session_id)))


@pages.put("/uploads/<upload_id>/<int:number>/<int:piece>")
@limiter.limit("6000 per minute")
def put_piece(session_id: int, upload_id: str, number: int, piece: int) -> ResponseReturnValue:
    """One piece of one file."""
    found = desk().uploads.get(upload_id, _owner(), session_id)
    if (request.content_length or 0) > PIECE_BYTES:
        abort(413)
    desk().uploads.put(found, number, piece, request.get_data(cache=False))
    return jsonify(missing=len(found.missing(number)))


@pages.post("/uploads/<upload_id>/finish")
def finish_upload(session_id: int, upload_id: str) -> ResponseReturnValue:
    """All was sent: have it looked at."""
    taking = _taking(session_id)
    taking.check()
    given = request.get_json(silent=True)
    digests = given.get("sha256") if isinstance(given, dict) else None
    if not isinstance(digests, list) or not all(isinstance(one, str) for one in digests):
        raise InputError("Say what was sent: the SHA-256 of each file.")
    here = desk()
    source = here.uploads.finish(here.uploads.get(upload_id, _owner(), session_id), digests)
    job = here.begin(actor(), taking, str(source))
    return jsonify(_job_json(job)), 202


@pages.delete("/uploads/<upload_id>")
def drop_upload(session_id: int, upload_id: str) -> ResponseReturnValue:
    """Send no more."""
    desk().uploads.discard(desk().uploads.get(upload_id, _owner(), session_id))
    return "", 204


@pages.get("/jobs/<job_id>")
def job(session_id: int, job_id: str) -> ResponseReturnValue:
    """How far it is, and what came of it."""
    taking, found = _taking(session_id), desk().get(job_id, session_id)
    return render_template(
        "take/job.html",
        taking=taking,
        session=taking.session,
        job=found,
        view=_job_json(found),
        outcome_notes=[told(one) for one in (found.outcome.notes if found.outcome else ())],
    )


@pages.get("/jobs/<job_id>.json")
def job_now(session_id: int, job_id: str) -> ResponseReturnValue:
    """The same for a script."""
    _taking(session_id)
    return jsonify(_job_json(desk().get(job_id, session_id)))


@pages.get("/jobs/<job_id>.jpg")
def job_view(session_id: int, job_id: str) -> ResponseReturnValue:
    """What the camera of the room shows."""
    _taking(session_id)
    view = desk().get(job_id, session_id).view
    if not view:
        abort(404)
    return Response(view, mimetype="image/jpeg")


@pages.post("/room")
@limiter.limit("10 per minute")
@told_on(page)
def begin_room(session_id: int) -> ResponseReturnValue:
    """Begin with the camera of the room, which the school’s computer opens."""
    taking = _taking(session_id)
    taking.check_camera()
    made = desk().begin(actor(), taking, taking.room, "room")
    return redirect(url_for("take.job", session_id=session_id, job_id=made.id), 303)


@pages.post("/jobs/<job_id>/end")
def end_job(session_id: int, job_id: str) -> ResponseReturnValue:
    """Stop, with what was seen until now, or cancel."""
    _taking(session_id)
    found = desk().get(job_id, session_id)
    desk().stop(found, keep=request.form.get("what") != "cancel")
    return redirect(url_for("take.job", session_id=session_id, job_id=job_id), 303)


@pages.get("/live")
def live(session_id: int) -> ResponseReturnValue:
    """The page whose camera is the one of the room."""
    taking = _taking(session_id)
    return render_template(
        "take/live.html",
        taking=taking,
        session=taking.session,
        obstacle=taking.obstacle and sentence(taking.obstacle),
        training=isinstance(taking.obstacle, ClassifierError),
    )


@pages.post("/live")
def begin_live(session_id: int) -> ResponseReturnValue:
    """Begin with live pictures."""
    taking = _taking(session_id)
    taking.check()
    made = desk().begin(actor(), taking, f"camera: {identity.device_kind()}", "device")
    return jsonify(_job_json(made)), 201


@pages.put("/live/<job_id>")
@limiter.limit("900 per minute")
def show(session_id: int, job_id: str) -> ResponseReturnValue:
    """A live picture; answered with the faces as they are known by now, so that the next one can be sent."""
    found = desk().get(job_id, session_id)
    if found.actor != actor() or not found.is_live:
        raise ConflictError("Somebody else takes attendance with a camera here. Wait until that is over.")
    if (request.content_length or 0) > FRAME_BYTES:
        abort(413)
    jpeg = request.get_data(cache=False)
    if len(jpeg) > FRAME_BYTES or not jpeg.startswith(b"\xff\xd8\xff"):
        raise InputError("A live picture has to be a JPEG of less than a megabyte.")
    desk().show(found, jpeg)
    return jsonify(_job_json(found) | {"boxes": [[*one.place, one.state, one.name] for one in found.boxes]})


def _owner() -> int:
    found = identity.account()
    if found is None:
        abort(401)
    return found.id


def _wanted(given: Any) -> list[Wanted]:  # noqa: ANN401 - whatever was sent
    files = given.get("files") if isinstance(given, dict) else None
    if not isinstance(files, list) or not all(isinstance(one, dict) for one in files):
        raise InputError("Choose photos or a video first.")
    found = []
    for one in files[:1000]:
        name, size = one.get("name"), one.get("size")
        if not isinstance(name, str) or not isinstance(size, int) or isinstance(size, bool):
            raise InputError("Choose photos or a video first.")
        found.append(Wanted(name[-MOST_NAME:], size))
    return found


def _as_json(found: Upload) -> dict[str, Any]:
    missing = [found.missing(number) for number in range(len(found.files))]
    return {"id": found.id, "piece": PIECE_BYTES, "missing": missing}


def _job_json(job: Marking) -> dict[str, Any]:
    """How it stands, with a sentence in the reader's language."""
    return {
        "id": job.id,
        "state": job.state,
        "over": job.is_over,
        "words": _words(job),
        "share": job.frames / job.of if job.of else None,
        "names": job.names,
        "seen": len(job.names),
        "expected": job.taking.expected,
        "review": job.review,
        "lens": told(job.lens),
        "view": job.views if job.view else 0,
        "notes": [told(one) for one in job.notes],
    }


def _words(job: Marking) -> str:
    if job.state == "waiting":
        return place_in_line(job)
    if job.state == "done" and job.outcome is not None:
        return ngettext("{} student is here.", "{} students are here.", job.outcome.present)
    if job.problem is not None:
        return sentence(job.problem)
    seen = gettext("{seen} of {expected} seen", seen=len(job.names), expected=job.taking.expected)
    begun = {"loading": gettext("One moment …"), "ending": gettext("Saving what was seen …")}.get(job.state)
    return begun or seen
