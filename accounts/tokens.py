"""JSON web tokens. Each names its Login (`sid`), so every one of them can be ended at once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from accounts.models import Login, User
from core.errors import BadToken

SID = "sid"


class _Access(AccessToken):
    lifetime = timedelta(hours=settings.ACCESS_TOKEN_HOURS)


class _Refresh(RefreshToken):
    lifetime = timedelta(days=settings.REFRESH_TOKEN_DAYS)


def issue_access(login: Login) -> str:
    return str(_issue(_Access(), login))


def issue_refresh(login: Login) -> tuple[str, str]:
    """A refresh token and its id (`jti`)."""
    token = _issue(_Refresh(), login)
    return str(token), str(token["jti"])


def _issue(token: Token, login: Login) -> Token:
    token["user_id"] = str(login.user_id)
    token[SID] = str(login.pk)
    return token


class Authenticated(NamedTuple):
    """Whose access token it is, its live Login, and when the token ends (UTC)."""

    user: User
    login: Login
    ends_at: datetime


def authenticate(token: str) -> Authenticated:
    """One query. BadToken for anything but a good access token of a live Login."""
    (answer,) = authenticate_many([token])
    if isinstance(answer, BadToken):
        raise answer
    return answer


def authenticate_many(tokens: Sequence[str]) -> list[Authenticated | BadToken]:
    """The same for many at once, one answer each, in order. One query."""
    claims = [_claims_of(token) for token in tokens]
    wanted = {_sid(claim) for claim in claims if claim is not None}
    logins = {login.pk: login for login in Login.objects.live().select_related("user").filter(pk__in=wanted)} if wanted else {}
    return [BadToken() if claim is None else _checked(claim, logins.get(_sid(claim))) for claim in claims]


def _claims_of(token: str) -> dict[str, Any] | None:
    try:
        claims = _read(_Access, token)
        _sid(claims)
    except BadToken:
        return None
    return claims


def _checked(claims: dict[str, Any], login: Login | None) -> Authenticated | BadToken:
    if login is None or str(login.user_id) != claims.get("user_id"):
        return BadToken()
    return Authenticated(login.user, login, datetime.fromtimestamp(claims["exp"], UTC))


def read_refresh(token: str) -> tuple[uuid.UUID, str]:
    """The Login's id and the token's own (`jti`). BadToken; the Login itself is not looked at."""
    claims = _read(_Refresh, token)
    return _sid(claims), str(claims["jti"])


def _read(kind: type[Token], token: str) -> dict[str, Any]:
    try:
        return dict(kind(token).payload)  # type: ignore[arg-type]
    except (TokenError, ValueError, TypeError) as error:
        raise BadToken from error


def _sid(claims: dict[str, Any]) -> uuid.UUID:
    try:
        return uuid.UUID(claims.get(SID))
    except (TypeError, ValueError, AttributeError) as error:
        raise BadToken from error
