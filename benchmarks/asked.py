"""What a benchmark is given when it is called."""

import argparse
import sys
from pathlib import Path


def folders(about: str | None, *names: str) -> list[Path]:
    """The folders with these names; says in a line how to call it, and ends, where one is missing."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in names:
        parser.add_argument(name, type=Path)
    given = parser.parse_args(sys.argv[1 : 1 + len(names)])
    found = [getattr(given, name).resolve() for name in names]
    for one in found:
        if not one.is_dir():
            parser.error(f"there is no folder {one}")
    return found
