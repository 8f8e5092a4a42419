"""What goes wrong, told to other programs as RFC 9457 has it: the plain sentence a person would get, with a status."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Response, json, request

from core.errors import InputError

API = "/api/"
TYPE = "application/problem+json"


class InvalidError(InputError):
    """What a program sent cannot be taken.  errors: one entry for each thing that is wrong."""

    def __init__(
        self, sentence: str, errors: Sequence[Mapping[str, Any]], status: HTTPStatus = HTTPStatus.BAD_REQUEST
    ) -> None:
        super().__init__(sentence)
        self.errors, self.status = errors, status


def is_api() -> bool:
    """Whether another program asks, not a browser."""
    return request.path.startswith(API)


def answer(words: str, status: HTTPStatus, errors: Sequence[Mapping[str, Any]] = ()) -> Response:
    """A problem.  words: the sentence; errors: which parts of what was sent are wrong."""
    body: dict[str, Any] = {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": words}
    if errors:
        body["errors"] = list(errors)
    response = Response(json.dumps(body), status, mimetype=TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Rollcall"'
    return response
