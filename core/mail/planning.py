"""Preview and queue: who would get what, who cannot be reached, and the same put into the outbox."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.access import guarded
from core.mail.kinds import kind_named
from core.mail.letters import Found, Kind, Letter, MonthOf, readable_addresses
from core.mail.scopes import MailRequest, scope_of
from core.mail.server import mail_server
from core.reports.register_files import export_month
from core.reports.session_files import write_sheet_of
from core.settings import Settings
from core.store import outbox
from core.store.database import Store
from core.store.outbox import Attachment, Draft

if TYPE_CHECKING:
    from core.mail.wording import Wording

_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Planned:
    """A message that would be queued.  who: whom it is about, or the teacher it goes to; the rest: see Letter."""

    who: str
    draft: Draft
    sheet_of: int | None = None
    month_of: MonthOf | None = None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Somebody to be told without an address.  bad: what stands there but is none; empty when nothing does."""

    who: str
    role: str
    bad: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a request for mail comes to.

    planned: messages that are new.  known: how many events were queued before, by state.  inactive: students who left
    and are not written to.  notes: sentences worth telling.
    """

    kind: str
    label: str
    planned: tuple[Planned, ...]
    known: Mapping[str, int]
    unreachable: tuple[Unreachable, ...]
    inactive: int
    notes: tuple[str, ...] = field(default=())


@guarded
def preview(store: Store, settings: Settings, request: MailRequest) -> Plan:
    """Who would get what; nothing is written and no network is used.

    Raises NotFoundError and InputError for what cannot be asked, MailError for a template.
    """
    from core.mail.wording import Wording  # Takes time to load, which most commands can spare.

    kind = kind_named(request.kind)
    with store.read() as db:
        scope = scope_of(db, settings, kind, request)
        found = kind.find(db, settings, scope)
        planned, unreachable = _addressed(kind, found, Wording(store.home, settings))
        known = outbox.states_of(db, [one.draft.event_key for one in planned])
    new = tuple(one for one in planned if one.draft.event_key not in known)
    states = Counter(known.values())
    return Plan(kind.name, scope.label, new, states, unreachable, found.inactive, found.notes)


@dataclass(frozen=True, slots=True)
class Queued:
    """A plan and the numbers of its messages in the outbox."""

    plan: Plan
    ids: tuple[int, ...]


@guarded
def queue(store: Store, settings: Settings, request: MailRequest) -> Queued:
    """Put what :func:`preview` shows into the outbox: all of it or, on an error, nothing.  No network is used.

    Raises as :func:`preview`, InputError while no mail server is set, DiskFullError for a sheet.
    """
    server = mail_server(store.home, settings)
    plan = preview(store, settings, request)
    drafts = _with_files(store, settings, plan.planned)
    with store.transaction() as db:
        ids = outbox.queue(db, drafts, server.domain)
    return Queued(plan, tuple(ids))


def _addressed(kind: Kind, found: Found, wording: "Wording") -> tuple[list[Planned], tuple[Unreachable, ...]]:
    planned, unreachable = [], []
    for letter in found.letters:
        good, bad = readable_addresses(letter.addresses)
        if bad or not good:
            unreachable.append(Unreachable(letter.who, letter.role, bad))
        if good:
            planned += _messages(kind, letter, good, wording)
    # Of two classes' lists one person may be on both.
    return planned, tuple(dict.fromkeys(unreachable))


def _messages(kind: Kind, letter: Letter, addresses: Iterable[str], wording: "Wording") -> list[Planned]:
    worded = wording.word(kind.template, letter.role, letter.words)
    draft = Draft(
        event_key="",
        kind=kind.name,
        recipient_role=letter.role,
        recipient="",
        subject=worded.subject,
        text=worded.text,
        html=worded.html,
        student_id=letter.student_id,
        session_id=letter.session_id,
    )
    return [
        Planned(
            letter.who, replace(draft, event_key=_key(letter, one), recipient=one), letter.sheet_of, letter.month_of
        )
        for one in addresses
    ]


def _key(letter: Letter, address: str) -> str:
    # The address and not its place in the list: a corrected one is told, the others are not told again.
    digest = hashlib.sha256(address.casefold().encode()).hexdigest()[:16]
    return f"{letter.event}:{letter.role}:{digest}"


def _with_files(store: Store, settings: Settings, planned: Sequence[Planned]) -> list[Draft]:
    """The messages with their workbooks, each of which is written once for all its readers."""
    written: dict[int | MonthOf, Attachment] = {}
    drafts = []
    for one in planned:
        what = one.sheet_of or one.month_of
        if what is None:
            drafts.append(one.draft)
            continue
        if what not in written:
            written[what] = _workbook(store, settings, what)
        drafts.append(replace(one.draft, attachments=(written[what],)))
    return drafts


def _workbook(store: Store, settings: Settings, what: int | MonthOf) -> Attachment:
    if isinstance(what, MonthOf):
        path = export_month(store, settings, what.class_code, what.year, what.month).path
    else:
        path = write_sheet_of(store, settings, what).path
    return Attachment(path.name, _EXCEL, path.read_bytes())
