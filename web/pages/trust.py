"""How a phone comes to trust this computer: what the browser's warning means, and the school's authority as a file."""

from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue

from core.certificates import Authority, authority_of
from web.site import site

pages = Blueprint("trust", __name__)
MIME = "application/x-x509-ca-cert"
"""By which Android, iOS, macOS and Windows know an authority; without it a phone shows letters."""


@pages.get("/trust")
def page() -> ResponseReturnValue:
    """For everybody: who is not logged in yet needs it most."""
    return render_template("trust.html", authority=_authority())


@pages.get("/trust/rollcall-school.crt")
def file() -> ResponseReturnValue:
    """The authority in DER.  Not as an attachment, which an iPhone would put away instead of offering to install it."""
    found = _authority()
    if found is None:
        abort(404)
    return Response(found.der, mimetype=MIME)


def _authority() -> Authority | None:
    """None where nothing is encrypted."""
    here = site()
    return authority_of(here.home.data / "web") if here.secure else None
