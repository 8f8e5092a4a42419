"""``python -m core.store.migrations "what changes"``: write the next revision from what ``tables.py`` says now."""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from core.store.engine import make_engine
from core.store.migrations import KNOWN, configured, upgrade


def write_revision(message: str) -> None:
    """Compare the tables with an empty database at the newest revision and write the difference as a script."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(Path(folder) / "empty.db", busy_seconds=0, foreign_keys=False)
        with engine.begin() as connection:
            upgrade(connection)
            number = f"{len(KNOWN) + 1:04}"
            command.revision(configured(Config(), connection), message, autogenerate=True, rev_id=number)
        engine.dispose()


if __name__ == "__main__":
    write_revision(" ".join(sys.argv[1:]) or "change")
