"""Every folder in one place; ``ROLLCALL_HOME`` or ``--home`` moves them all together."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.errors import DiskFullError, InputError

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that holds ``models data attendance output``; tests pass ``tmp_path``."""

    root: Path

    @classmethod
    def find(cls, explicit: Path | None = None) -> "Home":
        """``explicit`` (from ``--home``) wins, then ``ROLLCALL_HOME``, then the project's own folder.

        Raises InputError for a place that cannot be: links in a circle, the folder of a user there is not.
        """
        chosen = explicit or os.environ.get("ROLLCALL_HOME") or PROJECT
        try:
            return cls(Path(chosen).expanduser().resolve())
        except (RuntimeError, OSError, ValueError) as error:
            raise InputError("The folder given as home cannot be found. Check its spelling.") from error

    @property
    def models(self) -> Path:
        """Networks and classifiers."""
        return self.root / "models"

    @property
    def networks(self) -> Path:
        """The prepared neural networks."""
        return self.models / "networks"

    @property
    def classifiers(self) -> Path:
        """Trained classifiers, one folder a class."""
        return self.models / "classifiers"

    @property
    def data(self) -> Path:
        """The database and everything personal."""
        return self.root / "data"

    @property
    def database(self) -> Path:
        return self.data / "rollcall.db"

    @property
    def key(self) -> Path:
        """The key file, where neither a keyring nor a passphrase keeps the key of the faces."""
        return self.data / "key"

    @property
    def attendance(self) -> Path:
        """Excel sheets, one folder a class."""
        return self.root / "attendance"

    @property
    def output(self) -> Path:
        """Annotated videos and logs."""
        return self.root / "output"

    @property
    def log(self) -> Path:
        return self.output / "rollcall.log"

    def create(self) -> None:
        """Make the folders.  Raises DiskFullError when the place cannot be written.

        Not for ``attendance``: where it cannot be made (a file has its name), sheets go to ``output`` and say so.
        """
        with suppress(OSError):
            self.attendance.mkdir(parents=True, exist_ok=True)
        for folder in (self.models, self.data, self.output):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise DiskFullError(
                    f"Rollcall cannot write to {folder} ({error.strerror}). "
                    "Choose another folder with --home, or make room and allow writing there."
                ) from error
