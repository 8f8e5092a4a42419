"""Who does something: every change of the register is signed with one."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["admin", "teacher", "student", "machine"]


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, or the program itself.  name: as it is shown in the history."""

    name: str
    role: Role


MACHINE = Actor("Rollcall", "machine")
"""Recognition, closing by the clock, and whatever else nobody clicked."""
