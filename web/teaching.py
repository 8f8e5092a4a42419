"""What the pages of teachers share: who acts, their classes, days as typed, problems told where they arose."""

import functools
import io
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import IO

from flask import Blueprint, abort, flash, g, make_response, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from core import clock
from core.actions import ACTIONS
from core.actor import Actor
from core.addresses import is_reachable
from core.errors import AccessError, RollcallError
from core.files import Written, workplace
from core.office.classes import ClassCard, list_classes
from core.office.students import list_students
from web import identity
from web.app import status_of, wants_json
from web.site import site
from web.wording import reader_language, sentence

Page = Callable[..., ResponseReturnValue]
MOST_NAME = 120
"""Letters of a file’s name that are looked at; the last ones."""
MOST_CHOICES = 300
"""Of more students the roll number is typed: a list of thousands is neither small nor found through on a phone."""


def blueprint(name: str, place: str = "") -> Blueprint:
    """Pages of teachers below ``/teach``."""
    made = Blueprint(name, f"web.pages.{name}", url_prefix=f"/teach{place}")
    made.before_request(identity.need("teacher", "admin"))
    made.context_processor(lambda: {"may": may, "class_options": class_options})
    return made


def actor() -> Actor:
    """Who is logged in, as who does something."""
    found = identity.account()
    if found is None:
        abort(401)
    return found.actor()


def may(action: str) -> bool:
    """Whether the role may do it, so that nothing is offered in vain; on what, the services judge."""
    return actor().role in ACTIONS[action]


def own_classes() -> tuple[ClassCard, ...]:
    """The classes of who is logged in; looked up once a page."""
    if "own_classes" not in g:
        g.own_classes = list_classes(site().store)
    found: tuple[ClassCard, ...] = g.own_classes
    return found


def class_numbered(class_id: int) -> ClassCard:
    """One of one’s own classes; any other is as if it were not there."""
    found = next((one for one in own_classes() if one.school_class.id == class_id), None)
    if found is None:
        abort(404)
    return found


def class_options(classes: Iterable[ClassCard]) -> list[tuple[str, str]]:
    """Classes as a list to choose from offers them: code, and words."""
    return [(one.school_class.code, f"{one.school_class.code} {one.school_class.name}"[:80]) for one in classes]


def student_options(name: str) -> dict[str, list[tuple[str, str]]]:
    """Under ``name`` the students of who is logged in, as a list to choose from; nothing where they are too many."""
    found = [one.student for one in list_students(site().store)]
    if len(found) > MOST_CHOICES:
        return {}
    return {name: [(one.roll, f"{one.roll} {one.name}"[:80]) for one in found]}


def told_on(page: Page) -> Callable[[Page], Page]:
    """Tell what core refuses on the page with the form, which keeps what was typed.

    page: shows it; called with the same parts of the address.
    """

    def decorate(act: Page) -> Page:
        @functools.wraps(act)
        def tried(**parts: object) -> ResponseReturnValue:
            try:
                return act(**parts)
            except AccessError:
                raise
            except RollcallError as error:
                if wants_json():
                    raise
                g.problem = sentence(error)
                shown = make_response(page(**parts))
                shown.status_code = status_of(error)
                return shown

        return tried

    return decorate


def done(words: str, endpoint: str, **parts: object) -> Response:
    """Say what was done, on the page to go on with.  parts: of its address."""
    flash(words)
    return redirect(url_for(endpoint, **parts), 303)  # type: ignore[arg-type]


def told(words: str) -> str:
    """What core says, in the reader’s language and without a command."""
    return reader_language().told(words)


def phones_reach() -> str:
    """The portal's address for phones: the teacher may sit at the computer itself, by a name that no phone knows."""
    here = request.host_url.rstrip("/")
    return here if is_reachable(request.host.rsplit(":", 1)[0]) else site().reached() or here


def today() -> date:
    """The day it is at the school."""
    return clock.today(clock.school_zone(site().settings))


def day_given(name: str) -> date | None:
    """The day that a field of the form or the address holds; None for an empty one.  Raises InputError."""
    text = request.values.get(name, "").strip()
    return clock.parse_day(text, clock.school_zone(site().settings)) if text else None


def days_given() -> tuple[date, date]:
    """The fields ``first`` and ``last``; without a last day it is the first one.  Raises InputError."""
    first = day_given("first") or today()
    return first, day_given("last") or first


def sent_files(name: str) -> list[tuple[str, IO[bytes]]]:
    """The files that were chosen in a field of the form: what each is called, and what is in it."""
    chosen = [one for one in request.files.getlist(name) if one.filename]
    return [((one.filename or "")[-MOST_NAME:], one.stream) for one in chosen]


def download(write: Callable[[Path], Written], ending: str, name: str) -> Response:
    """A file made for one reader and kept nowhere.  write: makes it at the path it is given."""
    with workplace(site().home.data) as folder:
        content = write(folder / f"file.{ending}").path.read_bytes()
    return send_file(io.BytesIO(content), as_attachment=True, download_name=name, max_age=0)
