"""How the server receives: who is silent or slow holds nobody up.

cheroot itself shakes hands (TLS) in the one thread that accepts, and gives every connection a thread from its first
moment on; browsers open connections in store and say nothing for a while, and one of them would stop everybody.  Here
a connection waits without a thread until something has come, and every part of a request has its time.
"""

import logging
import math
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from cheroot.server import HTTPConnection, HTTPRequest
from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Gateway_10
from cheroot.wsgi import Server as Wsgi

THREADS = 96
"""So many may be slow at the same moment before others wait."""
MOST = 400
"""Connections at the same moment; Windows cannot watch more than 512."""
WORKING = 12
"""Pages that are made at the same moment; more would only wait for the same two or four cores."""
SILENT_S = 20
"""A connection without a request is kept so long."""
GREETING_S = 10.0
HEADER_S = 10.0
BODY_S = 60.0
ANSWER_S = 600.0
"""Time for the handshake, for what is asked, for what is sent along, and until the answer was taken."""
LOOK_EVERY_S = 1.0
MOST_DRAINED = 50_000_000
"""Bytes of a request that is too large which are read and thrown away, so that the sentence about it is received."""
_PIECE = 1 << 16
_log = logging.getLogger(__name__)


class LateGreeting(BuiltinSSLAdapter):
    """TLS whose handshake is left to :class:`Connection`."""

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, str]]:
        """Nothing is sent or awaited yet."""
        return self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False), {}


class Request(HTTPRequest):
    """A request whose parts have their time."""

    conn: "Connection"

    def parse_request(self) -> None:
        """The line and the headers."""
        self.conn.hurry(HEADER_S)
        super().parse_request()

    def respond(self) -> None:
        """What is sent along, and the answer."""
        self.conn.hurry(BODY_S)
        super().respond()


class Connection(HTTPConnection):
    """A connection that holds a thread only while something is to be done."""

    RequestHandlerClass = Request
    server: "PatientServer"
    was_heard = False
    """Whether it has waited for its first byte."""
    is_answered = False
    """Whether all of a request has come, so that it is being answered."""
    _greeted = False
    _until = math.inf

    def hurry(self, seconds: float) -> None:
        """What is going on has so long from now."""
        self._until = time.monotonic() + seconds

    @property
    def is_late(self) -> bool:
        """Whether its time is over."""
        return time.monotonic() >= self._until

    def communicate(self) -> bool:
        """Do what there is to do; whether the connection stays."""
        self.is_answered = False
        self.server.busy.add(self)
        try:
            if isinstance(self.socket, ssl.SSLSocket) and not self._greeted:
                return self._greet()
            return bool(super().communicate())
        except OSError as error:
            # Whoever it was is gone, or was cut off.
            _log.debug("a connection broke: %s", error)
            return False
        finally:
            self._until = math.inf
            self.server.busy.discard(self)

    def _greet(self) -> bool:
        self.hurry(GREETING_S)
        try:
            self.socket.do_handshake()
        except ssl.SSLError as error:
            if error.reason == "HTTP_REQUEST":
                self._send_to_secure_pages()
            return False
        except OSError:
            return False
        self.ssl_env = self.server.ssl_adapter.get_environ(self.socket)
        self._greeted = True
        return True

    def _send_to_secure_pages(self) -> None:
        """Who typed an address without https gets where they wanted to go."""
        answer = f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {self.server.url()}/\r\nContent-Length: 0\r\n"
        plain = socket.fromfd(self.socket.fileno(), self.socket.family, self.socket.type)
        try:
            plain.settimeout(GREETING_S)
            plain.sendall(f"{answer}Connection: close\r\n\r\n".encode("ascii", "replace"))
            plain.shutdown(socket.SHUT_WR)
            # What they still send is taken, or the answer would be lost with it.
            plain.recv(_PIECE)
        except OSError:
            _log.debug("nobody waited for the way to the secure pages")
        finally:
            plain.close()

    def cut(self) -> None:
        """End it from another thread; the one that reads or writes here notices."""
        try:
            # Not SSLSocket.shutdown, which would pull the encryption away from under that thread.
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)
        except OSError:
            _log.debug("a connection was over already")


class _Gateway(Gateway_10):
    def respond(self) -> None:
        """Take in all that is sent along before a page begins to work."""
        request: Any = self.req
        length, most = int(self.env.get("CONTENT_LENGTH") or 0), request.server.most_bytes
        if length <= most:
            self.env["wsgi.input"] = BytesIO(request.rfile.read())
        else:
            while request.rfile.read(_PIECE):
                pass
        request.conn.is_answered = True
        request.conn.hurry(ANSWER_S)
        super().respond()


class PatientServer(Wsgi):
    """cheroot, patient with many and with nobody for ever."""

    ConnectionClass = Connection
    version = "Rollcall"

    def __init__(
        self, place: tuple[str, int], app: WSGIApplication, most_bytes: int, url: Callable[[], str], backlog: int
    ) -> None:
        """most_bytes: of a request; url: where the secure pages are; backlog: connections that nobody took yet."""
        gate = threading.BoundedSemaphore(WORKING)

        def gated(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            with gate:
                return app(environ, start)

        super().__init__(place, gated, numthreads=THREADS, request_queue_size=backlog, timeout=SILENT_S)
        self.gateway = _Gateway
        self.keep_alive_conn_limit = MOST
        self.busy: set[Connection] = set()
        self._stopping, self._over = threading.Lock(), threading.Event()
        self.most_bytes, self.url = most_bytes, url
        self.max_request_body_size = MOST_DRAINED
        self.max_request_header_size = 64 * 1024

    def process_conn(self, conn: Connection) -> None:
        """A new connection waits, without a thread, until it says something."""
        if conn.was_heard:
            super().process_conn(conn)
        elif self.can_add_keepalive_connection:
            conn.was_heard = True
            self.put_conn(conn)
        else:
            conn.close()

    def serve(self) -> None:
        """Answer until stopped."""
        threading.Thread(target=self._watch, name="slow connections", daemon=True).start()
        super().serve()

    def stop(self) -> None:
        """End: what was asked for is answered, who is still asking is cut off.

        Returns when that is done, for each who calls it.
        """
        with self._stopping:
            try:
                super().stop()
            finally:
                self._over.set()

    def _watch(self) -> None:
        while not self._over.wait(LOOK_EVERY_S):
            for one in list(self.busy):
                if one.is_late or not (self.ready or one.is_answered):
                    _log.info("a connection from %s was too slow", one.remote_addr)
                    one.cut()

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """Into the log, not onto the screen of whoever serves; what phones break off is no news."""
        if level >= logging.ERROR:
            _log.log(level, "%s", msg, exc_info=traceback)
        else:
            _log.debug("%s", msg)
