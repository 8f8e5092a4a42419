"""What all commands print with: one console, one progress bar, one way to write JSON."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from core.files import write_bytes_atomically
from core.records import Progress, ProgressSink

# Into a pipe or a file a sentence is one line, however long: scripts look for it.  No “:CD:” of a fingerprint, nor of a
# name, becomes a little picture of a disc.
out = Console(highlight=False, emoji=False, soft_wrap=not sys.stdout.isatty())
errors = Console(stderr=True, highlight=False, emoji=False, style="bold", soft_wrap=not sys.stderr.isatty())


@contextmanager
def progress_bar(title: str) -> Iterator[ProgressSink]:
    """A bar on the terminal while the block runs; silent where nobody watches (a pipe, a log file)."""
    columns = (
        TextColumn("{task.fields[title]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Bar(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        task = bar.add_task("", total=None, title=title)

        def sink(progress: Progress) -> None:
            bar.update(task, completed=progress.done, total=progress.total, description=progress.text)

        yield sink


def write_json(path: Path | None, data: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Write ``--json FILE`` for machines, days and moments in ISO 8601; nothing without the option."""
    if path is not None:
        text = json.dumps(data, ensure_ascii=False, indent=2, default=_moment)
        write_bytes_atomically(path, text.encode("utf-8"))


def _moment(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
