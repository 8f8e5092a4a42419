"""Another program of the school, for tests: it holds a token and speaks JSON."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient

from core import programs
from core.actor import acting
from tests.web_support import HOST, Answer, Portal

ROOT = "/api/v1"
EVERYTHING = tuple(programs.SCOPES)
NOVEMBER = "from=2026-11-01&to=2026-11-30"


@dataclass
class Program:
    """secret: its token, None for none.  address: from where it comes."""

    client: FlaskClient
    secret: str | None
    address: str = "192.168.7.20"
    secure: bool = True

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.secret is not None and "Authorization" not in sent:
            sent["Authorization"] = f"Bearer {self.secret}"
        got = self.client.open(
            ROOT + path,
            method=method,
            base_url=f"http{'s' if self.secure else ''}://{HOST}",
            json=body,
            headers=sent,
            environ_overrides={"REMOTE_ADDR": self.address},
        )
        cookies = tuple(got.headers.getlist("Set-Cookie"))
        return Answer(got.status_code, dict(got.headers), got.get_data(), path, cookies)

    def get(self, path: str, **headers: str) -> Any:
        """What is read, which must be there."""
        got = self("GET", path, **headers)
        assert got.status == 200, got.text
        return got.json

    def push(self, people: list[dict[str, Any]], class_id: int | None = None, **wishes: Any) -> Answer:
        """Push a roster."""
        place = "/roster" if class_id is None else f"/classes/{class_id}/roster"
        return self("PUT", place, {"people": people, **wishes})


def days_of(portal: Portal) -> str:
    """The day of the lesson that is open now, and the next one, as a query."""
    return f"from={portal.day}&to={portal.day + timedelta(days=1)}"


def secret_for(portal: Portal, *scopes: str, class_code: str | None = None, days: int | None = 1) -> str:
    """A new token that acts as the admin."""
    office = portal.actor("admin")
    with acting(office):
        made = programs.make_token(
            portal.store, office, "School system", scopes or EVERYTHING, class_code=class_code, days=days
        )
    return made.secret


def program(portal: Portal, *scopes: str, class_code: str | None = None, **how: Any) -> Program:
    """A program with a new token."""
    return Program(portal.app.test_client(), secret_for(portal, *scopes, class_code=class_code), **how)
