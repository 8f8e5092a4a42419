"""The server's end of the process that recognises: begun when it is needed, ended when it is not."""

import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection

from core.errors import VaultError
from core.store.database import Store
from core.vision.child import Child
from web.taking.messages import Told

POLL_S = 0.2


class Worker:
    """One process at a time.

    heard: called with whatever it says, in a thread of its own; gone: likewise when it ended by itself.
    """

    def __init__(self, store: Store, heard: Callable[[Told], None], gone: Callable[[], None]) -> None:
        self._store, self._heard, self._gone = store, heard, gone
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    @property
    def pid(self) -> int | None:
        """The number of the process; None while there is none."""
        child = self._child
        return None if child is None else child.pid

    def send(self, message: object) -> None:
        """Tell it something; begins it where there is none."""
        with self._lock:
            child = self._child or self._begin()
            # It died this moment: whoever waits is told by ``gone``.
            with suppress(OSError):
                child.link.send(message)

    def end(self) -> None:
        """End it without waiting; nothing is heard of it any more."""
        with self._lock:
            self._ended.set()
            self._child = None

    def close(self) -> None:
        """End it, and wait for that."""
        thread = self._thread
        self.end()
        if thread is not None:
            thread.join(10)

    def _begin(self) -> Child:
        vault, key = self._store.vault, ""
        # Where the key of the faces is locked, whoever needs it is told.
        with suppress(VaultError), vault.without_asking():
            key = vault.hand_over()
        child, ended = Child(_work, str(self._store.home.root), key), threading.Event()
        self._child, self._ended = child, ended
        self._thread = threading.Thread(target=self._listen, args=(child, ended), name="taking", daemon=True)
        self._thread.start()
        return child

    def _listen(self, child: Child, ended: threading.Event) -> None:
        try:
            with suppress(EOFError, OSError):
                while not ended.is_set():
                    if child.link.poll(POLL_S) and not ended.is_set():
                        self._heard(child.link.recv())
        finally:
            with self._lock:
                if self._child is child:
                    self._child = None
            # It lets go of a camera.
            child.end()
            if not ended.is_set():
                self._gone()


def _work(link: Connection, root: str, key: str) -> None:
    # Only here: the server needs nothing of what recognises.
    from web.taking.child import work

    work(link, root, key)
