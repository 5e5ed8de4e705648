from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection

from accounts import selectors, services
from accounts.events import AccountRenamed, BlockChanged, LoginEnded
from accounts.models import Block, Login, User
from core.bus import user_address
from core.errors import ApiError, BadCredentials, Conflict, Invalid, NotFound
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def register(**changes: str) -> User:
    given = {"username": "alice", "email": "alice@example.com", "password": PASSWORD, **changes}
    return services.register(**given)


def check(**given: Any) -> User:
    return services.check_credentials(**{"password": PASSWORD, "address": "192.0.2.1", **given})


def test_registering_keeps_what_was_typed_and_hashes_the_password() -> None:
    user = register(username="Éva", email="Eva@Example.com")
    assert (user.username, user.email) == ("Éva", "Eva@Example.com")
    assert not user.is_staff
    assert not user.is_superuser
    assert user.password != PASSWORD
    assert user.check_password(PASSWORD)
    assert selectors.user_by_username("ÉVA") == user
    assert selectors.user_by_email("eva@example.COM") == user


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": "ALICE", "email": "other@example.com"}, "username"),
        ({"username": "ａｌｉｃｅ", "email": "other@example.com"}, "username"),
        ({"username": "other", "email": "ALICE@example.com"}, "email"),
    ],
)
def test_a_name_or_address_is_taken_in_any_case(changes: dict[str, str], field: str) -> None:
    register()
    with pytest.raises(Conflict) as refusal:
        register(**changes)
    assert refusal.value.errors is not None
    assert list(refusal.value.errors) == [field]
    assert User.objects.count() == 1


@pytest.mark.parametrize("password", ["", "short", "password", "12345678901", "alice@example.com"])
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(Invalid) as refusal:
        register(password=password)
    assert refusal.value.errors is not None
    assert list(refusal.value.errors) == ["password"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        ({"username": "Éva", "email": "one@example.com"}, {"username": "éva", "email": "two@example.com"}, "username"),
        ({"username": "one", "email": "eva@example.com"}, {"username": "two", "email": "EVA@example.com"}, "email"),
    ],
)
def test_of_two_registrations_at_the_same_instant_one_wins(
    monkeypatch: pytest.MonkeyPatch, first: dict[str, str], second: dict[str, str], field: str
) -> None:
    """Both have found the name free before either writes."""
    both_looked = threading.Barrier(2)
    hashed = services.make_password

    def wait_and_hash(password: str) -> str:
        both_looked.wait(20)
        return hashed(password)

    monkeypatch.setattr(services, "make_password", wait_and_hash)
    outcomes: list[User | ApiError] = []

    def run(given: dict[str, str]) -> None:
        try:
            outcomes.append(register(**given))
        except ApiError as error:
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(given,)) for given in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    refusals = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert len(outcomes) == 2
    assert [list(refusal.errors or {}) for refusal in refusals] == [[field]]
    assert User.objects.count() == 1


def test_credentials_by_name_and_by_address(alice: User) -> None:
    assert check(username="Alice") == alice
    assert check(email="ALICE@example.com") == alice


def test_all_wrong_credentials_are_refused_alike(alice: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same words, and the same work: one hash each."""
    services.deactivate(actor=None, user=bob)
    User.objects.filter(pk=services.register(username="nokey", email="n@example.com", password=PASSWORD).pk).update(
        password="!unusable"
    )
    hashes = 0
    encode = MD5PasswordHasher.encode

    def counting(self: MD5PasswordHasher, *args: Any, **kwargs: Any) -> str:
        nonlocal hashes
        hashes += 1
        return encode(self, *args, **kwargs)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counting)
    told = set()
    for given in (
        {"username": "alice", "password": "wrong horse battery"},
        {"username": "nobody"},
        {"username": "bob"},
        {"username": "bob", "password": "wrong horse battery"},
        {"username": "nokey"},
        {"email": "nobody@example.com"},
        {"username": "alice\x00"},
    ):
        hashes = 0
        with pytest.raises(BadCredentials) as refusal:
            check(**given)
        told.add((str(refusal.value.detail), refusal.value.error))
        assert hashes == 1, given
    assert len(told) == 1


def test_a_profile_changes_in_part(alice: User, captured_events: Callable[..., Any]) -> None:
    with captured_events() as events:
        services.update_profile(actor=alice, email="new@example.com")
        services.update_profile(actor=alice, username="Alicia", shows_presence=False)
        services.update_profile(actor=alice, shows_receipts=False)
    alice.refresh_from_db()
    assert (alice.username, alice.email, alice.shows_presence) == ("Alicia", "new@example.com", False)
    assert alice.shows_receipts is False
    renamed = [event for event in events if isinstance(event[1], AccountRenamed)]
    assert renamed == [(user_address(alice.pk), AccountRenamed(user_id=alice.pk, username="Alicia"))]
    assert selectors.user_by_username("alicia") == alice
    assert selectors.user_by_username("alice") is None


def test_a_profile_takes_no_taken_name(alice: User, bob: User) -> None:
    for fields in ({"username": "BOB"}, {"email": "Bob@example.com"}):
        with pytest.raises(Conflict):
            services.update_profile(actor=alice, **fields)
    services.update_profile(actor=alice, username="ALICE")
    assert User.objects.get(pk=alice.pk).username == "ALICE"


def test_a_profile_has_no_rights_in_it(alice: User) -> None:
    with pytest.raises(TypeError):
        services.update_profile(actor=alice, is_staff=True)


def test_hiding_is_told_to_the_floors_above(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[bool] = []
    monkeypatch.setattr(services, "visibility_changed", [lambda user: told.append(user.shows_presence)])
    for shown in (False, False, True):
        services.update_profile(actor=alice, shows_presence=shown)
    assert told == [False, True]


def test_a_new_password_ends_other_logins(alice: User, captured_events: Callable[..., Any]) -> None:
    mine, other = services.log_in(user=alice).login, services.log_in(user=alice).login
    with pytest.raises(Invalid):
        services.change_password(actor=alice, old_password="wrong", new_password="a much better one", keep=mine)
    with captured_events() as events:
        services.change_password(actor=alice, old_password=PASSWORD, new_password="a much better one", keep=mine)
    assert [login.pk for login in selectors.live_logins(alice)] == [mine.pk]
    assert events == [(user_address(alice.pk), LoginEnded(user_id=alice.pk, login_ids=[str(other.pk)]))]
    assert check(username="alice", password="a much better one") == alice
    with pytest.raises(BadCredentials):
        check(username="alice")


def test_a_password_replaced_after_it_was_checked_signs_nobody_in(alice: User) -> None:
    checked = check(username="alice")
    changed = services.change_password(actor=alice, old_password=PASSWORD, new_password="a much better one")
    for refused in (services.log_in, services.start_session):
        with pytest.raises(BadCredentials):
            refused(user=checked)
    assert not selectors.live_logins(alice).exists()
    assert services.log_in(user=changed)


def test_deactivating_ends_everything(alice: User, captured_events: Callable[..., Any]) -> None:
    services.log_in(user=alice)
    with captured_events() as events:
        services.deactivate(actor=None, user=alice)
    assert (user_address(alice.pk), LoginEnded(user_id=alice.pk, login_ids=None)) in events
    assert not selectors.live_logins(alice).exists()
    assert not alice.is_active
    for refused in (services.log_in, services.start_session):
        with pytest.raises(BadCredentials):
            refused(user=alice)
    services.activate(actor=None, user=alice)
    assert not selectors.live_logins(alice).exists(), "what was ended stays ended"
    assert services.log_in(user=alice)


def test_deleting_an_account_tells_its_sockets(alice: User, captured_events: Callable[..., Any]) -> None:
    services.log_in(user=alice)
    user_id = alice.pk
    with captured_events() as events:
        services.delete_account(actor=None, user=alice)
    assert (user_address(user_id), LoginEnded(user_id=user_id, login_ids=None)) in events
    assert not User.objects.filter(pk=user_id).exists()
    assert not Login.objects.exists()


def test_both_are_told_of_a_block_once(alice: User, bob: User, captured_events: Callable[..., Any]) -> None:
    with captured_events() as events:
        for change in (services.block, services.block, services.unblock):
            change(actor=alice, username="bob")
    assert events == [
        (user_address(person.pk), BlockChanged(blocker_id=alice.pk, blocked_id=bob.pk, is_blocked=is_blocked))
        for is_blocked in (True, False)
        for person in (alice, bob)
    ]


def test_blocking_and_unblocking(alice: User, bob: User) -> None:
    assert services.block(actor=alice, username="BOB").blocked == bob
    services.block(actor=alice, username="bob")
    assert Block.objects.count() == 1
    assert selectors.is_blocking(blocker=alice, blocked=bob)
    assert not selectors.is_blocking(blocker=bob, blocked=alice)
    services.unblock(actor=alice, username="Bob")
    assert not Block.objects.exists()
    for refused, name in ((services.unblock, "bob"), (services.unblock, "nobody"), (services.block, "nobody")):
        with pytest.raises(NotFound):
            refused(actor=alice, username=name)
    with pytest.raises(Invalid):
        services.block(actor=alice, username="alice")
