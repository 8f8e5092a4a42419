"""Errors a teacher can read.

Every expected failure is a :class:`RollcallError` whose text is one plain sentence (or two): what happened
and what to do about it.  Surfaces print the text as it is and exit with code 2.  Any other exception is a bug:
it is logged with its traceback and the person gets an apology instead.
"""


class RollcallError(Exception):
    """Something the user can mend; ``str(error)`` is the sentence to show."""


class InputError(RollcallError):
    """A file, folder, address or value given by the user cannot be used."""


class NotFoundError(RollcallError):
    """A class, student or session named by the user does not exist."""


class ConflictError(RollcallError):
    """The request contradicts what is stored (a roll number with two names, …)."""


class ConsentError(RollcallError):
    """A face may not be stored or recognised because no consent is recorded."""


class NetworksError(RollcallError):
    """The neural networks are missing, damaged or cannot be prepared."""


class ClassifierError(RollcallError):
    """A class has no usable classifier, or it cannot be trained."""


class StoreError(RollcallError):
    """The database cannot be opened, read or written."""


class BusyError(RollcallError):
    """Another Rollcall is working on the same home folder."""


class DiskFullError(RollcallError):
    """There is no room left, or the folder cannot be written."""


class MailError(RollcallError):
    """The mail server cannot be reached or takes nothing, or a template cannot be filled in."""
