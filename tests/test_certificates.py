"""The school's own authority: kept while it can be, certificates renewed, and of use for nothing but this computer."""

import os
import stat
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from core import certificates
from core.certificates import Certificate, certificate_for
from core.errors import StoreError

NAMES = {"localhost", "school-pc", "school-pc.local", "127.0.0.1", "192.168.1.5"}
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def check(made: Certificate, name: str, when: datetime = NOW, chain: bytes | None = None) -> None:
    """As a phone that trusts the authority does.  Raises VerificationError."""
    leaf, authority = x509.load_pem_x509_certificates(made.chain.read_bytes() if chain is None else chain)
    subject = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    PolicyBuilder().store(Store([authority])).time(when).build_server_verifier(subject).verify(leaf, [])


def test_a_phone_that_trusts_the_authority_trusts_this_computer_by_all_its_names(tmp_path: Path) -> None:
    made = certificate_for(tmp_path, NAMES, NOW)
    for name in NAMES:
        check(made, name)
    for name in ("other-pc", "192.168.1.6"):
        with pytest.raises(VerificationError):
            check(made, name)
    with pytest.raises(VerificationError):
        check(made, "localhost", NOW + certificates.LASTS + timedelta(days=1))


def test_phones_get_the_authority_and_can_compare_its_fingerprint(tmp_path: Path) -> None:
    made = certificate_for(tmp_path, NAMES, NOW)
    authority = x509.load_der_x509_certificate(made.authority.read_bytes())
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert authority == x509.load_pem_x509_certificates(made.chain.read_bytes())[1]
    pairs = made.fingerprint.split(":")
    assert len(pairs) == 32
    assert bytes.fromhex("".join(pairs)) == authority.fingerprint(authority.signature_hash_algorithm)


def test_it_is_made_once_and_renewed_in_time_without_telling_the_phones_again(tmp_path: Path) -> None:
    first = certificate_for(tmp_path, NAMES, NOW)
    chain = first.chain.read_bytes()
    assert certificate_for(tmp_path, NAMES, NOW + timedelta(days=300)).chain.read_bytes() == chain
    later = NOW + certificates.LASTS - certificates.RENEW_BEFORE + timedelta(days=1)
    renewed = certificate_for(tmp_path, NAMES, later)
    assert renewed.chain.read_bytes() != chain
    assert renewed.fingerprint == first.fingerprint
    check(renewed, "192.168.1.5", later + timedelta(days=300))


def test_another_address_gets_another_certificate_of_the_same_authority(tmp_path: Path) -> None:
    first = certificate_for(tmp_path, NAMES, NOW)
    moved = certificate_for(tmp_path, {*NAMES, "10.4.0.9"}, NOW)
    assert moved.fingerprint == first.fingerprint
    check(moved, "10.4.0.9")


def test_a_name_the_authority_may_not_sign_needs_another_authority(tmp_path: Path) -> None:
    first = certificate_for(tmp_path, NAMES, NOW)
    renamed = certificate_for(tmp_path, {*NAMES, "library-pc"}, NOW)
    assert renamed.fingerprint != first.fingerprint
    check(renamed, "library-pc")


def test_whoever_steals_the_authority_cannot_pose_as_a_bank(tmp_path: Path) -> None:
    made = certificate_for(tmp_path, NAMES, NOW)
    authority, key = certificates._authority(tmp_path, NAMES, NOW)
    forged = certificates._signed({"bank.example"}, key, authority, key, NOW)
    check(made, "localhost")
    with pytest.raises(VerificationError):
        check(made, "bank.example", chain=forged.public_bytes(Encoding.PEM) + authority.public_bytes(Encoding.PEM))


@pytest.mark.parametrize("name", ["authority.pem", "authority.key", "server.key", "server.pem"])
def test_a_damaged_file_is_told_or_mended(tmp_path: Path, name: str) -> None:
    certificate_for(tmp_path, NAMES, NOW)
    (tmp_path / name).write_bytes(b"nothing of use")
    if name.startswith("server"):
        check(certificate_for(tmp_path, NAMES, NOW), "localhost")
        return
    with pytest.raises(StoreError, match="Delete the folder"):
        certificate_for(tmp_path, NAMES, NOW)


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_the_keys_are_the_owner_s_only(tmp_path: Path) -> None:
    certificate_for(tmp_path, NAMES, NOW)
    for name in ("authority.key", "server.key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
