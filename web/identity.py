"""Who asks: the cookie of a login, the cookie of a phone, and what pages make of them."""

import re
from collections.abc import Callable

from flask import Response, g, redirect, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.accounts import browser
from core.actor import Actor
from core.confirming import phones
from core.store.accounts import Account
from web.problems import is_api
from web.site import site

SID = "sid"
DEVICE_DAYS = 400
"""As long as browsers keep a cookie at most."""
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"))
_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))


def identify() -> None:
    """Before every page: find out who is logged in.  Other programs are known by their tokens, never by a cookie."""
    g.account = g.program = None
    if is_api():
        return
    token = session.get(SID)
    g.account = browser.whose(site().store, site().settings, token) if isinstance(token, str) else None
    if token is not None and g.account is None:
        # The rest stays: a form that was open is taken once more, and its page asks for the login.
        session.pop(SID)


def account() -> Account | None:
    """Who is logged in; None for nobody."""
    return g.get("account")


def is_staff() -> bool:
    """Whether a teacher or admin is logged in, who may be told more than others."""
    found = account()
    return found is not None and found.role in ("teacher", "admin")


def actor() -> Actor | None:
    """As who this is done: who is logged in, or a program with its token; None for nobody."""
    found = account()
    return g.get("program") if found is None else found.actor()


def log_in(name: str, password: str) -> Account:
    """Log somebody in; the login gets a new cookie.  Raises LoginError, BusyError."""
    found, token = browser.begin(site().store, name, password, request.remote_addr or "")
    log_out()  # Whoever was logged in here is so no more, also for somebody who copied the cookie.
    session[SID] = token
    g.account = found
    return found


def log_out() -> None:
    """Log out whoever is logged in."""
    token = session.get(SID)
    if isinstance(token, str):
        browser.end(site().store, token)
    session.clear()
    g.account = None


def need(*roles: str) -> Callable[[], AnyResponse | None]:
    """Before the pages of a blueprint: only who is logged in in one of these roles; others go to the login."""

    def check() -> AnyResponse | None:
        found = account()
        if found is None:
            return redirect(url_for("login.page", next=request.full_path if request.method == "GET" else None))
        return None if found.role in roles else redirect(url_for("login.home"))

    return check


def device_cookie() -> str:
    """The name of the cookie by which a phone is known again."""
    return "__Host-rollcall-phone" if site().secure else "rollcall-phone"


def device() -> str | None:
    """What the phone's cookie holds; None for a phone that was never here."""
    return request.cookies.get(device_cookie())


def keep_device(response: Response | AnyResponse, token: str) -> None:
    """Have a phone come back as the same one."""
    response.set_cookie(
        device_cookie(),
        token,
        max_age=DEVICE_DAYS * 86400,
        secure=site().secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def known_as() -> str | None:
    """A phone or login that this computer itself gave out; None for whoever only says that they are one."""
    if "known_as" not in g:
        token, sid = device(), session.get(SID)
        if token is not None and phones.is_known(site().store, token):
            g.known_as = f"phone {token}"
        else:
            # The cookie with it is signed.
            g.known_as = f"login {sid}" if isinstance(sid, str) else None
    found: str | None = g.known_as
    return found


def device_kind() -> str:
    """What asks, in two words: “Android, Chrome”."""
    agent = request.headers.get("User-Agent", "")
    system = next((words for sign, words in _SYSTEMS if re.search(sign, agent)), "Phone")
    return ", ".join([system, *(words for sign, words in _BROWSERS if sign in agent)][:2])
