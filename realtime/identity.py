"""Who a socket speaks for, found by whichever carrier brought a token. Database work: run it in the workers' threads."""

from __future__ import annotations

import uuid
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING

import msgspec
from django.conf import settings

from accounts import pages, selectors, services, tokens
from accounts.models import Login, User
from core.errors import BadToken
from realtime.handshake import Offer

if TYPE_CHECKING:
    from realtime.runtime import Runtime


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in person. `expires_at` is when the token (or the web session's login) ends."""

    user_id: int
    username: str
    login_id: uuid.UUID
    device_id: str
    expires_at: datetime

    @property
    def user(self) -> User:
        """As services want their actor: a reference, not read again from the database."""
        return User(pk=self.user_id, username=self.username, is_active=True)


async def at_handshake(runtime: Runtime, offer: Offer) -> Identity | None:
    """The person of the first carrier there is; None for a guest. BadToken for a token that is wrong.

    A session that has ended is no wrong token: the cookie lingers in browsers, and the page is simply a guest's.
    """
    token = offer.header_token if offer.header_token is not None else offer.subprotocol_token
    if token is not None:
        return await runtime.tokens.put(token)
    if offer.session_key is not None:
        return await runtime.workers.run(by_session, offer.session_key)
    return None


def by_tokens(tokens_: list[str]) -> list[Identity | BadToken]:
    """One answer each, in order. One query."""
    return [
        found if isinstance(found, BadToken) else _identity(found.user, found.login, found.ends_at)
        for found in tokens.authenticate_many(tokens_)
    ]


def by_session(session_key: str) -> Identity | None:
    """None for a session that names no live login any more."""
    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    login = pages.session_login(store)
    return _identity(login.user, login, login.expires_at) if login else None


def are_live(login_ids: list[uuid.UUID]) -> list[bool]:
    """One answer each, in order. One query."""
    live = selectors.live_login_ids(login_ids)
    return [login_id in live for login_id in login_ids]


def _identity(user: User, login: Login, expires_at: datetime) -> Identity:
    return Identity(
        user_id=user.pk, username=user.username, login_id=login.pk, device_id=login.device_id, expires_at=expires_at
    )


def touch(login_id: uuid.UUID) -> None:
    """The person is still there: keep the device's last_seen fresh."""
    login = selectors.live_login(login_id)
    if login is not None:
        services.touch(login=login)
