"""Rollcall: ``python3 app.py demo`` is all it takes; the rest is in ``core/bootstrap.py``."""

import sys

from core.bootstrap import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
