"""Accounts: the first admin, passwords, wrong tries, one-time codes, PINs, the last admin, the idle window."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher, extract_parameters

from core.accounts import admin, login, passwords
from core.accounts.common import COMMON
from core.accounts.login import FREE_TRIES, FREE_TRIES_OF_ADDRESS, WRONG, check_pin, is_idle, log_in, use_code
from core.actor import acting
from core.erasure import erase_student
from core.errors import BusyError, ConflictError, InputError, LoginError, NotFoundError, RollcallError
from core.paths import Home
from core.settings import Settings
from core.store import accounts, people
from core.store.accounts import lock_time
from core.store.database import Store, open_store
from tests.account_support import ADMIN_NAME, PASSWORD, School, make_school, new_account, quick

__all__ = ["quick"]

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
OTHER = "another four words"


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with open_store(home) as opened:
        yield opened


@pytest.fixture
def school(store: Store, quick: None) -> School:
    return make_school(store)


def wrong(store: Store, name: str, *, times: int = 1, now: datetime = NOW, address: str | None = None) -> None:
    for _ in range(times):
        with pytest.raises(LoginError):
            log_in(store, name, "not the password", address=address, now=now)


# ---- passwords


@pytest.mark.parametrize(
    "password",
    [
        "", "short", "123456789", "1234567890", "QWERTYUIOP", "Password2026!", "welcome!!!123", "aaaaaaaaaaaaaaa",
        "abababababab", "abcabcabcabc", "23456789:;<", "zyxwvutsrqp", "Grace Hopper 1", "xxgracehopperxx", "x" * 300,
        "ｐａｓｓｗｏｒｄ１２３４",
    ],
)  # fmt: skip
def test_easy_passwords_are_refused(password: str) -> None:
    with pytest.raises(InputError):
        passwords.check_new_password(password, "Grace Hopper")


@pytest.mark.parametrize(
    "password", [PASSWORD, "x7#kd9Lq!w", "ਚਾਰ ਸ਼ਬਦ ਅਤੇ ਇੱਕ", "correct battery 😀 staple", "1q9z7m3x5p"]
)
def test_good_passwords_are_taken(password: str) -> None:
    passwords.check_new_password(password, "Al")


def test_the_common_ones_are_all_refused() -> None:
    assert len(COMMON) > 200
    for one in COMMON:
        with pytest.raises(InputError):
            passwords.check_new_password(one, "somebody")


def test_hashes_are_argon2id_and_strong_enough() -> None:
    stored = passwords.hashed(PASSWORD)
    numbers = extract_parameters(stored)
    assert stored.startswith("$argon2id$")
    assert (numbers.memory_cost, numbers.time_cost) >= (19456, 2)
    assert numbers.memory_cost >= 19456
    assert numbers.time_cost >= 2
    assert passwords.fits(stored, PASSWORD)
    assert not passwords.fits(stored, PASSWORD + "x")
    assert not passwords.fits(None, PASSWORD)
    assert not passwords.fits("no hash at all", PASSWORD)
    assert stored != passwords.hashed(PASSWORD)


def test_the_same_letters_from_another_keyboard_fit(quick: None) -> None:
    assert passwords.fits(passwords.hashed("Ame\u0301lie of Paris"), "Am\u00e9lie of Paris")
    assert not passwords.fits(passwords.hashed("lone surrogate"), "\ud800 surrogate")


def test_not_more_than_two_are_hashed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "PATIENCE_S", 0.01)
    with passwords._one_turn(), passwords._one_turn(), pytest.raises(BusyError, match="Too many people"):
        passwords.fits(None, "x")
    assert not passwords.fits(None, "x")


@pytest.mark.parametrize("pin", ["", "123", "1234", "9876", "0000", "12a4", "١٢٣٤", "1" * 13])
def test_bad_pins_are_refused(pin: str) -> None:
    with pytest.raises(InputError):
        passwords.check_new_pin(pin)


# ---- the first admin


def test_there_is_no_account_and_no_password_at_first(store: Store) -> None:
    with store.read() as db:
        assert not accounts.any_account(db)
    for name in ("admin", "root", "Rollcall", ""):
        with pytest.raises(LoginError):
            log_in(store, name, "admin", now=NOW)


def test_the_first_admin_is_made_once(store: Store, quick: None) -> None:
    made = admin.set_up(store, ADMIN_NAME, PASSWORD)
    assert (made.role, made.active) == ("admin", True)
    with pytest.raises(ConflictError, match="There are accounts already"):
        admin.set_up(store, "Another", PASSWORD)
    assert log_in(store, ADMIN_NAME.upper(), PASSWORD).id == made.id


def test_a_refused_set_up_leaves_nothing(store: Store) -> None:
    for name, password in ((ADMIN_NAME, "short"), ("", PASSWORD), ("\u202e", PASSWORD)):
        with pytest.raises(InputError):
            admin.set_up(store, name, password)
    with store.read() as db:
        assert not accounts.any_account(db)


# ---- logging in


def test_every_refusal_is_the_same_sentence(store: Store, school: School) -> None:
    with acting(school.actors["admin"]):
        admin.set_active(store, "Door", active=False)
    wrong(store, "Student One", times=FREE_TRIES)
    said = set()
    for name, password in (
        ("Nobody", PASSWORD), ("Grace Hopper", "wrong"), ("Door", PASSWORD), ("Student One", PASSWORD), ("", ""),
        ("x" * 100_000, "y" * 100_000), ("'; DROP TABLE accounts; --", "x"), ("\ud800", "\ud800"),
    ):  # fmt: skip
        with pytest.raises(LoginError) as caught:
            log_in(store, name, password, now=NOW)
        said.add(str(caught.value))
    assert said == {WRONG}


def test_the_lock_grows_to_a_quarter_of_an_hour() -> None:
    assert [lock_time(n) // timedelta(minutes=1) for n in range(7)] == [1, 2, 4, 8, 15, 15, 15]
    assert lock_time(10_000) == timedelta(minutes=15)


def test_five_wrong_ones_lock_and_each_further_one_locks_longer(store: Store, school: School) -> None:
    now = NOW
    wrong(store, "Grace Hopper", times=FREE_TRIES - 1, now=now)
    wrong(store, "Grace Hopper", now=now)
    for minutes in (1, 2, 4, 8, 15, 15):
        with pytest.raises(LoginError):
            log_in(store, "Grace Hopper", PASSWORD, now=now + timedelta(minutes=minutes, seconds=-1))
        now += timedelta(minutes=minutes)
        wrong(store, "Grace Hopper", now=now)
    assert log_in(store, "Grace Hopper", PASSWORD, now=now + timedelta(minutes=15)).name == "Grace Hopper"
    # And counts anew.
    wrong(store, "Grace Hopper", times=FREE_TRIES - 1, now=now + timedelta(minutes=16))
    log_in(store, "Grace Hopper", PASSWORD, now=now + timedelta(minutes=16))


def test_trying_during_a_lock_does_not_make_it_longer(store: Store, school: School) -> None:
    wrong(store, "Grace Hopper", times=FREE_TRIES + 50)
    log_in(store, "Grace Hopper", PASSWORD, now=NOW + timedelta(minutes=1))


def test_names_that_are_no_account_are_counted_alike(store: Store, school: School) -> None:
    wrong(store, "Nobody", times=FREE_TRIES)
    wrong(store, "Grace Hopper", times=FREE_TRIES)
    with store.read() as db:
        locks = {accounts.locked_until(db, login.tries_key(name), NOW) for name in ("Nobody", "Grace Hopper")}
    assert locks == {NOW + timedelta(minutes=1)}


def test_wrong_tries_are_forgotten_after_a_day(store: Store, school: School) -> None:
    wrong(store, "Grace Hopper", times=FREE_TRIES - 1)
    wrong(store, "Grace Hopper", now=NOW + timedelta(days=1, seconds=1))
    log_in(store, "Grace Hopper", PASSWORD, now=NOW + timedelta(days=1, seconds=1))


def test_an_address_that_tries_many_names_is_locked_and_others_are_not(store: Store, school: School) -> None:
    for number in range(FREE_TRIES_OF_ADDRESS):
        wrong(store, f"name {number}", address="10.0.0.66")
    with pytest.raises(LoginError):
        log_in(store, "Grace Hopper", PASSWORD, address="10.0.0.66", now=NOW)
    assert log_in(store, "Grace Hopper", PASSWORD, address="10.0.0.7", now=NOW)
    assert log_in(store, "Grace Hopper", PASSWORD, address="10.0.0.66", now=NOW + timedelta(minutes=1))


def test_right_ones_do_not_use_up_an_address_nor_wash_it_clean(store: Store, school: School) -> None:
    for _ in range(FREE_TRIES_OF_ADDRESS * 2):
        log_in(store, "Grace Hopper", PASSWORD, address="10.0.0.7", now=NOW)
    for number in range(FREE_TRIES_OF_ADDRESS - 1):
        wrong(store, f"name {number}", address="10.0.0.7")
        log_in(store, "Student One", PASSWORD, address="10.0.0.7", now=NOW)
    wrong(store, "one more", address="10.0.0.7")
    with pytest.raises(LoginError):
        log_in(store, "Student One", PASSWORD, address="10.0.0.7", now=NOW)


def test_a_thousand_wrong_logins(store: Store, school: School) -> None:
    """None succeeds, the right password neither meanwhile, and everybody else logs in all the time."""
    succeeded, others = 0, 0
    for number in range(1000):
        now = NOW + timedelta(seconds=number)
        guess = PASSWORD if number % 100 == 99 else f"guess number {number}"
        try:
            log_in(store, "Grace Hopper", guess, address=f"10.0.{number % 50}.66", now=now)
            succeeded += 1
        except LoginError:
            pass
        if number % 50 == 0:
            others += bool(log_in(store, "Student One", PASSWORD, address="10.1.0.1", now=now))
    assert (succeeded, others) == (0, 20)


def test_tries_at_the_same_moment_are_all_counted(store: Store, school: School) -> None:
    """Thirty threads that all begin before the first has failed get five tries together, not thirty."""
    judged = []
    real = passwords.fits

    def fits(stored: str | None, secret: str) -> bool:
        judged.append(stored is not None)
        return real(stored, secret)

    start = threading.Barrier(30)

    def attack() -> None:
        start.wait()
        with pytest.raises((LoginError, BusyError)):
            log_in(store, "Grace Hopper", "wrong", now=NOW)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "fits", fits)
        threads = [threading.Thread(target=attack) for _ in range(30)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert sum(judged) == FREE_TRIES


def test_an_old_hash_follows_at_the_next_login(store: Store, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    admin.set_up(store, ADMIN_NAME, PASSWORD)
    with store.read() as db:
        account = accounts.get_account(db, ADMIN_NAME)
        old = accounts.secrets_of(db, account.id).password
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    log_in(store, ADMIN_NAME, PASSWORD)
    with store.read() as db:
        new = accounts.secrets_of(db, account.id).password
    assert old is not None
    assert new is not None
    assert "m=8,t=1" in old
    assert "m=16,t=2" in new
    assert log_in(store, ADMIN_NAME, PASSWORD).id == account.id


def test_an_old_hash_does_not_come_back_over_a_password_that_was_just_changed(
    store: Store, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    inner = passwords.hashed

    def slow(secret: str) -> str:
        monkeypatch.setattr(passwords, "hashed", inner)
        # While the old one is hashed anew, its owner changes it in another window.
        login.change_password(store, "Grace Hopper", PASSWORD, OTHER)
        return inner(secret)

    monkeypatch.setattr(passwords, "HASHER", stronger)
    monkeypatch.setattr(passwords, "hashed", slow)
    log_in(store, "Grace Hopper", PASSWORD, now=NOW)
    assert log_in(store, "Grace Hopper", OTHER, now=NOW)
    with pytest.raises(LoginError):
        log_in(store, "Grace Hopper", PASSWORD, now=NOW)


def test_an_account_that_is_switched_off_meanwhile_gets_no_new_password(
    store: Store, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = passwords.hashed

    def slow(secret: str) -> str:
        monkeypatch.setattr(passwords, "hashed", inner)
        with acting(school.actors["admin"]):
            admin.set_active(store, "Grace Hopper", active=False)
        return inner(secret)

    monkeypatch.setattr(passwords, "hashed", slow)
    with pytest.raises(ConflictError, match="switched off meanwhile"):
        login.change_password(store, "Grace Hopper", PASSWORD, OTHER)
    with acting(school.actors["admin"]):
        admin.set_active(store, "Grace Hopper", active=True)
    with pytest.raises(LoginError):
        log_in(store, "Grace Hopper", OTHER, now=NOW)


def test_the_database_holds_no_password_pin_or_code(home: Home, store: Store, school: School) -> None:
    pin = "730518264905"  # A short one could turn up in the digits of a hash.
    with acting(school.actors["admin"]):
        coded = admin.add(store, "Somebody", "teacher")
        admin.set_pin(store, "Door", pin)
    wrong(store, "my secret typed as a name", address="10.0.0.9")
    store.close()
    content = b"".join(path.read_bytes() for path in home.data.rglob("*") if path.is_file())
    for secret in (
        PASSWORD,
        coded.code,
        passwords.read_code(coded.code),
        pin,
        "not the password",
        "my secret typed",
    ):
        assert secret.encode() not in content
    with closing(sqlite3.connect(home.database)) as raw:
        kinds = raw.execute("SELECT DISTINCT substr(key, 1, instr(key, ':')) FROM login_limits").fetchall()
    assert {kind for (kind,) in kinds} == {"name:", "address:"}


# ---- what an admin and the owner do


def test_a_password_is_changed_by_who_knows_the_old_one(store: Store, school: School) -> None:
    with pytest.raises(LoginError):
        login.change_password(store, "Grace Hopper", "wrong", OTHER)
    with pytest.raises(InputError):
        login.change_password(store, "Grace Hopper", PASSWORD, "short")
    login.change_password(store, "Grace Hopper", PASSWORD, OTHER)
    with pytest.raises(LoginError):
        log_in(store, "Grace Hopper", PASSWORD)
    assert log_in(store, "Grace Hopper", OTHER)


def test_a_code_sets_a_password_once(store: Store, school: School) -> None:
    with acting(school.actors["admin"]):
        coded = admin.issue_code(store, "Grace Hopper")
    assert log_in(store, "Grace Hopper", PASSWORD)  # The old one works until the code is used.
    with pytest.raises(InputError):
        use_code(store, "Grace Hopper", coded.code, "short")
    typed = coded.code.lower().replace("-", " ")
    assert use_code(store, "grace hopper", typed, OTHER).has_password
    assert log_in(store, "Grace Hopper", OTHER)
    for code in (coded.code, ""):
        with pytest.raises(LoginError):
            use_code(store, "Grace Hopper", code, PASSWORD)


def test_a_code_that_is_used_twice_at_the_same_moment_works_once(
    store: Store, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting(school.actors["admin"]):
        coded = admin.issue_code(store, "Grace Hopper")
    inner = passwords.fits

    def slow(stored: str | None, secret: str) -> bool:
        monkeypatch.setattr(passwords, "fits", inner)
        # While this one is being hashed, somebody else uses the very same code.
        use_code(store, "Grace Hopper", coded.code, OTHER)
        return inner(stored, secret)

    monkeypatch.setattr(passwords, "fits", slow)
    with pytest.raises(LoginError):
        use_code(store, "Grace Hopper", coded.code, "a third of four words")
    account = log_in(store, "Grace Hopper", OTHER, now=NOW)
    with store.read() as db:
        assert accounts.secrets_of(db, account.id).code is None


def test_a_code_ends(store: Store, school: School) -> None:
    with acting(school.actors["admin"]):
        coded = admin.issue_code(store, "Grace Hopper")
    with store.transaction() as db:
        account = accounts.get_account(db, "Grace Hopper")
        assert coded.until - account.created_at >= timedelta(hours=23)
        accounts.change_account(db, account.id, code_until=account.created_at - timedelta(seconds=1))
    with pytest.raises(LoginError):
        use_code(store, "Grace Hopper", coded.code, OTHER)


def test_a_code_lifts_the_lock_and_wrong_codes_lock(store: Store, school: School) -> None:
    for _ in range(FREE_TRIES):
        with pytest.raises(LoginError):
            use_code(store, "Grace Hopper", "AAAA-BBBB-CCCC", OTHER)
    with pytest.raises(LoginError):
        log_in(store, "Grace Hopper", PASSWORD)
    with acting(school.actors["admin"]):
        coded = admin.issue_code(store, "Grace Hopper")
    assert use_code(store, "Grace Hopper", coded.code, OTHER)


def test_codes_differ_and_are_long_enough() -> None:
    codes = {passwords.new_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(len(passwords.read_code(one)) == 12 for one in codes)


def test_the_last_admin_stays(store: Store, school: School) -> None:
    office = school.actors["admin"]
    with acting(office):
        second = admin.add(store, "Second", "admin")
        for refused in (
            lambda: admin.set_active(store, ADMIN_NAME, active=False),
            lambda: admin.change_role(store, ADMIN_NAME, "teacher"),
            lambda: admin.change_role(store, ADMIN_NAME, "kiosk"),
        ):
            # The second has no password yet, so nobody could log in.
            with pytest.raises(ConflictError, match="last admin"):
                refused()
    use_code(store, "Second", second.code, OTHER)
    with acting(office):
        admin.set_active(store, ADMIN_NAME, active=False)
    with acting(log_in(store, "Second", OTHER).actor()):
        with pytest.raises(ConflictError, match="last admin"):
            admin.change_role(store, "Second", "teacher")
        admin.set_active(store, ADMIN_NAME, active=True)
        admin.change_role(store, "Second", "teacher")


def test_accounts_belong_to_whom_they_say(store: Store, school: School) -> None:
    with store.read() as db:
        assert accounts.get_account(db, "Grace Hopper").teacher_id == 1
        assert accounts.get_account(db, "Student One").student_id == school.own.student_id
    bad: list[tuple[str, str, dict[str, str], type[RollcallError]]] = [
        ("A", "king", {}, InputError),
        ("A", "machine", {}, InputError),
        ("A", "student", {}, InputError),
        ("A", "student", {"roll": "R9"}, NotFoundError),
        ("A", "student", {"roll": "R1", "teacher": "Grace Hopper"}, InputError),
        ("A", "teacher", {"roll": "R1"}, InputError),
        ("A", "teacher", {"teacher": "Nobody"}, InputError),
        ("", "teacher", {}, InputError),
        ("GRACE  hopper", "teacher", {}, ConflictError),
    ]
    with acting(school.actors["admin"]):
        before = len(admin.list_all(store))
        for name, role, links, error in bad:
            with pytest.raises(error):
                admin.add(store, name, role, **links)
        assert len(admin.list_all(store)) == before
        changed = admin.change_role(store, "Student One", "teacher", teacher="ada lovelace")
    assert (changed.student_id, changed.teacher_id) == (None, 2)


def test_erasing_a_student_erases_the_account(store: Store, school: School) -> None:
    with acting(school.actors["admin"]):
        erase_student(store, "R1")
    with store.read() as db:
        assert accounts.find_account(db, "Student One") is None
    with pytest.raises(LoginError):
        log_in(store, "Student One", PASSWORD)


def test_a_pin_leaves_the_kiosk(store: Store, school: School) -> None:
    with pytest.raises(LoginError):
        check_pin(store, "Door", "")
    with acting(school.actors["admin"]):
        admin.set_pin(store, "Door", "481516")
    assert check_pin(store, "Door", "481516", now=NOW).name == "Door"
    for number in range(FREE_TRIES):
        with pytest.raises(LoginError):
            check_pin(store, "Door", f"99{number}7", now=NOW)
    with pytest.raises(LoginError):
        check_pin(store, "Door", "481516", now=NOW)
    # Whoever plays with the PIN does not lock the account out.
    assert log_in(store, "Door", PASSWORD, now=NOW)
    with acting(school.actors["admin"]):
        admin.set_pin(store, "Door", None)
    with pytest.raises(LoginError):
        check_pin(store, "Door", "481516", now=NOW + timedelta(hours=1))


def test_a_password_is_no_pin_and_no_code(store: Store, school: School) -> None:
    with acting(school.actors["admin"]):
        admin.set_pin(store, "Door", "481516")
        coded = admin.issue_code(store, "Door")
    for call in (
        lambda: log_in(store, "Door", "481516"),
        lambda: log_in(store, "Door", coded.code),
        lambda: check_pin(store, "Door", PASSWORD),
        lambda: use_code(store, "Door", PASSWORD, OTHER),
    ):
        with pytest.raises(LoginError):
            call()


@pytest.mark.parametrize(
    ("minutes", "passed", "idle"),
    [(15, 14.9, False), (15, 15, True), (15, 600, True), (0, 600, False), (15, -5, False)],
)
def test_an_idle_window_locks(minutes: int, passed: float, idle: bool) -> None:
    assert is_idle(NOW, NOW + timedelta(minutes=passed), Settings(idle_minutes=minutes)) is idle


def test_a_name_may_be_hostile(store: Store, school: School) -> None:
    for name in ("=cmd()", "../x", "a[b]c", "ਰਾਣੀ 😀", "x" * 300):
        made = new_account(store, school.actors["admin"], name, "teacher")
        assert log_in(store, name, PASSWORD).id == made.id
    with store.read() as db:
        assert people.list_classes(db)
