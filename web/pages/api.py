"""The API for other programs; what it does is in :mod:`web.api`."""

from web.api import reading, writing
from web.api.door import pages

__all__ = ["pages", "reading", "writing"]
