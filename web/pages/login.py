"""Logging in and out, setting a password with a one-time code, and the way to one's own pages."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.accounts import login as passwords
from core.errors import InputError, LoginError
from web import identity
from web.places import own_page
from web.shield import at_most
from web.site import site
from web.wording import gettext as _
from web.wording import sentence

pages = Blueprint("login", __name__)
_HOMES = {"admin": "teacher.today", "teacher": "teacher.today", "student": "student.today"}


@pages.get("/")
def home() -> ResponseReturnValue:
    """Where whoever is logged in begins."""
    account = identity.account()
    if account is None:
        return redirect(url_for("login.page"))
    place = _HOMES.get(account.role)
    if place is None:
        words = _("This account has no pages here. Log out and take another one.")
        return render_template("problem.html", words=words, status=200)
    return redirect(url_for(place))


@pages.get("/login")
def page() -> ResponseReturnValue:
    """The form."""
    return render_template("login.html", next=own_page(request.args.get("next")), name="", problem=None)


@pages.post("/login")
@at_most("20 per minute", "300 per minute")
def enter() -> ResponseReturnValue:
    """Take a name and a password."""
    if not site().secure:
        raise InputError("No passwords are taken here, because others could read them. Ask your teacher for a code.")
    name, place = request.form.get("name", ""), own_page(request.form.get("next"))
    try:
        identity.log_in(name, request.form.get("password", ""))
    except LoginError as error:
        return render_template("login.html", next=place, name=name[:100], problem=sentence(error)), 401
    return redirect(place or url_for("login.home"), 303)


@pages.get("/code")
def code_page() -> ResponseReturnValue:
    """The form for a first password, which nobody may type where others can read it."""
    if not site().secure:
        return redirect(url_for("login.page"))
    return render_template("code.html", next=own_page(request.args.get("next")), name="", problem=None)


@pages.post("/code")
@at_most("10 per minute", "60 per minute")
def use_code() -> ResponseReturnValue:
    """Set a password with a one-time code."""
    if not site().secure:
        raise InputError("No passwords are taken here, because others could read them. Ask your teacher for help.")
    given = request.form
    name, new, place = given.get("name", ""), given.get("password", ""), own_page(given.get("next"))
    try:
        passwords.use_code(site().store, name, given.get("code", ""), new, address=request.remote_addr)
    except (LoginError, InputError) as error:
        return render_template("code.html", next=place, name=name[:100], problem=sentence(error)), 400
    identity.log_in(name, new)
    return redirect(place or url_for("login.home"), 303)


@pages.post("/logout")
def leave() -> ResponseReturnValue:
    """Log out."""
    identity.log_out()
    return redirect(url_for("login.page"), 303)
