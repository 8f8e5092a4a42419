"""Mail about a class: looked at first, then sent."""

import logging
import threading

from flask import render_template, request
from flask.typing import ResponseReturnValue

from core.actor import MACHINE, acting
from core.errors import InputError, RollcallError
from core.mail.kinds import KINDS, kind_named
from core.mail.listing import list_mails
from core.mail.planning import Queued, preview, queue
from core.mail.scopes import MailRequest
from core.mail.sending import send_waiting
from core.office.classes import ClassCard
from core.office.students import card
from core.words import MAIL_KINDS
from web.site import Site, site
from web.teaching import blueprint, class_options, day_given, done, may, own_classes, told_on
from web.wording import gettext as _
from web.wording import ngettext

pages = blueprint("mails", "/mail")
MOST_SHOWN = 50
LATEST = 30
_log = logging.getLogger(__name__)


@pages.get("/")
def page() -> ResponseReturnValue:
    """What can be mailed, about a class or about one student; once a kind is chosen, who would get what."""
    roll = request.values.get("roll", "").strip()
    kind = kind_named(request.values["kind"]) if request.values.get("kind") else None
    plan = preview(site().store, site().settings, _wanted()) if request.args.get("look") else None
    return render_template(
        "teacher/mails.html",
        kinds=_kinds(only_families=bool(roll)),
        kind=kind,
        roll=roll,
        units=[(one, _units()[one]) for one in kind.units if one in _units()] if kind else [],
        roles=_roles(kind.roles) if kind else [],
        classes=class_options(_classes(roll)),
        plan=plan,
        most=MOST_SHOWN,
        outbox=list_mails(site().store, limit=LATEST) if may("mail.show") else None,
    )


@pages.post("/")
@told_on(page)
def send() -> ResponseReturnValue:
    """Write what was looked at, and begin to send it."""
    here = site()
    made: Queued = queue(here.store, here.settings, _wanted())
    if not made.ids:
        raise InputError(_("There is nothing new to mail."))
    threading.Thread(target=_deliver, args=(here, made.ids), name="mail", daemon=True).start()
    words = ngettext("{} message is on its way.", "{} messages are on their way.", len(made.ids))
    return done(words, "mails.page")


def _deliver(here: Site, numbers: tuple[int, ...]) -> None:
    """Send what was just written; what does not arrive stays in the outbox and is tried again."""
    try:
        with acting(MACHINE):
            send_waiting(here.store, here.settings, only=numbers)
    except RollcallError as error:
        _log.warning("mail waits: %s", error)
    except Exception:  # noqa: BLE001 - the boundary of a thread
        _log.exception("sending mail failed")


def _wanted() -> MailRequest:
    given = request.values
    unit = given.get("unit") or None
    day = day_given("day")
    return MailRequest(
        kind=given.get("kind", ""),
        class_code=given.get("class") or None,
        day=None if unit == "always" else day,
        unit=unit,  # type: ignore[arg-type]  # a wrong one is refused by the kind
        since=day if unit == "always" else None,
        to=given.get("to") or None,  # type: ignore[arg-type]  # likewise
        roll=given.get("roll", "").strip() or None,
    )


def _classes(roll: str) -> tuple[ClassCard, ...]:
    """Of who asks; of these only the student's, where it is about one."""
    own = own_classes()
    if not roll:
        return own
    theirs = {one.id for one in card(site().store, roll).classes}
    return tuple(one for one in own if one.school_class.id in theirs)


def _kinds(*, only_families: bool) -> list[tuple[str, str]]:
    """only_families: without what is for teachers, who get nothing about one student."""
    kinds = [name for name, one in KINDS.items() if not only_families or "parents" in one.roles]
    return [(one, _(MAIL_KINDS.get(one, one))) for one in kinds]


def _units() -> dict[str, str]:
    return {
        "day": _("a day"),
        "week": _("a week"),
        "month": _("a month"),
        "always": _("all lessons so far"),
    }


def _roles(roles: tuple[str, ...]) -> list[tuple[str, str]]:
    words = {"parents": _("the parents"), "student": _("the student"), "teacher": _("the teachers")}
    both = [("both", _("parents and student"))] if len(roles) > 1 else []
    return [*((one, words[one]) for one in roles), *both]
