"""Everything that can be done, and which role may do it: the whole of the school's rights on one page.

Names are stable: the audit keeps them.  What is not listed here cannot be done by anybody.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from core.actor import Role


class Scope(Enum):
    """On what a role may do an action."""

    ANY = "any"
    """On everything."""
    OWN = "own"
    """A teacher: classes they teach, their sessions and students; a student: themselves."""


ANY, OWN = Scope.ANY, Scope.OWN
Grant = Mapping[Role, Scope]


def _grant(**roles: Scope) -> Grant:
    return MappingProxyType(roles)  # type: ignore[arg-type]  # the names are roles; a test holds them to it


_ADMIN = _grant(admin=ANY)
_TEACHING = _grant(admin=ANY, teacher=OWN)
_STAFF = _grant(admin=ANY, teacher=ANY)
_CONCERNED = _grant(admin=ANY, teacher=OWN, student=OWN)
_SELF = _grant(admin=ANY, student=OWN)
_AUTOMATIC = _grant(admin=ANY, machine=ANY)
EVERYBODY = _grant(admin=ANY, teacher=ANY, student=ANY, kiosk=ANY, machine=ANY)
"""Of what belongs to no class and to nobody."""

ACTIONS: Mapping[str, Grant] = MappingProxyType(
    {
        # Who may work with it, and what was done.
        "accounts.list": _ADMIN,
        "accounts.change": _ADMIN,
        "audit.show": _ADMIN,
        "audit.head": _grant(admin=ANY, teacher=ANY, machine=ANY),
        "settings.show": _STAFF,
        "settings.change": _ADMIN,
        "system.look": EVERYBODY,
        "system.setup": _ADMIN,
        # The key of the stored faces.
        "security.show": _ADMIN,
        "security.key": _ADMIN,
        "security.rotate": _ADMIN,
        "security.start_over": _ADMIN,
        "data.backup": _AUTOMATIC,
        "data.move": _ADMIN,
        "data.sweep": _AUTOMATIC,
        # People and classes.
        "people.list": _TEACHING,
        "people.show": _CONCERNED,
        "people.change": _ADMIN,
        "people.import": _ADMIN,
        "people.export": _ADMIN,
        "people.export_one": _SELF,
        "people.merge": _ADMIN,
        "people.erase": _ADMIN,
        "consent.record": _TEACHING,
        "consent.withdraw": _CONCERNED,
        "classes.list": _TEACHING,
        "classes.show": _TEACHING,
        "classes.change": _ADMIN,
        "classes.seat": _TEACHING,
        # Names that all who work there may know; with them only the classes that are somebody's own.
        "teachers.list": _STAFF,
        "rooms.list": _STAFF,
        # Faces.
        "faces.enrol": _TEACHING,
        "faces.show": _TEACHING,
        "faces.delete": _TEACHING,
        "faces.train": _TEACHING,
        "faces.check": _TEACHING,
        "faces.versions": _TEACHING,
        "faces.versions.use": _TEACHING,
        "faces.identify": _ADMIN,
        "faces.review.show": _TEACHING,
        "faces.review": _TEACHING,
        "faces.watch": _grant(admin=ANY, kiosk=ANY, machine=ANY),
        # The register.  A kiosk marks, and nothing else.
        "marks.recognise": _grant(admin=ANY, teacher=OWN, kiosk=ANY, machine=ANY),
        # The machine: what a phone or another device confirms without a person’s account.
        "marks.set": _grant(admin=ANY, teacher=OWN, machine=ANY),
        "marks.undo": _TEACHING,
        "marks.show": _CONCERNED,
        "marks.import": _TEACHING,
        "sessions.list": _TEACHING,
        "sessions.open": _TEACHING,
        "sessions.lock": _TEACHING,
        "sessions.close": _TEACHING,
        "sessions.close_due": EVERYBODY,
        "sessions.review": _TEACHING,
        "sessions.plan": _TEACHING,
        "timetable.show": _TEACHING,
        "timetable.change": _ADMIN,
        "holidays.show": EVERYBODY,
        "holidays.change": _ADMIN,
        "absences.show": _CONCERNED,
        "absences.plan": _TEACHING,
        "statuses.show": EVERYBODY,
        "statuses.change": _ADMIN,
        "presence.show": _ADMIN,
        # Who is in the house: for the case of fire.
        "presence.on_site": _STAFF,
        "presence.history": _CONCERNED,
        # What leaves the program.
        # Confirming by phone.
        "phones.mode": _TEACHING,
        "phones.show": _TEACHING,
        "phones.decide": _TEACHING,
        "phones.pair": _TEACHING,
        "phones.of": _CONCERNED,
        "phones.judge": _AUTOMATIC,
        "queries.ask": _grant(student=OWN),
        "queries.show": _CONCERNED,
        "queries.answer": _TEACHING,
        "report.run": _CONCERNED,
        # Other programs of the school.
        "tokens.change": _ADMIN,
        "rosters.push": _ADMIN,
        "report.sheet": _grant(admin=ANY, teacher=OWN, machine=ANY),
        # What is mailed about a class, a lesson or a student of it; the outbox of the whole school is the admins’.
        "mail.plan": _TEACHING,
        "mail.queue": _grant(admin=ANY, teacher=OWN, machine=ANY),
        "mail.show": _ADMIN,
        "mail.send": _AUTOMATIC,
    }
)

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "accounts.list": "list the accounts",
        "accounts.change": "change accounts",
        "audit.show": "read the audit",
        "audit.head": "see the head of the audit",
        "settings.show": "see the settings",
        "settings.change": "change the settings",
        "system.look": "look at what is installed",
        "system.setup": "prepare the neural networks",
        "security.show": "see how the faces are encrypted",
        "security.key": "move the key of the faces",
        "security.rotate": "encrypt the faces anew",
        "security.start_over": "give up all stored faces",
        "data.backup": "copy the database",
        "data.move": "replace or move all data",
        "data.sweep": "erase what was kept long enough",
        "people.list": "list students",
        "people.show": "see a student",
        "people.change": "change students",
        "people.import": "import students",
        "people.export": "export students",
        "people.export_one": "export everything about a student",
        "people.merge": "merge students",
        "people.erase": "delete students",
        "consent.record": "record a consent",
        "consent.withdraw": "withdraw a consent",
        "classes.list": "list classes",
        "classes.show": "see a class",
        "classes.change": "change classes, groups, rooms and teachers",
        "classes.seat": "change who sits where",
        "teachers.list": "list teachers",
        "rooms.list": "list rooms",
        "faces.enrol": "take faces",
        "faces.show": "look at stored faces",
        "faces.delete": "delete stored faces",
        "faces.train": "train a class",
        "faces.check": "check how well a class is recognised",
        "faces.versions": "list the versions of a class",
        "faces.versions.use": "choose another version of a class",
        "faces.identify": "search for somebody in the whole school",
        "faces.review.show": "see the faces that were not sure",
        "faces.review": "decide about faces that were not sure",
        "faces.watch": "watch a camera that runs all day",
        "marks.recognise": "mark a class by its faces",
        "marks.set": "set marks",
        "marks.undo": "take changes of marks back",
        "marks.show": "see marks",
        "marks.import": "import marks",
        "sessions.list": "list lessons",
        "sessions.open": "open a lesson",
        "sessions.lock": "lock a lesson",
        "sessions.close": "close a lesson",
        "sessions.close_due": "close the lessons that are over",
        "sessions.review": "say that a lesson was reviewed",
        "sessions.plan": "move or cancel a lesson",
        "timetable.show": "see the timetable",
        "timetable.change": "change the timetable",
        "holidays.show": "see the holidays",
        "holidays.change": "change the holidays",
        "absences.show": "see planned absences",
        "absences.plan": "plan absences",
        "statuses.show": "see what a mark can be",
        "statuses.change": "change what a mark can be",
        "presence.show": "see who came and went",
        "presence.on_site": "see who is in the house",
        "presence.history": "see the history of a student",
        "phones.mode": "say how phones take part in a lesson",
        "phones.show": "show the code of a lesson",
        "phones.decide": "decide about a confirmation by phone",
        "phones.pair": "pair a student’s phone",
        "phones.of": "see a student’s phones",
        "phones.judge": "judge the selfies that wait",
        "queries.ask": "ask about a mark",
        "queries.show": "see the questions about marks",
        "queries.answer": "answer questions about marks",
        "report.run": "run a report",
        "tokens.change": "list, make and revoke tokens of other programs",
        "rosters.push": "push rosters",
        "report.sheet": "write the sheet of a lesson",
        "mail.plan": "see what would be mailed",
        "mail.queue": "write mails",
        "mail.show": "see mails",
        "mail.send": "send mails",
    }
)
"""Each action as a teacher would say it, after “may not”; the names above are for the audit only."""
