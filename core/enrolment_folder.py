"""Reading who is who from a folder: one sub-folder a student, named ``<roll> <full name>``."""

from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError
from core.vision.sources import media_files


@dataclass(frozen=True, slots=True)
class StudentName:
    """A roll number and a full name as the user wrote them."""

    roll: str
    name: str

    @property
    def label(self) -> str:
        return f"{self.roll} {self.name}"

    @classmethod
    def parse(cls, text: str) -> "StudentName":
        """Split ``R001 Ada Lovelace`` at the first space.  Raises InputError when either part is missing."""
        roll, _, name = text.strip().partition(" ")
        if not roll or not name.strip():
            raise InputError(
                f"“{text}” is no roll number with a name. Write roll number, space, full name: R001 Ada Lovelace"
            )
        return cls(roll, name.strip())


@dataclass(frozen=True, slots=True)
class StudentFolder:
    """One student and where their pictures are (files, or one camera address)."""

    student: StudentName
    sources: tuple[str, ...]


def student_folders(folder: Path) -> list[StudentFolder]:
    """The students of a folder, by name.

    Raises InputError when there is no sub-folder, a name cannot be read or two sub-folders share a roll number.
    """
    try:
        found = sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith((".", "__")))
    except OSError as error:
        raise InputError(
            f"The folder {folder.name} cannot be read ({error.strerror}). Check its permissions."
        ) from error
    if not found:
        raise InputError(
            f"{folder.name} has no sub-folders. Make one a student, named like “R001 Ada Lovelace”, "
            "or enrol one student with --student."
        )
    folders = [StudentFolder(StudentName.parse(one.name), tuple(str(f) for f in media_files(one))) for one in found]
    seen: dict[str, StudentName] = {}
    for one in folders:
        other = seen.setdefault(one.student.roll.casefold(), one.student)
        if other is not one.student:
            raise InputError(
                f"Two sub-folders have the roll number {one.student.roll}: “{other.label}” and “{one.student.label}”. "
                "Rename one of them; nobody was enrolled."
            )
    return folders
