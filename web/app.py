"""The portal as one WSGI application."""

import io
import logging
from http import HTTPStatus
from typing import IO

from flask import Flask, Request, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from core.actor import acting
from core.errors import (
    AccessError,
    BusyError,
    ConflictError,
    CrowdError,
    DiskFullError,
    InputError,
    LockedError,
    LoginError,
    NotFoundError,
    RollcallError,
    VaultError,
)
from web import identity, pages, problems, shield, wording
from web.places import page_before
from web.site import Site, remember, site
from web.taking import here
from web.wording import gettext as _

_log = logging.getLogger(__name__)
_STATUS = (
    (LoginError, HTTPStatus.UNAUTHORIZED),
    (AccessError, HTTPStatus.FORBIDDEN),
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (ConflictError, HTTPStatus.CONFLICT),
    (InputError, HTTPStatus.BAD_REQUEST),
    (CrowdError, HTTPStatus.TOO_MANY_REQUESTS),
    (BusyError, HTTPStatus.SERVICE_UNAVAILABLE),
    (VaultError, HTTPStatus.SERVICE_UNAVAILABLE),
    (DiskFullError, HTTPStatus.INSUFFICIENT_STORAGE),
)
BUSY_S = 30
"""After so long it is worth another try."""


class _Request(Request):
    """Keeps what is sent in memory: pictures of people must not lie in the system's folder for temporary files."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return io.BytesIO()


class Portal(Flask):
    """Runs every page as who is logged in."""

    request_class = _Request

    def dispatch_request(self) -> ResponseReturnValue:
        """As Flask does, in the name of who asks."""
        with acting(identity.actor()):
            return super().dispatch_request()


def create_app(site: Site) -> Portal:
    """The application for one home.  site: what it serves."""
    app = Portal("web", static_url_path="/static")
    remember(app, site)
    shield.protect(app, site.home, secure=site.secure)
    app.before_request(identity.identify)
    wording.set_up(app)
    here.set_up(app, site.store)
    for one in pages.blueprints():
        app.register_blueprint(one)
    app.register_error_handler(RollcallError, _told)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _broken)
    return app


def status_of(error: RollcallError) -> HTTPStatus:
    """With which status an expected failure is answered."""
    return next((code for kind, code in _STATUS if isinstance(error, kind)), HTTPStatus.BAD_REQUEST)


def _told(error: RollcallError) -> ResponseReturnValue:
    status = status_of(error)
    if isinstance(error, problems.InvalidError):
        return problems.answer(wording.sentence(error), error.status, error.errors)
    if isinstance(error, AccessError) and g.get("account") is None and not wants_json() and request.method == "GET":
        return redirect(url_for("login.page", next=request.full_path))
    words = wording.sentence(error)
    if isinstance(error, LockedError):
        words = _(
            "The stored faces are locked, and no browser can open them. Somebody at the school’s computer has to start "
            "the portal again and give the passphrase; names and marks still work."
        )
    if str(site().home.data.parent) in words and not identity.is_staff():
        _log.warning("told somebody less than: %s", words)
        words = (
            _(
                "The disk of the school’s computer is full: nobody can log in and nothing is saved until there is "
                "room. Tell your teacher or the school’s office."
            )
            if isinstance(error, DiskFullError)
            else _("The school’s computer cannot do this at the moment, and nothing was saved. Tell your teacher.")
        )
    made = _answer(words, status)
    if isinstance(error, BusyError):
        made[0].headers["Retry-After"] = str(BUSY_S)
    return made


def _refused(error: HTTPException) -> ResponseReturnValue:
    code = HTTPStatus(error.code or 500)
    words = (
        shield.words_for(error)
        or {
            HTTPStatus.BAD_REQUEST: _("This cannot be read. Go back to the start."),
            HTTPStatus.NOT_FOUND: _("There is no such page. Go back to the start."),
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("That is too large to be sent. Send fewer or smaller pictures."),
            HTTPStatus.TOO_MANY_REQUESTS: _("That was too often. Wait a minute and try again."),
            HTTPStatus.METHOD_NOT_ALLOWED: _("This page cannot be opened like that. Go back to the start."),
        }.get(code)
        or _apology()
    )
    made = _answer(words, code)
    if code == HTTPStatus.METHOD_NOT_ALLOWED:
        made[0].headers["Allow"] = error.get_response().headers.get("Allow", "")
    if code == HTTPStatus.TOO_MANY_REQUESTS:
        made[0].headers["Retry-After"] = str(shield.seconds_to_wait())
    return made


def _apology() -> str:
    return _("Something went wrong on the school’s computer. Nothing that was saved is lost. Please tell your teacher.")


def _broken(error: Exception) -> ResponseReturnValue:
    _log.error("a page failed", exc_info=error)
    return _answer(_apology(), HTTPStatus.INTERNAL_SERVER_ERROR)


def _answer(words: str, status: HTTPStatus):  # type: ignore[no-untyped-def]  # noqa: ANN202 - Flask's own union
    from flask import make_response

    if problems.is_api():
        return problems.answer(words, status), status
    if wants_json():
        return make_response(jsonify(error=words), status), status
    shown = render_template("problem.html", words=words, status=int(status), back=page_before())
    return make_response(shown, status), status


def wants_json() -> bool:
    """Whether a program or a script asks, which gets no page."""
    return problems.is_api() or request.accept_mimetypes.best == "application/json"
