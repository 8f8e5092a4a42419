"""Confirming a lesson by phone: the scanned code, the typed code, the selfie, and what became of it."""

from flask import Blueprint, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.confirming import accepting, claims, phones
from core.errors import ConflictError, InputError, LoginError, NotFoundError
from web import identity
from web.app import wants_json
from web.places import own_page
from web.shield import at_most
from web.site import site
from web.wording import gettext as _
from web.wording import sentence

pages = Blueprint("confirm", __name__)
OPENS = at_most("10 per minute", "300 per minute")
"""Opened codes; a class can be behind one address, and 200 phones come within a minute."""


@pages.get("/c/<code>")
@OPENS
def scan(code: str) -> ResponseReturnValue:
    """A scanned code."""
    return _opened(claims.open_code(site().store, code, identity.device(), identity.device_kind()))


@pages.get("/C/<code>")
@OPENS
def scan_capitals(code: str) -> ResponseReturnValue:
    """The same in capitals, as the QR picture holds it."""
    return scan(code)


@pages.get("/code-of-lesson")
def type_page() -> ResponseReturnValue:
    """The form for whoever cannot scan."""
    return render_template("typed.html", problem=None, scan=request.args.get("scan"))


@pages.post("/code-of-lesson")
@OPENS
def typed() -> ResponseReturnValue:
    """A typed code."""
    given = request.form.get("code", "")
    try:
        return _opened(claims.open_typed(site().store, given, identity.device(), identity.device_kind()))
    except InputError as error:
        return render_template("typed.html", problem=sentence(error)), 400


def _opened(made: claims.Opened) -> ResponseReturnValue:
    response = redirect(url_for("confirm.claim", claim=made.claim), 303)
    identity.keep_device(response, made.device)
    return response


@pages.get("/confirm/<claim>")
def claim(claim: str) -> ResponseReturnValue:
    """Who, what lesson, and the selfie; who is not known yet logs in or pairs the phone, and comes back here."""
    shown = claims.claim_page(site().store, claim, identity.device() or "", _student())
    if shown.confirmation_id is not None:
        return redirect(url_for("confirm.done", number=shown.confirmation_id))
    return render_template("confirm.html", shown=shown, claim=claim)


@pages.post("/confirm/<claim>")
@at_most("10 per minute", "60 per minute")
def confirm(claim: str) -> ResponseReturnValue:
    """Take the selfie: answered as soon as it is stored."""
    pictures = [one.read() for one in request.files.getlist("picture")]
    plain = request.form.get("plain") == "yes"
    try:
        made = accepting.confirm(site().store, claim, identity.device() or "", _student(), pictures, plain=plain)
    except (ConflictError, LoginError):
        if wants_json():
            raise
        # The login ended meanwhile, and the page asks for it and keeps the scan; or the button was pressed twice, and
        # it leads to what came of the first time.  What else is wrong it says.
        return redirect(url_for("confirm.claim", claim=claim), 303)
    status = url_for("confirm.status", number=made.id)
    if wants_json():
        page = url_for("confirm.done", number=made.id)
        return make_response(jsonify(state=made.state, status=status, page=page), 202)
    return redirect(url_for("confirm.done", number=made.id), 303)


@pages.get("/confirmed/<int:number>")
def status(number: int) -> ResponseReturnValue:
    """What became of it, for the page that waits."""
    found = accepting.status_of(site().store, number, identity.device() or "")
    final = found.state == "refused" or _told(found) == "accepted"
    return jsonify(state=found.state, told=_told(found), final=final)


@pages.get("/confirmed")
def done() -> ResponseReturnValue:
    """The page that waits."""
    number = request.args.get("number", type=int)
    if number is None:
        raise NotFoundError(_("Nothing was confirmed here. Scan the code on your teacher’s screen."))
    found = accepting.status_of(site().store, number, identity.device() or "")
    return render_template("confirmed.html", number=number, told=_told(found))


def _told(found: accepting.Status) -> str:
    """Which sentence fits: where the face counts, too, a phone that was accepted is not yet a mark."""
    return "unmarked" if found.state == "accepted" and not found.marked else found.state


@pages.get("/pair")
def pair_page() -> ResponseReturnValue:
    """The form that makes this phone a student's."""
    return render_template("pair.html", problem=None, next=own_page(request.args.get("next")))


@pages.get("/p/<code>")
@pages.get("/P/<code>")
@OPENS
def card(code: str) -> ResponseReturnValue:
    """A scanned card: its code is filled in and not used up, for programs look at addresses by themselves."""
    try:
        offer = phones.look_at_code(site().store, identity.device(), code)
    except LoginError as error:
        return render_template("pair.html", problem=sentence(error), next=""), 401
    return render_template("pair.html", problem=None, next="", offer=offer, code=code)


@pages.post("/pair")
@at_most("5 per minute", "120 per minute")
def pair() -> ResponseReturnValue:
    """Take a code from the teacher or a card."""
    place = own_page(request.form.get("next"))
    try:
        made = phones.pair(site().store, identity.device(), request.form.get("code", ""), identity.device_kind())
    except LoginError as error:
        return render_template("pair.html", problem=sentence(error), next=place), 401
    response = redirect(place or url_for("confirm.paired"), 303)
    identity.keep_device(response, made.device)
    return response


@pages.get("/paired")
def paired() -> ResponseReturnValue:
    """It worked."""
    return render_template("paired.html")


def _student() -> int | None:
    account = identity.account()
    return None if account is None else account.student_id
