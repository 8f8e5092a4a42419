"""By which addresses this computer can be reached from a phone."""

import ipaddress
import socket

import ifaddr

_TRIED = ("192.0.2.1", 9)
"""An address that exists nowhere (RFC 5737): asking the system how it would get there sends nothing."""


def lan_addresses() -> list[str]:
    """IPv4 addresses of this computer, the one towards the network's gateway first; empty without a network."""
    found = [
        ip.ip
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
        if ip.is_IPv4 and isinstance(ip.ip, str) and is_reachable(ip.ip)
    ]
    best = _towards_gateway()
    return sorted(dict.fromkeys(found), key=lambda one: one != best)


def names() -> set[str]:
    """Every name and address by which this computer may be called, in lower case."""
    own = socket.gethostname().lower()
    there = {"localhost", "127.0.0.1", *lan_addresses()}
    # A name that no certificate can hold is not one to call.
    return there | (
        {own, f"{own.split('.')[0]}.local"}
        if own.isascii() and own.replace("-", "").replace(".", "").isalnum()
        else set()
    )


def _towards_gateway() -> str | None:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tried:
            tried.connect(_TRIED)
            return str(tried.getsockname()[0])
    except OSError:
        return None


def is_reachable(name: str) -> bool:
    """Whether it is an address by which others can call; of names nobody knows whether a phone finds them."""
    try:
        found = ipaddress.ip_address(name)
    except ValueError:
        return False
    return not (found.is_loopback or found.is_link_local or found.is_unspecified)
