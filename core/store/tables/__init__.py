"""The tables.  Their history is in ``migrations``; a test holds both to the same shape.

Only the modules of ``core.store`` see these classes: everybody else gets frozen records.
"""

from core.store.tables.accounts import (
    AccountTable,
    AuditAnchorTable,
    AuditSessionTable,
    AuditTable,
    LoginLimitTable,
)
from core.store.tables.base import Base, UtcDateTime
from core.store.tables.faces import RejectionTable, SampleTable, SightingTable, TrainingRunTable
from core.store.tables.people import (
    ClassTable,
    ClassTeacherTable,
    ConsentTable,
    GroupMemberTable,
    GroupTable,
    RoomTable,
    RosterTable,
    SeatPlanTable,
    SeatTable,
    StudentTable,
    TeacherTable,
)
from core.store.tables.phones import (
    AbsenceAskedTable,
    ApiTokenTable,
    ClaimTable,
    ConfirmationTable,
    DeviceTable,
    KioskTable,
    MarkQueryTable,
    PairingTable,
    PhoneLessonTable,
    WebSessionTable,
)
from core.store.tables.post import AttachmentTable, MailTable
from core.store.tables.register import (
    ClosureTable,
    MarkChangeTable,
    MarkTable,
    PassageTable,
    PlannedAbsenceTable,
    ScheduleTable,
    SessionTable,
    StatusTable,
)
from core.store.tables.vault import VaultKeyTable

__all__ = [
    "AbsenceAskedTable",
    "AccountTable",
    "ApiTokenTable",
    "AttachmentTable",
    "AuditAnchorTable",
    "AuditSessionTable",
    "AuditTable",
    "Base",
    "ClaimTable",
    "ClassTable",
    "ClassTeacherTable",
    "ClosureTable",
    "ConfirmationTable",
    "ConsentTable",
    "DeviceTable",
    "GroupMemberTable",
    "GroupTable",
    "KioskTable",
    "LoginLimitTable",
    "MailTable",
    "MarkChangeTable",
    "MarkQueryTable",
    "MarkTable",
    "PairingTable",
    "PassageTable",
    "PhoneLessonTable",
    "PlannedAbsenceTable",
    "RejectionTable",
    "RoomTable",
    "RosterTable",
    "SampleTable",
    "ScheduleTable",
    "SeatPlanTable",
    "SeatTable",
    "SessionTable",
    "SightingTable",
    "StatusTable",
    "StudentTable",
    "TeacherTable",
    "TrainingRunTable",
    "UtcDateTime",
    "VaultKeyTable",
    "WebSessionTable",
]
