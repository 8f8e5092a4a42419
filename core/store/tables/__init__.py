"""The tables.  Their history is in ``migrations``; a test holds both to the same shape.

Only the modules of ``core.store`` see these classes: everybody else gets frozen records.
"""

from core.store.tables.base import Base, UtcDateTime
from core.store.tables.faces import RejectionTable, SampleTable, SightingTable, TrainingRunTable
from core.store.tables.people import (
    ClassTable,
    ClassTeacherTable,
    GroupMemberTable,
    GroupTable,
    RoomTable,
    RosterTable,
    StudentTable,
    TeacherTable,
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

__all__ = [
    "AttachmentTable",
    "Base",
    "ClassTable",
    "ClassTeacherTable",
    "ClosureTable",
    "GroupMemberTable",
    "GroupTable",
    "MailTable",
    "MarkChangeTable",
    "MarkTable",
    "PassageTable",
    "PlannedAbsenceTable",
    "RejectionTable",
    "RoomTable",
    "RosterTable",
    "SampleTable",
    "ScheduleTable",
    "SessionTable",
    "SightingTable",
    "StatusTable",
    "StudentTable",
    "TeacherTable",
    "TrainingRunTable",
    "UtcDateTime",
]
