"""Words of the pages in the reader's language: translations, days and times in the school's zone, errors."""

from datetime import date, datetime

from flask import Blueprint, Flask, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core import clock
from core.errors import RollcallError
from core.languages.language import LANGUAGES, Language
from core.languages.language import language as language_of
from core.reports.cells import cell_text
from core.reports.result import Cell, Column
from web.places import own_page
from web.site import site

COOKIE = "rollcall-language"
COOKIE_SECONDS = 400 * 86400
choosing = Blueprint("language", __name__)


def set_up(app: Flask) -> None:
    """Make these usable in templates, and the language to be chosen."""
    app.jinja_env.globals |= {"_": gettext, "ngettext": ngettext, "cell_text": _cell_text, "languages": LANGUAGES}
    app.jinja_env.filters |= {"clock_time": clock_time, "day": day, "moment": moment}
    app.context_processor(
        lambda: {"school": site().settings.school, "secure": site().secure, "language": reader_language()}
    )
    app.register_blueprint(choosing)


def reader_language() -> Language:
    """The reader's language: as chosen on this device, else what the browser prefers, else English."""
    if "language" not in g:
        chosen = request.cookies.get(COOKIE)
        liked = request.accept_languages.best_match(LANGUAGES, default="en")
        g.language = language_of(chosen if chosen in LANGUAGES else liked)
    found: Language = g.language
    return found


def gettext(text: str, **values: object) -> str:
    """The text in the reader's language.  values: for ``{name}`` in it."""
    translated = reader_language().one(text)
    return translated.format(**values) if values else translated


def ngettext(one: str, several: str, number: int, **values: object) -> str:
    """The text that fits the number, which stands at its ``{}``.  values: for ``{name}`` in it."""
    return reader_language().several(one, several, number).format(number, **values)


def clock_time(moment: datetime | None) -> str:
    """``9:00 AM`` on the school's clock."""
    return reader_language().time_text(moment, clock.school_zone(site().settings))


def day(one: date | None) -> str:
    """``November 21, 2026``."""
    return "" if one is None else reader_language().day_text(one, "long")


def moment(one: datetime | None) -> str:
    """Day and time on the school's clock."""
    return reader_language().moment_text(one, clock.school_zone(site().settings))


def sentence(error: RollcallError) -> str:
    """What a person is told: what belongs to the command line is left out."""
    return reader_language().told(" ".join(one for one in str(error).split("\n") if one))


def _cell_text(column: Column, cell: Cell) -> str:
    return cell_text(column, cell, gettext)


@choosing.post("/language")
def choose() -> Response | AnyResponse:
    """Keep another language on this device."""
    response = redirect(own_page(request.form.get("next")) or url_for("login.home"), 303)
    if (code := request.form.get("language")) in LANGUAGES:
        response.set_cookie(
            COOKIE, code, max_age=COOKIE_SECONDS, secure=site().secure, httponly=True, samesite="Lax", path="/"
        )
    return response
