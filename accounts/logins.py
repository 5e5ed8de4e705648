"""Services of logins: begin, renew and end them. Whatever ends one announces it, so that its sockets close."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import msgspec
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import QuerySet

from accounts import selectors, throttle, tokens
from accounts.events import LoginEnded
from accounts.models import Login, User
from core import bus
from core.clock import now
from core.errors import BadCredentials, BadToken
from core.text import compare_key

TOUCH_SECONDS = 60
"""`last_seen_at` moves at most this often."""


class Tokens(msgspec.Struct, frozen=True):
    """A login and what its client keeps: both texts are JWTs."""

    login: Login
    access: str
    refresh: str


def check_credentials(*, username: str | None = None, email: str | None = None, password: str, address: str) -> User:
    """The active person of that name or e-mail with that password.

    TooManyRequests before anything is compared; else BadCredentials, which says and costs the same whatever was wrong.
    """
    name = email if email is not None else username or ""
    throttle.count_login(name=compare_key(name), address=address)
    user = selectors.user_by_email(name) if email is not None else selectors.user_by_username(name)
    if not is_password_of(user, password) or user is None:
        raise BadCredentials
    return user


def is_password_of(user: User | None, password: str) -> bool:
    """Hashes once for anybody, so that time does not tell who exists."""
    if user is None or not user.has_usable_password():
        make_password(password)
        return False
    return check_password(password, user.password) and user.is_active


def log_in(*, user: User, device_id: str = "", user_agent: str = "", kind: str = Login.Kind.TOKEN) -> Tokens:
    """A new login of `user` and its tokens. BadCredentials when deactivated, deleted or given another password meanwhile."""
    with transaction.atomic():
        login = Login(
            user=lock_active_user(user),
            kind=kind,
            device_id=device_id,
            user_agent=user_agent[:200],
            expires_at=now() + timedelta(days=settings.REFRESH_TOKEN_DAYS),
        )
        refresh, login.refresh_jti = tokens.issue_refresh(login)
        login.save(force_insert=True)
    return Tokens(login, tokens.issue_access(login), refresh)


def start_session(*, user: User, user_agent: str = "") -> Login:
    """A login for a web session, which has no tokens to give out. It lasts as long as the session's cookie."""
    with transaction.atomic():
        return Login.objects.create(
            user=lock_active_user(user),
            kind=Login.Kind.SESSION,
            user_agent=user_agent[:200],
            expires_at=now() + timedelta(seconds=settings.SESSION_COOKIE_AGE),
        )


def lock_active_user(user: User) -> User:
    """Row-locked until the transaction ends, so that nobody is signed in while being deactivated. BadCredentials.

    `user` is as it was when the password was checked: a new one since then ended every login, and the old one begins none.
    """
    try:
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk, is_active=True)
    except User.DoesNotExist as error:
        raise BadCredentials from error
    if locked.password != user.password:
        raise BadCredentials
    return locked


def refresh(*, token: str) -> Tokens:
    """New tokens for an old refresh token, which ends. BadToken; one used before ends its whole login."""
    login_id, jti = tokens.read_refresh(token)
    with transaction.atomic():
        login = Login.objects.live().select_for_update(of=("self",), no_key=True).filter(pk=login_id).first()
        if login is not None and login.refresh_jti == jti:
            fresh, login.refresh_jti = tokens.issue_refresh(login)
            login.last_seen_at = now()
            login.expires_at = now() + timedelta(days=settings.REFRESH_TOKEN_DAYS)
            login.save(update_fields=["refresh_jti", "last_seen_at", "expires_at"])
            return Tokens(login, tokens.issue_access(login), fresh)
        if login is not None:
            _end([login])
    # Raised outside, or the ending would be rolled back.
    raise BadToken


def touch(*, login: Login) -> None:
    """Note that `login` is in use; a write at most once a minute."""
    moment = now()
    stale = moment - timedelta(seconds=TOUCH_SECONDS)
    if login.last_seen_at <= stale:
        Login.objects.filter(pk=login.pk, last_seen_at__lte=stale).update(last_seen_at=moment)
        login.last_seen_at = moment


def bind_device(*, login: Login, device_id: str) -> None:
    """From now on `login` is that device's."""
    Login.objects.filter(pk=login.pk).update(device_id=device_id)
    login.device_id = device_id


def log_out(*, login: Login) -> None:
    with transaction.atomic():
        _end(_locked(Login.objects.filter(pk=login.pk)))


def log_out_everywhere(*, actor: User, keep: Login | None = None) -> None:
    """End every login of `actor`, except `keep`."""
    end_logins(actor, keep=keep)


def end_device_logins(*, user: User, device_id: str) -> None:
    with transaction.atomic():
        _end(_locked(Login.objects.filter(user=user, device_id=device_id)))


def end_logins(user: User, *, keep: Login | None = None) -> None:
    """Assumes nothing; takes its own locks. A login that begins at the same moment may stay."""
    with transaction.atomic():
        logins = Login.objects.filter(user=user)
        if keep is not None:
            logins = logins.exclude(pk=keep.pk)
        _end(_locked(logins))


def delete_login(*, login: Login) -> None:
    """End it and forget that it was."""
    with transaction.atomic():
        log_out(login=login)
        login.delete()


def _locked(logins: QuerySet[Login]) -> list[Login]:
    return list(logins.filter(revoked_at=None).select_for_update(of=("self",), no_key=True).order_by("id"))


def _end(logins: Iterable[Login]) -> None:
    """Mark row-locked logins as ended and announce it to each person's sockets."""
    moment = now()
    ended: dict[int, list[str]] = {}
    for login in logins:
        login.revoked_at = moment
        ended.setdefault(login.user_id, []).append(str(login.pk))
    Login.objects.filter(pk__in=[key for keys in ended.values() for key in keys]).update(revoked_at=moment)
    for user_id, login_ids in ended.items():
        bus.publish(bus.user_address(user_id), LoginEnded(user_id=user_id, login_ids=login_ids))
