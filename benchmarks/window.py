"""How soon the window is up, drawn, and shows the first screen.

``python -m benchmarks.window``.  Measured from the start of the process, on a home with one class; it needs a screen.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from core.paths import PROJECT, Home

RUNS = 5
AIMED_S = 1.5
STEPS = ("the window is drawn", "the first screen shows its content")


def child(home: Home) -> None:
    """Open the window, note the two moments and close it."""
    from gui.application import Application

    moments: list[float] = []
    app = Application(home)

    def look() -> None:
        # Drawn: Tk maps and paints before it has time for this.
        if not moments:
            app.root.update_idletasks()
            moments.append(time.time())
        if app.shell is not None and app.shell.current is not None and not app.background.running:
            moments.append(time.time())
            app.root.quit()
        else:
            app.root.after(5, look)

    app.root.bind("<Map>", lambda event: app.root.after_idle(look) if event.widget is app.root else None, add="+")
    app.root.mainloop()
    app.close()
    print(json.dumps(moments[:1] + moments[-1:]))


def run(home: Home) -> list[float]:
    """Seconds to each step of one start."""
    began = time.time()
    command = [sys.executable, "-m", "benchmarks.window", str(home.root)]
    done = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True)
    return [moment - began for moment in json.loads(done.stdout)]


def main() -> None:
    """Print the table."""
    # Not at the top: the window that is measured, in a process of its own, must not have it loaded already.
    from core.store import people
    from core.store.database import open_store

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Home(Path(folder))
        home.create()
        with open_store(home) as store, store.transaction() as db:
            people.add_class(db, "CS101", "Programming 1")
        runs = [run(home) for _ in range(RUNS)]
    print(f"| since the start of the process, median of {RUNS} (aimed at {AIMED_S} s) | |\n|---|---|")
    for step, seconds in zip(STEPS, zip(*runs, strict=True), strict=True):
        print(f"| {step} | {sorted(seconds)[RUNS // 2]:.2f} s |")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        child(Home(Path(sys.argv[1])))
    else:
        main()
