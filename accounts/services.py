"""What people do with their account. Logins have a file of their own; it is part of this module's promise."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import logins, selectors, throttle
from accounts.events import AccountRenamed, LoginEnded
from accounts.logins import (
    Tokens,
    bind_device,
    check_credentials,
    end_device_logins,
    log_in,
    log_out,
    log_out_everywhere,
    refresh,
    start_session,
    touch,
)
from accounts.models import Block, Login, User
from accounts.names import clean_email, clean_username
from core import bus
from core.errors import Conflict, Invalid, NotFound
from core.text import compare_key

__all__ = [
    "Tokens", "activate", "bind_device", "block", "change_password", "check_credentials", "deactivate", "delete_account",
    "end_device_logins", "log_in", "log_out", "log_out_everywhere", "refresh", "register", "start_session", "touch", "unblock",
    "update_profile",
]  # fmt: skip

_TAKEN = {"username": _("This name is taken."), "email": _("This e-mail address is taken.")}
_EDITABLE = ("username", "email", "shows_presence")


def register(*, username: str, email: str, password: str, address: str | None = None) -> User:
    """A new account. Invalid names the field; Conflict for a taken name or e-mail; TooManyRequests by `address`."""
    if address is not None:
        throttle.count_registration(address=address)
    user = User(username=clean_username(username), email=clean_email(email))
    _check_new_password(user, password, "password")
    _check_free(user)
    # Hashing is slow on purpose: not while holding the database.
    user.password = make_password(password)
    _save_unique(user)
    return user


def update_profile(*, actor: User, **fields: Any) -> User:
    """Change any of username, email, shows_presence. Invalid, Conflict. A new name is announced."""
    unknown = set(fields) - set(_EDITABLE)
    if unknown:
        raise TypeError(f"not part of a profile: {sorted(unknown)}")
    if "username" in fields:
        fields["username"] = clean_username(fields["username"])
    if "email" in fields:
        fields["email"] = clean_email(fields["email"])
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        was = user.username
        for name, value in fields.items():
            setattr(user, name, value)
        _check_free(user)
        _save_unique(user, list(fields))
        if user.username != was:
            bus.publish(bus.user_address(user.pk), AccountRenamed(user_id=user.pk, username=user.username))
    return user


def _check_free(user: User) -> None:
    """Conflict naming each field that somebody else has. Costs a hash less than finding out at the end."""
    others = User.objects.exclude(pk=user.pk)
    keys = {"username": compare_key(user.username), "email": compare_key(user.email)}
    taken = {name: [_TAKEN[name]] for name, key in keys.items() if others.filter(**{f"{name}_key": key}).exists()}
    if taken:
        raise Conflict(next(iter(taken.values()))[0], errors=taken)


def _save_unique(user: User, update_fields: list[str] | None = None) -> None:
    """The constraint decides between two at the same instant."""
    try:
        with transaction.atomic():
            user.save(update_fields=update_fields)
    except IntegrityError as error:
        _check_free(user)
        raise Conflict from error


def change_password(*, actor: User, old_password: str, new_password: str, keep: Login | None = None) -> User:
    """Set it and end every login but `keep`. Invalid names the field; TooManyRequests for too many wrong old ones."""
    throttle.count_login(name=f"id:{actor.pk}", address="")
    if not logins.is_password_of(actor, old_password):
        raise Invalid.field("old_password", _("This is not your password."))
    _check_new_password(actor, new_password, "new_password")
    hashed = make_password(new_password)
    with transaction.atomic():
        user = logins.lock_active_user(actor)
        user.password = hashed
        user.save(update_fields=["password"])
        logins.end_logins(user, keep=keep)
    return user


def _check_new_password(user: User, password: str, field: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(errors={field: error.messages}) from error


def deactivate(*, actor: User | None, user: User) -> None:
    """Nobody signs in as `user` any more, and whoever is signed in is out. `actor` is the staff member (None: a command)."""
    _set_active(user, False)


def activate(*, actor: User | None, user: User) -> None:
    _set_active(user, True)


def _set_active(user: User, is_active: bool) -> None:
    with transaction.atomic():
        row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        row.is_active = user.is_active = is_active
        row.save(update_fields=["is_active"])
        if not is_active:
            logins.end_logins(row)
            _announce_all_ended(row.pk)


def delete_account(*, actor: User | None, user: User) -> None:
    """The person and what is theirs alone are gone; what they said to others stays, without them."""
    with transaction.atomic():
        _announce_all_ended(user.pk)
        user.delete()


def _announce_all_ended(user_id: int) -> None:
    bus.publish(bus.user_address(user_id), LoginEnded(user_id=user_id, login_ids=None))


def block(*, actor: User, username: str) -> Block:
    """`actor` gets nothing private from that person any more. NotFound; Invalid for oneself. Twice is once."""
    other = selectors.user_by_username(username)
    if other is None:
        raise NotFound
    if other.pk == actor.pk:
        raise Invalid.field("username", _("This is you."))
    blocked, _created = Block.objects.select_related("blocked").get_or_create(blocker=actor, blocked=other)
    return blocked


def unblock(*, actor: User, username: str) -> Block:
    """The block that was. NotFound."""
    with transaction.atomic():
        blocks = selectors.blocks_of(actor).filter(blocked__username_key=compare_key(username))
        found = blocks.first()
        if found is None:
            raise NotFound
        Block.objects.filter(pk=found.pk).delete()
    return found
