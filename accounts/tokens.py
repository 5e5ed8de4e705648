"""JSON web tokens. Each names its Login (`sid`), so every one of them can be ended at once."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

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


def authenticate(token: str) -> tuple[User, Login, datetime]:
    """Whose access token this is, its live Login, and when the token ends (UTC). One query. BadToken for any other text."""
    claims = _read(_Access, token)
    login = Login.objects.live().select_related("user").filter(pk=_sid(claims)).first()
    if login is None or str(login.user_id) != claims.get("user_id"):
        raise BadToken
    return login.user, login, datetime.fromtimestamp(claims["exp"], UTC)


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
