"""Who comes in to the API, with which token, how often; and the description of everything that is declared here."""

import hashlib
import ipaddress
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, g, request
from pydantic import BaseModel, ValidationError
from spectree import Response as Answers
from spectree import SecurityScheme, SpecTree
from spectree.models import SecureType, SecuritySchemeData
from werkzeug.exceptions import BadRequest

from core import clock, programs
from core.actor import Actor
from core.errors import AccessError, LoginError, NotFoundError
from core.office.classes import ClassCard, list_classes
from web import problems
from web.api import shapes
from web.shield import csrf, limiter
from web.site import site

VERSION = "1.0.0"
EACH_TOKEN, WRONG_TOKENS = "240 per minute", "30 per minute"
SCHEME = "token"
NOTHING_SENT = "Send a token of this school: Authorization: Bearer …"
NOT_PLAIN = "A token is taken over https only, because on this connection others could read it."
NO_JSON = "Send JSON, with the header Content-Type: application/json. Nothing was changed."
WRONG = "What was sent cannot be taken. Look at “errors”."

pages = Blueprint("api", __name__, url_prefix="/api/v1")
csrf.exempt(pages)  # Nothing that a browser sends by itself opens anything here.
describe = SpecTree(
    "flask",
    mode="strict",
    annotations=True,
    title="Rollcall",
    version=VERSION,
    description="Registers, rosters, the timetable and reports of a school. Times are ISO 8601 with their offset.",
    openapi_version="3.1.0",
    validation_error_status=int(HTTPStatus.BAD_REQUEST),
    validation_error_model=shapes.Problem,
    before=lambda _request, _response, error, _instance, _adapter: _refuse(error),
    after=lambda *_given: None,
    naming_strategy=lambda model: model.__name__,
    nested_naming_strategy=lambda _parent, child: child,
    security={SCHEME: []},
    security_schemes=[
        SecurityScheme(
            name=SCHEME,
            data=SecuritySchemeData(
                type=SecureType.HTTP, scheme="bearer", description="A token that an admin of the school made."
            ),
        )
    ],
)


def gives(model: type[BaseModel], status: HTTPStatus = HTTPStatus.OK) -> Answers:
    """What a view answers with."""
    return Answers(**{f"HTTP_{int(status)}": model})


def _caller() -> str:
    """By whom requests are counted: each token by itself."""
    sent = request.headers.get("Authorization")
    return request.remote_addr or "nobody" if not sent else hashlib.sha256(sent.encode("utf-8", "replace")).hexdigest()


def _address() -> str:
    return f"api {request.remote_addr}"


limiter.limit(EACH_TOKEN, key_func=_caller)(pages)
limiter.limit(
    WRONG_TOKENS, key_func=_address, deduct_when=lambda answer: answer.status_code == HTTPStatus.UNAUTHORIZED
)(pages)
OPEN = frozenset({"api.health", "api.description_file", "api.manual"})
"""What tells nothing of the school."""


@pages.before_request
def enter() -> None:
    """Let in who has a token."""
    if request.endpoint in OPEN:
        return
    if not site().secure and not _is_here():
        raise AccessError(NOT_PLAIN)
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret.strip():
        raise LoginError(NOTHING_SENT)
    g.program = programs.whose_token(site().store, secret.strip())
    if request.method == "PUT":
        _check_json()


def _check_json() -> None:
    if not request.is_json:
        raise problems.InvalidError(NO_JSON, [], HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    try:
        request.get_json()
    except BadRequest as error:
        raise problems.InvalidError("What was sent is no JSON. Nothing was changed.", []) from error


@pages.after_request
def tag(response: Response) -> Response:
    """What has not changed since it was read last is not sent again."""
    if request.method == "GET" and response.status_code == HTTPStatus.OK:
        response.add_etag()
        response.make_conditional(request)
    return response


def _is_here() -> bool:
    """Whether it comes from a program on this very computer."""
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def program() -> Actor:
    """As who the program acts."""
    found: Actor = g.program
    return found


def local(moment: datetime) -> datetime:
    """A moment on the school's clock, with its offset."""
    return clock.local(moment, clock.school_zone(site().settings))


def class_of(class_id: int) -> ClassCard:
    """A class that the token may see.  Raises NotFoundError."""
    found = next((one for one in list_classes(site().store) if one.school_class.id == class_id), None)
    if found is None:
        raise NotFoundError(f"There is no class {class_id} that this token may see. Look at /api/v1/classes.")
    return found


def code_of(class_id: int) -> str | None:
    """The code of a class; None for 0, which stands for all."""
    return class_of(class_id).school_class.code if class_id else None


def _refuse(error: Exception | None) -> None:
    if isinstance(error, ValidationError):
        found = [
            {"at": ".".join(str(part) for part in one["loc"]), "problem": one["msg"]}
            for one in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        raise problems.InvalidError(WRONG, found[:100])


@cache
def description() -> dict[str, Any]:
    """OpenAPI 3.1 of what the views declare.  Made once, within a request."""
    made: dict[str, Any] = describe.spec
    made["components"]["schemas"] |= {"Problem": shapes.Problem.model_json_schema()}
    told = {"description": "What went wrong", "content": {problems.TYPE: {"schema": _REF}}}
    for path in made["paths"].values():
        for operation in path.values():
            operation["responses"] = {
                status: answer for status, answer in operation["responses"].items() if status.startswith("2")
            } | {"default": told}
    return made


_REF = {"$ref": "#/components/schemas/Problem"}
