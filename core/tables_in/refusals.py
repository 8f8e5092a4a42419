"""The sentences for files that cannot be read as a table."""

import zipfile
import zlib
from pathlib import Path
from xml.etree.ElementTree import ParseError

from core.errors import InputError

SAVE_AS = "Save the table as an Excel workbook (.xlsx) or as CSV and give that file."
DAMAGE = (
    AttributeError, AssertionError, EOFError, LookupError, NotImplementedError, OSError, OverflowError,
    ParseError, RuntimeError, TypeError, ValueError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What readers of packed XML raise for files that are not as they should be."""


def too_large(path: Path) -> InputError:
    """The sentence for a file that nobody can have meant."""
    return InputError(f"{path.name} is far too large for a table of people or marks. Give a file with fewer rows.")


def foreign(path: Path, what: str) -> InputError:
    """The sentence for a file of another kind.  what: completes "is …"."""
    return InputError(f"{path.name} is {what}, which cannot be read as a table. {SAVE_AS}")


def damaged(path: Path) -> InputError:
    """The sentence for a file that breaks off or makes no sense."""
    return InputError(
        f"{path.name} is damaged and cannot be read. Open it in Excel, save it under a new name and give that file."
    )


def protected(path: Path) -> InputError:
    """The sentence for a file with a password."""
    return InputError(f"{path.name} is protected by a password. Save it without a password and try again.")
