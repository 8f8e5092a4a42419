"""What the audit calls ``accounts.add``, in words."""

from core.actions import ACTIONS, WORDS
from gui.texts import N_, _

# What core.actions has no words for, since it is a part of an action there; said in the same form.
PARTS = {
    "absences.add": N_("plan an absence"),
    "absences.answer": N_("answer a request to be excused"),
    "absences.ask": N_("ask to be excused"),
    "absences.delete": N_("delete a planned absence"),
    "accounts.activate": N_("switch an account on"),
    "accounts.add": N_("add an account"),
    "accounts.code": N_("give an account a code"),
    "accounts.code.used": N_("use the code of an account"),
    "accounts.deactivate": N_("switch an account off"),
    "accounts.password": N_("change a password"),
    "accounts.pin": N_("change a PIN"),
    "accounts.role": N_("change the role of an account"),
    "accounts.setup": N_("make the first account"),
    "audit.trim": N_("delete old rows of the audit"),
    "classes.add": N_("add a class"),
    "classes.delete": N_("delete a class"),
    "classes.join": N_("put into a class"),
    "classes.leave": N_("take out of a class"),
    "consent.refuse": N_("record that a consent was refused"),
    "data.export": N_("copy all data out"),
    "data.import": N_("take data over"),
    "data.restore": N_("put a copy back"),
    "faces.capture": N_("take faces"),
    "faces.erase": N_("erase faces"),
    "faces.versions.remove": N_("delete a version of a class"),
    "groups.add": N_("add a group"),
    "groups.change": N_("change a group"),
    "groups.delete": N_("delete a group"),
    "groups.join": N_("put into a group"),
    "groups.leave": N_("take out of a group"),
    "holidays.add": N_("add a holiday"),
    "holidays.delete": N_("delete a holiday"),
    "kiosk.end": N_("end passing a device round"),
    "kiosk.start": N_("pass a device round"),
    "kiosk.typed": N_("type a roll number at a kiosk"),
    "login": N_("log in"),
    "login.failed": N_("fail to log in"),
    "mail.cancel": N_("cancel a mail"),
    "mail.password": N_("change the password of the mail"),
    "mail.queue": N_("put mails into the outbox"),
    "mail.retry": N_("send mails again"),
    "mail.sent": N_("send a mail"),
    "marks.machine": N_("set marks by itself"),
    "people.add": N_("add a student"),
    "people.move": N_("move a student"),
    "phones.cards": N_("print cards that pair phones"),
    "phones.code": N_("give a student a code for their phone"),
    "phones.confirmed": N_("confirm a lesson by phone"),
    "phones.decided": N_("decide about a confirmation by phone"),
    "phones.paired": N_("pair a phone"),
    "phones.removed": N_("take a phone away"),
    "report.export": N_("save attendance as a file"),
    "rooms.add": N_("add a room"),
    "rooms.change": N_("change a room"),
    "rooms.delete": N_("delete a room"),
    "tokens.make": N_("make a token for another program"),
    "tokens.revoke": N_("revoke a token of another program"),
    "sessions.add": N_("add a lesson"),
    "sessions.change": N_("change a lesson"),
    "teachers.add": N_("add a teacher"),
    "teachers.change": N_("change a teacher"),
    "timetable.add": N_("add to the timetable"),
    "timetable.delete": N_("delete from the timetable"),
}

KINDS = {
    "absences": N_("Planned absences"),
    "accounts": N_("Accounts and passwords"),
    "audit": N_("The audit itself"),
    "classes": N_("Classes and rosters"),
    "consent": N_("Consent"),
    "data": N_("Copies and erasing"),
    "faces": N_("Faces and training"),
    "groups": N_("Groups"),
    "holidays": N_("Days without lessons"),
    "kiosk": N_("Kiosk"),
    "login": N_("Logging in"),
    "mail": N_("Mail"),
    "marks": N_("Marks"),
    "people": N_("Students"),
    "phones": N_("Phones"),
    "presence": N_("Arrivals and departures"),
    "queries": N_("Questions about marks"),
    "report": N_("Reports and exports"),
    "rooms": N_("Rooms"),
    "rosters": N_("Rosters that programs push"),
    "security": N_("The key of the faces"),
    "sessions": N_("Lessons"),
    "settings": N_("Settings"),
    "statuses": N_("Statuses"),
    "system": N_("Networks"),
    "teachers": N_("Teachers"),
    "timetable": N_("Timetable"),
    "tokens": N_("Other programs"),
}
"""What actions begin with, in words: what the list can be narrowed down to."""


def kind_choices() -> list[tuple[str, str]]:
    """Beginnings of actions with their words, by the words; everything first."""
    begins = {one.split(".")[0] for one in (*ACTIONS, *PARTS)}
    return [("", _("everything")), *sorted(((one, _(KINDS.get(one, one))) for one in begins), key=lambda one: one[1])]


def action_text(action: str) -> str:
    """An action as a teacher would say it; one that has no words stays as it is."""
    words = _(PARTS.get(action) or WORDS.get(action, action))
    return words[:1].upper() + words[1:] if words != action else action


def role_text(role: str) -> str:
    """A role, or the machine, in words."""
    words = {"admin": _("Admin"), "teacher": _("Teacher"), "student": _("Student"), "kiosk": _("Kiosk")}
    return words.get(role, _("by itself") if role == "machine" else role)
