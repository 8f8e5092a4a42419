"""The phones of a class: who has one, and cards that pair those of the others."""

from io import BytesIO
from urllib.parse import urlsplit

from flask import render_template, request, send_file
from flask.typing import ResponseReturnValue

from core.addresses import is_reachable
from core.confirming.cards import print_cards
from core.confirming.phones import phones_of_class
from core.files import safe_name
from web.site import site
from web.teaching import actor, blueprint, class_numbered, phones_reach, told_on
from web.wording import gettext as _
from web.wording import reader_language

pages = blueprint("cards", "/phones/<int:class_id>")


@pages.get("/")
def page(class_id: int) -> ResponseReturnValue:
    """Who has a phone, and the form for cards."""
    here, card = site(), class_numbered(class_id)
    address = phones_reach()
    return render_template(
        "teacher/cards.html",
        card=card,
        lines=phones_of_class(here.store, card.school_class.code),
        address=address,
        is_reachable=is_reachable(urlsplit(address).hostname or ""),
        days=here.settings.card_days,
        everybody=request.form.get("who") == "all",
    )


@pages.post("/")
@told_on(page)
def cards(class_id: int) -> ResponseReturnValue:
    """New codes, printed; the document is kept nowhere here."""
    here, code = site(), class_numbered(class_id).school_class.code
    printed = print_cards(
        here.store,
        here.settings,
        actor(),
        code,
        phones_reach(),
        BytesIO,
        only_without=request.form.get("who") != "all",
        language=reader_language(),
    )
    name = safe_name(_("Phone cards {code}", code=code))
    return send_file(
        printed.kept, mimetype="application/pdf", as_attachment=True, download_name=f"{name}.pdf", max_age=0
    )
