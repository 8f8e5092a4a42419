"""Marking in the window: how soon somebody is recognised, how long the window ever stands still, pictures a second.

``python -m benchmarks.window_marking HOME CLASS VIDEO [SECONDS]``: a home with a trained class that was not marked yet,
and a recording that stands in for the camera.  It needs a screen.  What other programs take from the processor makes
all of it longer except the rows that count work.
"""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.paths import Home

if TYPE_CHECKING:
    from gui.application import Application

PATIENCE_S = 120.0
BEAT_MS = 5
DONT_WAIT = 2


class Watch:
    """Runs the window; notes how long the main thread was ever away from it, and how long it worked at a stretch."""

    def __init__(self, app: "Application") -> None:
        self._app = app
        self.longest_s = self.longest_work_s = 0.0
        self._last, self._worked = time.monotonic(), time.thread_time()
        self._beat()

    def _beat(self) -> None:
        now, worked = time.monotonic(), time.thread_time()
        self.longest_s = max(self.longest_s, now - self._last - BEAT_MS / 1000)
        self.longest_work_s = max(self.longest_work_s, worked - self._worked)
        self._last, self._worked = now, worked
        self._app.root.after(BEAT_MS, self._beat)

    def until(self, is_so: Any, seconds: float = PATIENCE_S) -> float:  # noqa: ANN401 - any question
        """Run until something is so, or for so many seconds; seconds that passed."""
        began = time.monotonic()
        while not is_so() and time.monotonic() - began < seconds:
            if not self._app.root.tk.dooneevent(DONT_WAIT):
                time.sleep(0.001)
        return time.monotonic() - began


def marking_screen(app: "Application", watch: Watch, class_code: str) -> Any:  # noqa: ANN401 - the screen's own class loads much
    """Mark Attendance with a new register of a class, ready for Start."""
    watch.until(lambda: app.shell and app.shell.current and not app.background.running)
    app.open("mark")
    watch.until(lambda: app.shell and app.shell.current == "mark" and not app.background.running)
    screen: Any = app.shell.screen("mark") if app.shell else None
    screen.lessons.choose(next(one for one in screen.lessons.choices if one.code == class_code))
    screen.open_register()
    watch.until(lambda: screen.session and not app.background.running)
    return screen


def main() -> None:
    """Print the table."""
    from gui.application import Application

    home, class_code, video = sys.argv[1:4]
    seconds = float(sys.argv[4]) if len(sys.argv) > 4 else 30.0
    app = Application(Home(Path(home)))
    watch = Watch(app)
    screen = marking_screen(app, watch, class_code)
    shown = [0]
    show = screen.pane.picture.show

    def counted(picture: Any) -> None:  # noqa: ANN401 - as the widget takes it
        shown[0] += 1
        show(picture)

    screen.pane.picture.show = counted
    screen.sources.use(f"loop:{video}", "camera")
    watch.longest_s = watch.longest_work_s = 0.0
    began_work = time.process_time()
    screen.start()
    first_picture = watch.until(lambda: shown[0])
    first = first_picture + watch.until(lambda: any(one.by_machine for one in screen.board.model.seats.values()))
    work = time.process_time() - began_work
    starting, watch.longest_s, before = watch.longest_s, 0.0, shown[0]
    watch.until(lambda: False, seconds)
    marked = sum(bool(one.status) for one in screen.board.model.seats.values())
    print("| marking in the window | |\n|---|---|")
    print(f"| from Start to the first picture | {first_picture:.2f} s |")
    print(f"| from Start to the first student recognised | {first:.2f} s |")
    print(f"| work of the processor until then | {work:.2f} s |")
    print(f"| longest stand of the main thread until then | {1000 * starting:.0f} ms |")
    print(f"| longest stand of the main thread in {seconds:.0f} s of marking | {1000 * watch.longest_s:.0f} ms |")
    print(f"| longest work of the main thread at a stretch | {1000 * watch.longest_work_s:.0f} ms |")
    print(f"| pictures shown a second | {(shown[0] - before) / seconds:.1f} |")
    print(f"| students marked | {marked} |")
    app.close()


if __name__ == "__main__":
    main()
