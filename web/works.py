"""Works with stored faces: pages ask for them, the process that recognises does them, pages tell how far they are."""

from dataclasses import asdict, dataclass

from flask import jsonify
from flask.typing import ResponseReturnValue

from core.errors import ConflictError
from web.taking.here import desk
from web.taking.job import Errand, Job
from web.taking.messages import Delete, Done, Enrol, Train, Wish
from web.teaching import actor, told
from web.wording import gettext as _
from web.wording import ngettext, sentence

MOST_NAMED = 3
"""So many photos that were refused for the same reason are named."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A work in the reader's language.

    share: how much is done, 0-1, None where nobody knows; can_cancel: whether the reader can end it now.
    """

    words: str
    over: bool
    failed: bool
    share: float | None
    notes: tuple[str, ...]
    cancelled: bool = False
    can_cancel: bool = False


def ask(about: str, wish: Wish) -> None:
    """Ask for a work.  about: of which :func:`now` tells.  Raises BusyError as the desk does."""
    desk().ask(actor(), about, wish)


def now(about: str) -> Shown | None:
    """The work about this, while it goes on and for a while after its end."""
    found = desk().errand(about)
    if found is None:
        return None
    share = found.frames / found.of if found.of > 1 else None
    notes = () if found.outcome is None else _notes(found.outcome)
    can_cancel = found.can_end and _is_whose(found)
    return Shown(
        _words(found), found.is_over, found.state == "failed", share, notes, found.state == "cancelled", can_cancel
    )


def cancel(about: str) -> None:
    """End the work about this, unless it is over; nothing of it is stored then.

    Raises ConflictError for who did not ask for it and is no admin.
    """
    found = desk().errand(about)
    if found is None or found.is_over:
        return
    if not _is_whose(found):
        raise ConflictError(_("Somebody else asked for this. They can cancel it, or an admin of the school."))
    desk().stop(found, keep=False)


def _is_whose(errand: Errand) -> bool:
    reader = actor()
    return reader.role == "admin" or reader.account_id == errand.actor.account_id


def as_json(about: str) -> ResponseReturnValue:
    """The same for a script, which loads the page again when the work is over."""
    return jsonify(asdict(now(about) or Shown("", over=True, failed=False, share=None, notes=())))


def place_in_line(job: Job) -> str:
    """How many others are before it."""
    return ngettext("{} other is before you.", "{} others are before you.", desk().before(job))


def _words(errand: Errand) -> str:
    if errand.outcome is not None:
        return _done(errand.wish, errand.outcome)
    if errand.problem is not None:
        return sentence(errand.problem)
    if errand.state == "waiting":
        return place_in_line(errand)
    if errand.state == "ending":
        return _("Cancelling …")
    if not errand.words:
        return _("One moment …")
    if isinstance(errand.wish, Enrol):
        return _("The photos are being looked at …")
    count = f" {errand.frames}/{errand.of}" if errand.of else ""
    return f"{told(errand.words)}{count}"


def _notes(made: Done) -> tuple[str, ...]:
    photos: dict[str, list[str]] = {}
    for photo, why in made.refused:
        photos.setdefault(why, []).append(photo)
    # A whole sentence names the photo itself; it ends with a full stop here, and with other signs in other languages.
    refused = (told(why) if why.endswith(".") else f"{_named(those)}: {told(why)}" for why, those in photos.items())
    return (*refused, *(told(one) for one in made.notes))


def _named(photos: list[str]) -> str:
    """Those that were refused for the same reason; of a camera there can be many, whose names say nothing."""
    if len(photos) <= MOST_NAMED:
        return ", ".join(photos)
    return ngettext("{} picture", "{} pictures", len(photos))


def _done(wish: Wish, made: Done) -> str:
    if isinstance(wish, Train):
        students = ngettext("{} student", "{} students", made.students)
        return _(
            "Learned: {students}, {photos}.", students=students, photos=ngettext("{} photo", "{} photos", made.faces)
        )
    if isinstance(wish, Delete):
        return ngettext("{} face is deleted.", "{} faces are deleted.", made.faces)
    taken = ngettext("{} face is taken.", "{} faces are taken.", made.faces)
    refused = ngettext("{} picture was refused.", "{} pictures were refused.", len(made.refused))
    return f"{taken} {refused}" if made.refused else taken
