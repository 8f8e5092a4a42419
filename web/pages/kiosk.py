"""A device that is passed round in one lesson: each student says who they are and takes a selfie; the PIN ends it.

Its cookie opens these pages and no others, so nobody who holds it comes to what the teacher sees.
"""

from flask import Blueprint, g, jsonify, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from core.confirming import passing
from core.confirming.passing import Shown
from core.errors import AccessError, ConflictError, InputError, LoginError, NotFoundError
from core.kiosk import needs_pin
from web import identity
from web.app import status_of, wants_json
from web.problems import is_api
from web.shield import at_most
from web.site import site
from web.wording import gettext as _
from web.wording import sentence

pages = Blueprint("kiosk", __name__, url_prefix="/kiosk")
COOKIE = "kiosk"
PINS = at_most("10 per minute", "20 per minute")
_ALSO = ("static", "language.choose")


@pages.before_app_request
def keep_inside() -> ResponseReturnValue | None:
    """Whoever holds a device that is passed round comes to no other page."""
    token = None if is_api() else session.get(COOKIE)
    g.kiosk = passing.shown(site().store, token) if isinstance(token, str) else None
    if token is None or request.blueprint == "kiosk" or request.endpoint in _ALSO:
        return None
    if g.kiosk is None:
        session.clear()
        return None
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("kiosk.page"))
    raise AccessError(_("This device is passed round and does nothing else. Give it back to your teacher."))


@pages.get("/start")
def start() -> ResponseReturnValue:
    """Where a teacher starts it: with the PIN; who is not logged in says their name, too."""
    return redirect(url_for("kiosk.page")) if g.kiosk else _start(None)


@pages.post("/start")
@PINS
def begin() -> ResponseReturnValue:
    """Check the PIN and bind this device."""
    given, account = request.form, identity.account()
    name = given.get("name", "") if account is None else account.name
    try:
        made = passing.start(
            site().store,
            site().settings,
            name,
            given.get("pin", ""),
            given.get("lesson", type=int),
            address=request.remote_addr,
        )
    except LoginError as error:
        return _start(sentence(error)), 401
    except (AccessError, ConflictError, NotFoundError) as error:
        return _start(sentence(error)), 409
    if not made.token:
        return _start(None, made.lessons)
    # From here on nobody is logged in on this device.
    identity.log_out()
    session[COOKIE] = made.token
    response = redirect(url_for("kiosk.page"), 303)
    response.headers["Clear-Site-Data"] = '"cache"'  # No page of the teacher comes back by the button of the browser.
    return response


def _start(problem: str | None, lessons: tuple[passing.About, ...] = ()) -> str:
    account = identity.account()
    return render_template(
        "kiosk/start.html",
        lesson=request.values.get("lesson", type=int),
        lessons=lessons,
        name=request.form.get("name", "")[:100],
        has_pin=account is None or needs_pin(site().store),
        problem=problem,
    )


@pages.get("/")
def page() -> ResponseReturnValue:
    """Who is next, their selfie, or what became of it."""
    return _page(None)


def _page(problem: str | None) -> str:
    shown: Shown | None = g.kiosk
    if shown is None:
        # A teacher’s own login stays, who comes here by the button of the browser.
        if COOKIE in session:
            session.clear()
        return render_template("kiosk/over.html")
    if shown.student is None:
        return render_template("kiosk/who.html", shown=shown, problem=problem)
    if shown.challenge is not None:
        return render_template("kiosk/selfie.html", shown=shown, problem=problem)
    return render_template("kiosk/result.html", shown=shown, told=_told(shown))


@pages.post("/who")
@at_most("60 per minute", "120 per minute")
def who() -> ResponseReturnValue:
    """Somebody says who they are."""
    try:
        passing.come(site().store, _token(), request.form.get("who", "")[:400])
    except (InputError, NotFoundError, ConflictError) as error:
        if g.kiosk is None:
            return _page(None), 409
        # Whoever stood here before has gone.
        passing.next_student(site().store, _token())
        return render_template("kiosk/who.html", shown=g.kiosk, problem=sentence(error)), 400
    return redirect(url_for("kiosk.page"), 303)


@pages.post("/")
@at_most("30 per minute", "60 per minute")
def take() -> ResponseReturnValue:
    """Take the selfie."""
    plain = request.form.get("plain") == "yes"
    pictures = [one.read() for one in request.files.getlist("picture")]
    try:
        passing.take(site().store, _token(), pictures, plain=plain)
    except (ConflictError, InputError) as error:
        if wants_json():
            raise
        # Who pressed the button twice sees what came of the first time.
        g.kiosk = passing.shown(site().store, _token())
        return _page(sentence(error)), status_of(error)
    if wants_json():
        return make_response(jsonify(page=url_for("kiosk.page")), 202)
    return redirect(url_for("kiosk.page"), 303)


@pages.get("/state")
def state() -> ResponseReturnValue:
    """What became of the selfie, for the page that waits."""
    shown: Shown | None = g.kiosk
    if shown is None or shown.state is None:
        raise NotFoundError(_("Nobody is asked at this moment."))
    return jsonify(told=_told(shown), final=shown.state != "waiting")


def _told(shown: Shown) -> str:
    if shown.state == "accepted" and not shown.marked:
        return "unmarked"
    return "review" if shown.state in (None, "refused") else str(shown.state)


@pages.post("/next")
def next_student() -> ResponseReturnValue:
    """The next student takes the device."""
    passing.next_student(site().store, _token())
    return redirect(url_for("kiosk.page"), 303)


@pages.get("/leave")
def leave_page() -> ResponseReturnValue:
    """The form that asks for the PIN."""
    return render_template("kiosk/leave.html", problem=None)


@pages.post("/leave")
@PINS
def leave() -> ResponseReturnValue:
    """End it."""
    try:
        passing.leave(site().store, _token(), request.form.get("pin", ""), address=request.remote_addr)
    except LoginError as error:
        return render_template("kiosk/leave.html", problem=sentence(error)), 401
    session.clear()
    return redirect(url_for("login.page"), 303)


def _token() -> str:
    token = session.get(COOKIE)
    return token if isinstance(token, str) else ""
