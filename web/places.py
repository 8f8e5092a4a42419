"""Addresses of this site."""

from urllib.parse import urlsplit

from flask import request


def own_page(place: str | None) -> str:
    """The place if it is a page of this site, else nothing: a link must not send who just logged in elsewhere."""
    if not place or not place.startswith("/") or place.startswith("//") or "\\" in place:
        return ""
    parts = urlsplit(place)
    return "" if parts.scheme or parts.netloc else place


def page_before() -> str:
    """The page of this site whose form was sent; nothing where none was, or it does not tell."""
    sent = urlsplit(request.referrer or "")
    if request.method != "POST" or sent.netloc != request.host:
        return ""
    return own_page(f"{sent.path}?{sent.query}" if sent.query else sent.path)
