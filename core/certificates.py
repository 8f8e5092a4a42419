"""A certificate for this computer, signed by an authority of this school's own that is made on first use.

A phone's browser gives its camera to secure pages only.  Nobody sells certificates for addresses such as 192.168.1.5,
so the school's phones are told once to trust the authority; it may sign this computer's names and nothing else.
"""

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from core.errors import StoreError
from core.files import write_bytes_atomically, write_private

AUTHORITY_LASTS = timedelta(days=10 * 365)
LASTS = timedelta(days=397)
"""Phones refuse certificates that last longer than 398 days."""
RENEW_BEFORE = timedelta(days=30)
EARLIER = timedelta(days=1)
"""A phone's clock may be behind."""
AUTHORITY = "rollcall-school.crt"
"""The file of the authority, as phones take it."""
PRIVATE = tuple(
    map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8"))
) + tuple(map(ipaddress.ip_network, ("fc00::/7", "fe80::/10", "::1/128")))
Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Certificate:
    """Where it lies.  chain: PEM, of this computer and then of the authority; key: PEM; authority: DER, for phones.

    fingerprint: SHA-256 of the authority in pairs of hexadecimal digits, as phones show it.
    """

    chain: Path
    key: Path
    authority: Path
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Authority:
    """What phones are told to trust.  der: the file for them; fingerprint: as of :class:`Certificate`."""

    der: bytes
    fingerprint: str


def authority_of(folder: Path) -> Authority | None:
    """The authority that :func:`certificate_for` keeps in ``folder`` for phones; None before it did."""
    try:
        der = (folder / AUTHORITY).read_bytes()
    except FileNotFoundError:
        return None
    return Authority(der, sha256(der).digest().hex(":").upper())


def certificate_for(folder: Path, names: Collection[str], now: datetime | None = None) -> Certificate:
    """A certificate for these names and addresses in ``folder``, made or renewed where needed.

    The authority stays while it can, so that phones that trust it go on doing so.  Raises StoreError when one cannot
    be read, DiskFullError.
    """
    now = now or datetime.now(UTC)
    folder.mkdir(parents=True, exist_ok=True)
    authority, authority_key = _authority(folder, names, now)
    pairs = authority.fingerprint(hashes.SHA256()).hex(":").upper()
    found = Certificate(folder / "server.pem", folder / "server.key", folder / AUTHORITY, pairs)
    if not _is_good(found, authority, names, now):
        key = ec.generate_private_key(ec.SECP256R1())
        made = _signed(names, key, authority, authority_key, now)
        _write_key(found.key, key)
        write_bytes_atomically(found.chain, _pem(made) + _pem(authority))
    der = authority.public_bytes(serialization.Encoding.DER)
    if not found.authority.exists() or found.authority.read_bytes() != der:
        write_bytes_atomically(found.authority, der)
    return found


def _authority(folder: Path, names: Collection[str], now: datetime) -> tuple[x509.Certificate, Key]:
    kept, key_file = folder / "authority.pem", folder / "authority.key"
    if kept.exists() and key_file.exists():
        authority, key = _read(kept), _read_key(key_file)
        if authority.not_valid_after_utc - now > LASTS and all(_may_sign(authority, one) for one in names):
            return authority, key
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Rollcall of this school, {now:%Y-%m-%d}")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        # Whoever steals its key can pose as this computer, but not as anybody's bank.
        .add_extension(x509.NameConstraints(_allowed(names), None), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write_key(key_file, key)
    write_bytes_atomically(kept, _pem(made))
    return made, key


def _signed(
    names: Collection[str], key: Key, authority: x509.Certificate, authority_key: Key, now: datetime
) -> x509.Certificate:
    issuer = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Rollcall")]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general(one) for one in sorted(names)]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _is_good(found: Certificate, authority: x509.Certificate, names: Collection[str], now: datetime) -> bool:
    """Whether what lies there is signed by the authority, for all these names, and for a while yet."""
    if not (found.chain.exists() and found.key.exists()):
        return False
    try:
        made, key = _read(found.chain), _read_key(found.key)
        made.verify_directly_issued_by(authority)
    except (StoreError, ValueError, TypeError, InvalidSignature):
        # Damaged or of another authority: no phone has to be told about a new one.
        return False
    has = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    same_key = made.public_key() == key.public_key()
    return same_key and made.not_valid_after_utc - now > RENEW_BEFORE and {_general(one) for one in names} <= set(has)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _allowed(names: Collection[str]) -> list[x509.GeneralName]:
    """Private addresses, this computer's names, and what it has now."""
    own = [one for one in names if not any(_is_below(one, net) for net in PRIVATE)]
    networks: list[x509.GeneralName] = [x509.IPAddress(one) for one in PRIVATE]
    for one in sorted(own):
        try:
            networks.append(x509.IPAddress(ipaddress.ip_network(one)))
        except ValueError:
            networks.append(x509.DNSName(one))
    return [*networks, x509.DNSName("local")]


def _may_sign(authority: x509.Certificate, name: str) -> bool:
    allowed = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    for one in allowed:
        if isinstance(one, x509.DNSName) and (name == one.value or name.endswith(f".{one.value}")):
            return True
        if isinstance(one, x509.IPAddress) and _is_below(name, one.value):
            return True
    return False


def _is_below(name: str, network: object) -> bool:
    try:
        return ipaddress.ip_address(name) in network  # type: ignore[operator]
    except (ValueError, TypeError):
        return False


def _pem(made: x509.Certificate) -> bytes:
    return made.public_bytes(serialization.Encoding.PEM)


def _read(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _unreadable(path) from error


def _read_key(path: Path) -> Key:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise _unreadable(path) from error
    if not isinstance(key, Key):
        raise _unreadable(path)
    return key


def _unreadable(path: Path) -> StoreError:
    return StoreError(
        f"The certificate in {path} cannot be read. Delete the folder {path.parent}; a new one is made, which the "
        "phones must be told to trust again."
    )


def _write_key(path: Path, key: Key) -> None:
    kept = serialization.PrivateFormat.PKCS8
    write_private(path, key.private_bytes(serialization.Encoding.PEM, kept, serialization.NoEncryption()))
