"""What protects every page: who may be called, what a browser may do with it, how much and how often."""

import math
import secrets
import threading
import time
from collections.abc import Callable

from flask import Flask, Response, abort, request
from flask_limiter import Limiter, RouteLimit
from flask_wtf.csrf import CSRFError, CSRFProtect
from limits.storage import MemoryStorage
from werkzeug.exceptions import BadRequest, HTTPException

from core.files import write_private
from core.paths import Home
from web import identity
from web.site import site
from web.wording import gettext as _

MOST_BYTES = 6_500_000
"""Of one request: the pictures of a selfie and what is around them; pictures of a lesson come in pieces."""
MOST_PARTS = 40
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
csrf = CSRFProtect()


def _who() -> str:
    # A school's phones can share one address, so whoever is known counts by themselves.  What somebody merely says of
    # themselves is not believed: else every guess would come from somebody new.
    return identity.known_as() or f"address {request.remote_addr}"


def _limits(each: str, address: str) -> Callable[[], str]:
    return lambda: each if identity.known_as() else address


class _Storage(MemoryStorage):
    """In memory; two requests at the same moment must not both begin the timer that tidies up, for one would fail."""

    STORAGE_SCHEME = ["memory-of-threads"]  # noqa: RUF012 - as the class above declares it

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: str) -> None:
        self._beginning = threading.Lock()
        super().__init__(uri, wrap_exceptions, **options)

    def _MemoryStorage__schedule_expiry(self) -> None:
        with self._beginning:
            super()._MemoryStorage__schedule_expiry()  # type: ignore[misc]


limiter = Limiter(
    _who, storage_uri="memory-of-threads://", default_limits=[_limits("600 per minute", "3000 per minute")]
)


def at_most(each: str, address: str) -> RouteLimit:
    """How often a page may be asked for.  each: by one phone or login that is known; address: by all others at one."""
    return limiter.limit(_limits(each, address))


@limiter.request_filter
def _is_file() -> bool:
    return request.endpoint == "static"


def seconds_to_wait() -> int:
    """After so long whoever asked too often may ask again."""
    limit = limiter.current_limit
    return 60 if limit is None else max(1, math.ceil(limit.reset_at - time.time()))


def protect(app: Flask, home: Home, *, secure: bool) -> None:
    """Set a new app up."""
    app.config.update(
        SECRET_KEY=_secret(home),
        SESSION_COOKIE_NAME="__Host-rollcall" if secure else "rollcall",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=200_000,
        MAX_FORM_PARTS=MOST_PARTS,
        WTF_CSRF_TIME_LIMIT=None,  # It ends with the login it belongs to.
        WTF_CSRF_SSL_STRICT=True,
    )
    app.before_request(_check_host)
    csrf.init_app(app)
    limiter.init_app(app)
    app.after_request(_harden)


def _secret(home: Home) -> bytes:
    """Signs the cookies; whoever has it still has nobody's login, whose numbers are in the database only."""
    path = home.data / "web" / "cookies.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, secrets.token_bytes(32))
    return path.read_bytes()


def words_for(error: HTTPException) -> str | None:
    """What somebody is told who was refused before any page was made; None where the error says nothing of its own."""
    if isinstance(error, CSRFError):
        return _("This page was open for too long, or this browser keeps no cookies. Load it again and repeat it.")
    is_ours = isinstance(error, BadRequest) and error.description != BadRequest.description
    return error.description if is_ours else None


def _check_host() -> None:
    """A page called by another name could belong to a stranger’s site that points here."""
    name = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    if name.strip("[]").lower() not in site().hosts():
        abort(400, _("This address is not one of this computer. Use the one on the teacher’s screen."))


def _harden(response: Response) -> Response:
    headers = {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        # Our own pages tell each other, for a form over TLS is taken only from a page of this site.
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=()",
    }
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "public, max-age=3600"
    else:
        # Also of files: what is somebody's own must not stay on a shared computer.
        response.headers["Cache-Control"] = "no-store"
    return response
