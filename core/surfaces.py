"""Where core finds what lies above it: ``app.py`` hands it in, for core itself knows no surface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.paths import Home
from core.store.database import Store

PORT = 8443
"""The first port that is tried."""


@dataclass(frozen=True, slots=True)
class Serving:
    """How the portal is to be served.

    port: the first that is tried; secure: over TLS.  told: is given where it is reached, at once and whenever that
    changes; wait: returns, in a thread of its own, when it is to end, None for at Control-C.
    """

    home: Home
    store: Store
    port: int
    secure: bool
    told: Callable[[Served], None]
    wait: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """Where the portal is reached.

    url: what phones open; is_reachable: from other computers, too; fingerprint: SHA-256 of the authority that phones
    have to trust, empty without encryption.
    """

    url: str
    is_reachable: bool
    fingerprint: str


_serve: list[Callable[[Serving], None]] = []


def provide_portal(serve: Callable[[Serving], None]) -> None:
    """Have ``app.py serve`` call this."""
    _serve[:] = [serve]


def serve_portal(wanted: Serving) -> None:
    """Serve until stopped.  Raises RuntimeError where nobody provided the portal."""
    if not _serve:
        raise RuntimeError("app.py provides the portal")
    _serve[0](wanted)
