"""The server: cheroot over TLS with a certificate of this computer, or plain where a school chooses it."""

import logging
import threading
from collections.abc import Callable, Collection
from contextlib import suppress

from flask import Flask

from core import addresses
from core.certificates import Certificate, certificate_for
from core.errors import BusyError, InputError
from core.paths import Home
from core.store.database import Store
from core.surfaces import PORT, Served
from web.app import create_app
from web.judge import Judge
from web.reception import LateGreeting, PatientServer
from web.site import Site
from web.taking.here import desk_of
from web.upkeep import Upkeep

EVERYWHERE = "0.0.0.0"  # noqa: S104 - phones come from the network; who may be called is checked for each page
PORTS_TRIED = 20
LAST_PORT = 65535
QUEUE = 300
LOOK_EVERY_S = 3.0
_log = logging.getLogger(__name__)


class Server:
    """One home served, from ``serve`` until ``stop``."""

    def __init__(
        self,
        home: Home,
        store: Store,
        told: Callable[[Served], None],
        *,
        secure: bool = True,
        port: int = PORT,
        bind: str = EVERYWHERE,
    ) -> None:
        """told: hears where it is reached, at once in ``serve``, and of changes.  Raises InputError: no free port."""
        self._home, self._secure, self._bind, self._told = home, secure, bind, told
        self._hosts: Collection[str] = addresses.names()
        self._stopped = threading.Event()
        self._certificate: Certificate | None = None
        self._judge = Judge(home, store)
        self._upkeep = Upkeep(home, store)
        app = create_app(Site(home, store, secure, lambda: self._hosts, lambda: self.where.url))
        self._desk = desk_of(app)
        self._server = self._bound(app, port)

    def _bound(self, app: Flask, first: int) -> PatientServer:
        """A server on the first port that is free.  Raises InputError where none is."""
        for port in range(first, min(first + PORTS_TRIED, LAST_PORT + 1)):
            most = app.config["MAX_CONTENT_LENGTH"]
            made = PatientServer((self._bind, port), app, most, lambda: self.where.url, QUEUE)
            if self._secure:
                made.ssl_adapter = self._adapter()
            try:
                made.prepare()
            except OSError as error:
                _log.info("port %d is taken (%s)", port, error)
                continue
            return made
        raise InputError(f"No port from {first} on is free. Close other programs, or choose another port.")

    def _adapter(self) -> LateGreeting:
        self._certificate = certificate_for(self._home.data / "web", self._hosts)
        return LateGreeting(str(self._certificate.chain), str(self._certificate.key))

    @property
    def where(self) -> Served:
        """As of now: a computer can be given another address at any moment."""
        found = addresses.lan_addresses()
        port, letters = self._server.bind_addr[1], "s" if self._secure else ""
        fingerprint = "" if self._certificate is None else self._certificate.fingerprint
        return Served(f"http{letters}://{found[0] if found else 'localhost'}:{port}", bool(found), fingerprint)

    def serve(self) -> None:
        """Answer until ``stop``."""
        self._told(self.where)
        # Another portal of this folder may be at it; asked for again when somebody wants to mark.
        with suppress(BusyError):
            self._desk.open()
        self._judge.start()
        self._upkeep.start()
        watch = threading.Thread(target=self._watch_addresses, name="addresses", daemon=True)
        watch.start()
        try:
            self._server.serve()
        finally:
            self._stopped.set()
            self._server.stop()
            self._desk.close()
            self._judge.stop()
            self._upkeep.stop()

    def stop(self) -> None:
        """End; what is being answered is answered."""
        self._stopped.set()
        self._server.stop()

    def _watch_addresses(self) -> None:
        before = self.where
        while not self._stopped.wait(LOOK_EVERY_S):
            names = addresses.names()
            if names != self._hosts:
                self._hosts = names
                if self._secure:
                    self._server.ssl_adapter = self._adapter()
            if self.where != before:
                before = self.where
                self._told(before)
