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


class ChangedError(ConflictError):
    """What was to be changed is not any more what the person saw who wished it."""


class ConsentError(RollcallError):
    """A face may not be stored or recognised because no consent is recorded."""


class NetworksError(RollcallError):
    """The neural networks are missing, damaged or cannot be prepared."""


class ClassifierError(RollcallError):
    """A class has no usable classifier, or it cannot be trained."""


class StoreError(RollcallError):
    """The database cannot be opened, read or written."""


class DamagedError(StoreError):
    """The database cannot be used any more, as it is; a copy of it can be put back."""


class VaultError(RollcallError):
    """The key of the stored faces is missing, wrong or locked; the register can still be used."""


class LockedError(VaultError):
    """The key of the stored faces takes a passphrase that nobody gave."""


class BusyError(RollcallError):
    """Another Rollcall is working on the same home folder."""


class CrowdError(BusyError):
    """More comes at once than can be taken; a while later it can."""


class DiskFullError(RollcallError):
    """There is no room left, or the folder cannot be written."""


class MailError(RollcallError):
    """The mail server cannot be reached or takes nothing, or a template cannot be filled in."""


class CancelledError(RollcallError):
    """The user ended it before it was done, and wants nothing more of it."""


class AccessError(RollcallError):
    """Who asks may not do this, or not with this class, student or session."""


class LoginError(AccessError):
    """The name and the password do not fit; the sentence is the same whatever was wrong."""
