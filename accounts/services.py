"""What people do with their account. Logins have a file of their own; it is part of this module's promise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import logins, selectors, throttle
from accounts.avatars import forget_on_commit
from accounts.events import AccountRenamed, BlockChanged, LoginEnded
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
from core.deadlocks import tried_again
from core.errors import BadToken, Conflict, Invalid, NotFound
from core.text import compare_key

__all__ = [
    "Tokens", "activate", "bind_device", "block", "change_password", "check_credentials", "check_new_password",
    "deactivate", "delete_account", "end_device_logins", "log_in", "log_out", "log_out_everywhere", "refresh", "register",
    "set_password", "start_session", "store_account", "touch", "unblock", "update_profile", "visibility_changed",
]  # fmt: skip

_TAKEN = {"username": _("This name is taken."), "email": _("This e-mail address is taken.")}
_EDITABLE = ("username", "email", "shows_presence", "shows_receipts")

visibility_changed: list[Callable[[User], None]] = []
"""What floors above do, in the same transaction, when a person shows or hides their presence. They add themselves."""


def register(*, username: str, email: str, password: str, address: str | None = None) -> User:
    """A new account. Invalid names every field that is wrong, taken ones among them; Conflict when being taken is all that is
    wrong; TooManyRequests by `address`.
    """
    if address is not None:
        throttle.count_registration(address=address)
    user = _drafted(username=username, email=email, password=password)
    _check_free(user)
    # Hashing is slow on purpose: not while holding the database.
    user.password = make_password(password)
    _save_unique(user)
    return user


def _drafted(*, username: str, email: str, password: str) -> User:
    """An account that is not stored yet. Invalid with all that is wrong, so that nobody has to find out bit by bit."""
    user, wrong = User(), dict[str, Sequence[object]]()
    checks: dict[str, Callable[[], object]] = {
        "username": lambda: setattr(user, "username", clean_username(username)),
        "email": lambda: setattr(user, "email", clean_email(email)),
        "password": lambda: check_new_password(user, password, "password"),
    }
    for check in checks.values():
        try:
            check()
        except Invalid as error:
            wrong |= error.errors or {}
    if wrong:
        raise Invalid(errors={**{name: why for name, why in _taken(user).items() if name not in wrong}, **wrong})
    return user


def update_profile(*, actor: User, **fields: Any) -> User:
    """Change any of username, email, shows_presence, shows_receipts. Invalid, Conflict. A new name or visibility is announced.

    Receipts need no announcement: whoever tells of a cursor reads `shows_receipts` with it.
    """
    unknown = set(fields) - set(_EDITABLE)
    if unknown:
        raise TypeError(f"not part of a profile: {sorted(unknown)}")
    if "username" in fields:
        fields["username"] = clean_username(fields["username"])
    if "email" in fields:
        fields["email"] = clean_email(fields["email"])
    with transaction.atomic():
        return _change(_locked(actor), **fields)


def store_account(*, actor: User, user: User) -> None:
    """Save what a member of staff entered: a new row, or one with changes. Conflict. Ends logins as the changes demand."""
    with transaction.atomic():
        was = User.objects.select_for_update(no_key=True).filter(pk=user.pk).first()
        if was is not None:
            # No form has it, and it may be another since the form was opened.
            user.avatar = was.avatar
        _check_free(user)
        _save_unique(user)
        if was is not None:
            _follow(was, user)


def _locked(user: User) -> User:
    """The row as it is now, locked. NotFound for somebody deleted meanwhile."""
    try:
        return User.objects.select_for_update(no_key=True).get(pk=user.pk)
    except User.DoesNotExist as error:
        raise NotFound from error


def _change(user: User, *, keep: Login | None = None, **fields: Any) -> User:
    """Set fields of a locked row and do what follows from it."""
    was = copy(user)
    for name, value in fields.items():
        setattr(user, name, value)
    if {"username", "email"} & set(fields):
        _check_free(user)
    _save_unique(user, list(fields))
    _follow(was, user, keep=keep)
    return user


def _follow(was: User, user: User, *, keep: Login | None = None) -> None:
    """Whoever changes a row, the same things follow."""
    if user.username != was.username:
        bus.publish(bus.user_address(user.pk), AccountRenamed(user_id=user.pk, username=user.username))
    if user.password != was.password:
        logins.end_logins(user, keep=keep)
    if was.is_active and not user.is_active:
        logins.end_logins(user)
        _announce_all_ended(user.pk)
    if user.shows_presence != was.shows_presence:
        for tell in visibility_changed:
            tell(user)


def _check_free(user: User) -> None:
    """Conflict naming each field that somebody else has. Costs a hash less than finding out at the end."""
    taken = _taken(user)
    if taken:
        raise Conflict(next(iter(taken.values()))[0], errors=taken)


def _taken(user: User) -> dict[str, list[object]]:
    others = User.objects.exclude(pk=user.pk)
    keys = {"username": compare_key(user.username), "email": compare_key(user.email)}
    return {name: [_TAKEN[name]] for name, key in keys.items() if key and others.filter(**{f"{name}_key": key}).exists()}


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
    check_new_password(actor, new_password, "new_password")
    return set_password(user=actor, new_password=new_password, keep=keep)


def set_password(*, user: User, new_password: str, keep: Login | None = None, only_first: bool = False) -> User:
    """Set a password that was validated, without asking for the old one, and end every login but `keep`.

    `only_first`: unless it was changed since `user` was read (BadToken).
    """
    hashed = make_password(new_password)
    with transaction.atomic():
        locked = _locked(user)
        if only_first and locked.password != user.password:
            raise BadToken
        return _change(locked, keep=keep, password=hashed)


def check_new_password(user: User, password: str, field: str) -> None:
    """Invalid, naming `field`, for a password that this person should not have."""
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
        _change(_locked(user), is_active=is_active)
    user.is_active = is_active


@tried_again
def delete_account(*, actor: User | None, user: User) -> None:
    """The person and what is theirs alone are gone; what they said to others stays, without them. NotFound."""
    with transaction.atomic():
        # The strongest lock: whatever is written in this person's name at the moment waits, and then finds nobody.
        locked = User.objects.select_for_update().filter(pk=user.pk).first()
        if locked is None:
            raise NotFound
        _announce_all_ended(user.pk)
        forget_on_commit(locked.avatar)
        locked.delete()


def _announce_all_ended(user_id: int) -> None:
    bus.publish(bus.user_address(user_id), LoginEnded(user_id=user_id, login_ids=None))


def block(*, actor: User, username: str) -> Block:
    """`actor` gets nothing private from that person any more. NotFound; Invalid for oneself. Twice is once."""
    other = selectors.user_by_username(username)
    if other is None:
        raise NotFound
    if other.pk == actor.pk:
        raise Invalid.field("username", _("This is you."))
    with transaction.atomic():
        blocked, is_new = Block.objects.select_related("blocked").get_or_create(blocker=actor, blocked=other)
        if is_new:
            _announce_block(blocked, is_blocked=True)
    return blocked


def unblock(*, actor: User, username: str) -> Block:
    """The block that was. NotFound."""
    other = selectors.user_by_username(username)
    with transaction.atomic():
        found = selectors.blocks_of(actor).filter(blocked=other).first()
        if other is None or found is None:
            raise NotFound
        Block.objects.filter(pk=found.pk).delete()
        _announce_block(found, is_blocked=False)
    return found


def _announce_block(block: Block, *, is_blocked: bool) -> None:
    event = BlockChanged(blocker_id=block.blocker_id, blocked_id=block.blocked_id, is_blocked=is_blocked)
    for user_id in (block.blocker_id, block.blocked_id):
        bus.publish(bus.user_address(user_id), event)
