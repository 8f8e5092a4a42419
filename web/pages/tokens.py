"""Tokens of other programs: an admin makes one, sees it once, and revokes it."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from core import programs
from core.errors import InputError, RollcallError
from core.office.classes import list_classes
from core.programs import DAYS, SCOPES, NewToken
from web import identity
from web.site import site
from web.teaching import actor
from web.wording import gettext as _
from web.wording import sentence

pages = Blueprint("tokens", __name__, url_prefix="/tokens")
pages.before_request(identity.need("admin"))


@pages.get("/")
def page() -> ResponseReturnValue:
    """All tokens, and the form for a new one."""
    return _page()


@pages.post("/")
def make() -> ResponseReturnValue:
    """Make a token; the page that answers is the only one that ever shows it."""
    given = request.form
    try:
        made = programs.make_token(
            site().store,
            actor(),
            given.get("name", ""),
            given.getlist("scope"),
            class_code=given.get("class") or None,
            days=_days(given.get("days", "")),
        )
    except RollcallError as error:
        return _page(problem=sentence(error)), 400
    return _page(made)


@pages.post("/<int(max=2147483647):number>/revoke")
def revoke(number: int) -> ResponseReturnValue:
    """End a token."""
    programs.revoke_token(site().store, actor(), number)
    return redirect(url_for("tokens.page"), 303)


def _days(text: str) -> int | None:
    """How many days; None for nothing, which is for ever."""
    if not text.strip():
        return None
    if not text.strip().isascii() or not text.strip().isdecimal():
        raise InputError(_("Write the days as a number, or leave them out."))
    return int(text.strip()[:6])


def _page(made: NewToken | None = None, problem: str | None = None) -> str:
    here = site()
    return render_template(
        "teacher/tokens.html",
        tokens=programs.list_tokens(here.store),
        classes=list_classes(here.store),
        words=_scopes(),
        made=made,
        problem=problem,
        given=request.form,
        days=DAYS,
    )


def _scopes() -> dict[str, str]:
    words = {
        "read-register": _("Read classes, lessons, registers and reports"),
        "push-roster": _("Push rosters"),
        "write-marks": _("Correct marks"),
    }
    return {one: words[one] for one in SCOPES}
