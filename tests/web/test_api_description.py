"""The description of the API against the running server: what it promises is what comes, whatever is sent."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from core.paths import Home
from core.store.database import open_store
from tests.account_support import quickly
from tests.web.api_support import ROOT, secret_for
from tests.web_support import ServedPortal, open_portal
from web import shield
from web.api import door
from web.pages import api

CHECKS = [
    schemathesis.checks.not_a_server_error,
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]
EXAMPLES = 15
"""For each operation; more are tried by hand now and then."""
TASTE = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServedPortal, str]]:
    """A server, and a token that may do everything."""
    home = Home(tmp_path_factory.mktemp("described"))
    with open_store(home) as store, quickly():
        portal = open_portal(home, store)
        shield.limiter.enabled = False  # So many requests a second are nobody's rate but this test's.
        try:
            with portal.over_tls() as served:
                yield served, secret_for(portal)
        finally:
            shield.limiter.enabled = True


def described() -> dict[str, Any]:
    """The description, without a school behind it."""
    app = Flask("described")
    app.register_blueprint(api.pages)
    with app.test_request_context():
        return door.description()


schema = schemathesis.openapi.from_dict(described())


@schema.parametrize()
@TASTE
def test_what_is_promised_is_what_comes(case: schemathesis.Case, running: tuple[ServedPortal, str]) -> None:
    served, secret = running
    with requests.Session() as asking:
        asking.trust_env = False
        asking.verify = served.authority
        case.call_and_validate(
            base_url=served.url,
            session=asking,
            headers={"Authorization": f"Bearer {secret}"},
            checks=CHECKS,
            verify=served.authority,
        )


def test_every_call_is_described(running: tuple[ServedPortal, str]) -> None:
    served, _secret = running
    app, sent = served.portal.app, served.phone().get(f"{ROOT}/openapi.json").json
    assert sent == described()
    paths = sent["paths"]
    rules = [one for one in app.url_map.iter_rules() if one.endpoint.startswith("api.")]
    found = {
        (method.lower(), door.describe.backend.parse_path(one, None)[0])
        for one in rules
        if one.endpoint not in ("api.manual", "api.description_file")
        for method in (one.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert found == {(method, path) for path, operations in paths.items() for method in operations}


def test_the_page_to_read_needs_nobody_elses_computer(running: tuple[ServedPortal, str]) -> None:
    served, _secret = running
    page = served.phone().get(f"{ROOT}/")
    assert page.status == 200
    assert "PUT /api/v1/classes/{class_id}/roster" in page.words
    assert 'src="http' not in page.text
    assert len(page.body) < 150_000
