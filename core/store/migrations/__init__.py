"""The numbered history of the tables; a revision that was shipped is never edited.

After changing ``tables.py``: ``python -m core.store.migrations "what changes"`` writes the next revision; read it,
then add its number to KNOWN.
"""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

KNOWN = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")
"""Every revision, oldest first.  Listed here so that an everyday start need not load Alembic."""
HEAD = KNOWN[-1]
FOLDER = Path(__file__).resolve().parent


def upgrade(connection: Connection, zone: tzinfo | None = None) -> None:
    """Bring the database to HEAD within the transaction of ``connection``.

    zone: the school's, None for the computer's own; days of the calendar are reckoned in it.
    """
    from alembic import command
    from alembic.config import Config

    config = configured(Config(), connection)
    config.attributes["zone"] = zone
    command.upgrade(config, HEAD)


def configured(config: Config, connection: Connection) -> Config:
    """An Alembic configuration without a file: these scripts, this connection."""
    # A per cent sign begins an interpolation in Alembic's configuration, and folders may have one in their name.
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
