"""Serve one home until stopped."""

import threading

from core.surfaces import Serving
from web.server import Server


def serve(wanted: Serving) -> None:
    """Returns when it was told to end.  Raises InputError where no port is free."""
    server = Server(wanted.home, wanted.store, wanted.told, secure=wanted.secure, port=wanted.port)
    if wanted.wait is not None:
        threading.Thread(target=_end, args=(server, wanted.wait), name="end", daemon=True).start()
    try:
        server.serve()
    except KeyboardInterrupt:
        server.stop()


def _end(server: Server, wait: object) -> None:
    if callable(wait):
        wait()
    server.stop()
