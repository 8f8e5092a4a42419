"""One’s own account: the password, and where one is logged in."""

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from core.accounts import browser
from core.accounts.login import change_password
from core.errors import InputError
from web import identity
from web.shield import at_most
from web.site import site
from web.teaching import actor, blueprint, done, told_on
from web.wording import gettext as _

pages = blueprint("account", "/account")


@pages.get("/")
def page() -> ResponseReturnValue:
    """Both, and after how long without doing anything one is logged out."""
    here = site()
    return render_template(
        "teacher/account.html",
        count=browser.count_of(here.store, _token()),
        idle=here.settings.idle_minutes,
        hours=browser.LONGEST.total_seconds() / 3600,
    )


@pages.post("/password")
@at_most("10 per minute", "30 per minute")
@told_on(page)
def password() -> ResponseReturnValue:
    """Take another password; every other browser is logged out."""
    here, given, name = site(), request.form, actor().name
    if not here.secure:
        raise InputError(_("No passwords are taken here, because others could read them."))
    new = given.get("new", "")
    if new != given.get("again", ""):
        raise InputError(_("The new password was typed in two ways. Type it again."))
    change_password(here.store, name, given.get("old", ""), new, address=request.remote_addr or "")
    browser.end_everywhere(here.store, _token())
    identity.log_in(name, new)
    return done(_("The password is changed. Other browsers are logged out."), "account.page")


@pages.post("/everywhere")
def leave_everywhere() -> ResponseReturnValue:
    """Log out in every browser."""
    browser.end_everywhere(site().store, _token())
    session.clear()
    flash(_("You are logged out everywhere."))
    return redirect(url_for("login.page"), 303)


def _token() -> str:
    return str(session.get(identity.SID, ""))
