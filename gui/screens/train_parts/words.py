"""The sentences of the page Train; plain functions, tested without a window."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING

from gui.texts import _, moment_text, ngettext, number_text, percent_text

if TYPE_CHECKING:
    from core.accuracy import Accuracy
    from core.training import TrainingResult
    from core.training_state import TrainingState


def state_text(state: TrainingState, zone: tzinfo | None) -> str:
    """When the class was trained, and with what."""
    if state.run is None:
        return _("Not trained yet.")
    count = state.run.students
    known = ngettext("{} student", "{} students", count).format(number_text(count))
    photos = ngettext("{} photo", "{} photos", state.run.samples).format(number_text(state.run.samples))
    when = moment_text(state.run.created_at, zone)
    # Without its number, which counts all classes' trainings and not this one's.
    return _("Trained: {when}, {students}, {photos}.").format(when=when, students=known, photos=photos)


def change_text(state: TrainingState) -> str:
    """What changed since the version in use was made; empty when nothing did."""
    parts = []
    if state.new_photos:
        photos = ngettext("{} new photo", "{} new photos", state.new_photos).format(number_text(state.new_photos))
        parts.append(
            ngettext("{photos} of {} student", "{photos} of {} students", state.of_students).format(
                number_text(state.of_students), photos=photos
            )
        )
    if state.gone_photos:
        parts.append(
            ngettext("{} photo is gone", "{} photos are gone", state.gone_photos).format(number_text(state.gone_photos))
        )
    if state.joined > 0:
        parts.append(ngettext("{} student more", "{} students more", state.joined).format(number_text(state.joined)))
    if state.joined < 0:
        parts.append(ngettext("{} student less", "{} students less", -state.joined).format(number_text(-state.joined)))
    return _("Changed since the last training: {what}.").format(what=", ".join(parts)) if parts else ""


def verdict(accuracy: Accuracy) -> str:
    """How well the class is recognised, in one sentence."""
    share = 100 * accuracy.right / accuracy.tested
    if accuracy.wrong:
        return ngettext(
            "{} photo got the name of somebody else. See who, and take more photos of them.",
            "{} photos got the name of somebody else. See who, and take more photos of them.",
            accuracy.wrong,
        ).format(number_text(accuracy.wrong))
    if share >= 95:
        return _("The class is recognised well. Nobody got the name of somebody else.")
    return _("Nobody got the name of somebody else, but some photos were not recognised. More photos help.")


def cards(accuracy: Accuracy) -> tuple[tuple[str, str], ...]:
    """A large figure and what it says, four of them."""

    def of(count: int, total: int) -> str:
        return _("{count} of {total}").format(count=number_text(count), total=number_text(total))

    tested = accuracy.tested
    return (
        (percent_text(100 * accuracy.right / tested), _("of the photos get the right name")),
        (of(accuracy.wrong, tested), _("get the name of somebody else")),
        (of(accuracy.refused, tested), _("are not recognised")),
        (
            of(accuracy.strangers_named, accuracy.strangers) if accuracy.strangers else "–",
            _("strangers get a student’s name"),
        ),
    )


def trained_text(result: TrainingResult) -> str:
    """What a training came to, for the line under the heading."""
    parts = [
        ngettext("{} student trained", "{} students trained", result.students).format(number_text(result.students))
    ]
    without = len(result.without_faces)
    if without:
        parts.append(ngettext("{} has no photo", "{} have no photo", without).format(number_text(without)))
    refused = len(result.without_consent)
    if refused:
        parts.append(ngettext("{} has no consent", "{} have no consent", refused).format(number_text(refused)))
    return _("Done: {what}.").format(what=", ".join(parts))


def share_text(value: float | None) -> str:
    """Per cent, or a dash where nothing was measured."""
    return "–" if value is None else percent_text(value)
