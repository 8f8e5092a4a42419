"""What rows of the audit are about, and what was before and is now, as a head teacher would say it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from gui.texts import N_, _, arrow, day_names, day_text, moment_text, number_text

if TYPE_CHECKING:
    from core.audit import AuditRow
    from core.audit_names import AuditNames

MOST_NAMED = 3
"""More lessons or students than this are counted, not named."""
HIDDEN = {"act", "schedule", "record", "records", "generation", "event_key", "thumbnail"}
"""Numbers of rows elsewhere, which tell nobody anything."""
NAMES = {
    "active": N_("in use"),
    "camera": N_("camera"),
    "changed": N_("changed"),
    "class": N_("class"),
    "code": N_("code"),
    "colour": N_("colour"),
    "columns": N_("columns"),
    "counts_as": N_("counts as"),
    "ends_at": N_("ends"),
    "every_weeks": N_("every so many weeks"),
    "faces": N_("faces"),
    "far": N_("over the network"),
    "finished": N_("finished"),
    "from": N_("from"),
    "group": N_("group"),
    "ink": N_("colour of the letter"),
    "kinds": N_("kinds"),
    "left": N_("left"),
    "letter": N_("letter"),
    "mails": N_("mails"),
    "marks": N_("marks"),
    "minutes": N_("minutes"),
    "name": N_("name"),
    "opened_at": N_("opened"),
    "points": N_("points"),
    "reviewed_at": N_("reviewed"),
    "role": N_("role"),
    "room": N_("room"),
    "rows": N_("rows"),
    "samples": N_("stored faces"),
    "seats": N_("seats taken"),
    "session": N_("lesson"),
    "sessions": N_("lessons"),
    "set": N_("there is one"),
    "source": N_("kept by"),
    "starts": N_("begins"),
    "starts_at": N_("starts"),
    "state": N_("state"),
    "status": N_("status"),
    "stored": N_("stored"),
    "student": N_("student"),
    "students": N_("students"),
    "teacher": N_("teacher"),
    "teachers": N_("teachers"),
    "title": N_("subject"),
    "to": N_("to"),
    "versions": N_("versions"),
    "weekdays": N_("days"),
    "with": N_("by"),
}
VALUES = {
    "admin": N_("Admin"),
    "cancelled": N_("cancelled"),
    "changed": N_("changed"),
    "closed": N_("closed"),
    "code": N_("a one-time code"),
    "failed": N_("failed"),
    "file": N_("a file"),
    "keyring": N_("the keyring of the computer"),
    "kiosk": N_("Kiosk"),
    "locked": N_("locked"),
    "open": N_("open"),
    "passphrase": N_("a passphrase"),
    "password": N_("password"),
    "planned": N_("planned"),
    "sent": N_("sent"),
    "student": N_("Student"),
    "teacher": N_("Teacher"),
    "waiting": N_("waiting"),
}
"""Words that are recorded; names and codes are never among them."""
_WORDED = ("role", "state", "source", "with", "title")
_SUBJECTS = {
    "absence": N_("absence {number}"),
    "account": N_("account {number}"),
    "group": N_("group {number}"),
    "holiday": N_("days without lessons {number}"),
    "kiosk": N_("device {number} that was passed round"),
    "mail": N_("mail {number}"),
    "room": N_("room {number}"),
    "schedule": N_("entry {number} of the timetable"),
    "status": N_("status {number}"),
    "student": N_("student {number}"),
    "teacher": N_("teacher {number}"),
    "token": N_("token {number}"),
}


def about_text(one: AuditRow, names: AuditNames, zone: tzinfo | None) -> str:
    """Class, lesson, student and what else it was about, by the names of today; who is gone is a number."""
    parts = []
    if one.session_id is not None:
        parts.append(_lesson(one.session_id, names, zone))
    elif one.class_id is not None:
        parts.append(names.classes.get(one.class_id) or _("class {number}").format(number=one.class_id))
    if one.student_id is not None:
        parts.append(names.students.get(one.student_id) or _("student {number}").format(number=one.student_id))
    if one.subject:
        parts.append(_subject(one.subject, names))
    return ", ".join(parts)


def details_text(one: AuditRow, names: AuditNames, zone: tzinfo | None) -> str:
    """What there was before and is now; what stayed is left out."""
    before, after = _plain(one.before), _plain(one.after)
    parts = []
    for name in [*before, *(name for name in after if name not in before)]:
        if name in HIDDEN or (name in before and before[name] == after.get(name, None) and name in after):
            continue
        was, now = (_value(name, data.get(name), names, zone) for data in (before, after))
        if name in before and after:
            parts.append(f"{label(name)}: {was or '–'} {arrow()} {now or '–'}")
        elif was or now:
            parts.append(f"{label(name)}: {was or now}")
    return ", ".join([*parts, *([one.why] if one.why else [])])


def label(name: str) -> str:
    """The name of something that is recorded, in words; a setting by its own name."""
    return _(NAMES[name]) if name in NAMES else name.replace("_", " ")


def _value(name: str, value: Any, names: AuditNames, zone: tzinfo | None) -> str:  # noqa: ANN401 - whatever was recorded
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "weekdays" and isinstance(value, list):
        days = day_names()
        return ", ".join(days[one] for one in value if isinstance(one, int) and 0 <= one < 7)
    if isinstance(value, list):
        return _several(name, value, names, zone)
    if isinstance(value, dict):
        if name == "seats":
            return number_text(len(value))
        return ", ".join(f"{label(key)} {_value(key, one, names, zone)}" for key, one in value.items())
    if isinstance(value, int):
        return _named(name, value, names, zone) or number_text(value)
    if isinstance(value, str):
        return _(VALUES[value]) if name in _WORDED and value in VALUES else _time(value, zone)
    return number_text(value) if isinstance(value, float) else str(value)


def _several(name: str, values: list[Any], names: AuditNames, zone: tzinfo | None) -> str:
    kind = name.removesuffix("s")
    if len(values) > MOST_NAMED and all(isinstance(one, int) for one in values):
        return number_text(len(values))
    return ", ".join(_value(kind, one, names, zone) for one in values)


def _named(name: str, number: int, names: AuditNames, zone: tzinfo | None) -> str:
    """The name behind a number, where it is one of something that has a name."""
    if name == "session":
        return _lesson(number, names, zone)
    known: Mapping[str, Mapping[int, str]] = {
        "class": names.classes, "student": names.students, "teacher": names.teachers, "room": names.rooms,
        "group": names.groups,
    }  # fmt: skip
    return known.get(name, {}).get(number, "")


def _lesson(number: int, names: AuditNames, zone: tzinfo | None) -> str:
    found = names.lessons.get(number)
    return _("lesson {number}").format(number=number) if found is None else f"{found[0]}, {moment_text(found[1], zone)}"


def _subject(subject: str, names: AuditNames) -> str:
    kind, _colon, number = subject.partition(":")
    known: Mapping[str, Mapping[int, str]] = {
        "account": names.accounts, "teacher": names.teachers, "room": names.rooms, "group": names.groups,
        "student": names.students,
    }  # fmt: skip
    name = known.get(kind, {}).get(int(number)) if number.isdecimal() else None
    return name or (_(_SUBJECTS[kind]).format(number=number) if kind in _SUBJECTS and number else subject)


def _time(text: str, zone: tzinfo | None) -> str:
    """A moment or a day as people write it; other words stay."""
    if len(text) < len("2026-11-21") or not text[:4].isdecimal():
        return text
    try:
        if len(text) == len("2026-11-21"):
            return day_text(date.fromisoformat(text), "medium")
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return text if moment.tzinfo is None else moment_text(moment, zone)


def _plain(data: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever was recorded
    return data if isinstance(data, dict) else {}
