"""Web sessions. Each belongs to a Login, so that it ends with it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth import SESSION_KEY, login, logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts import selectors, services
from accounts.models import Login, User
from core.errors import BadCredentials

SESSION_LOGIN = "login_id"
_BACKEND = "accounts.backends.CasefoldBackend"


def sign_in(request: HttpRequest, user: User) -> Login:
    """Begin a web session of `user`, whose password (or registration) was just checked. BadCredentials when deactivated."""
    # Django carries the session's contents over when the same person signs in again: that login must not stay open.
    sign_out(request)
    login(request, user, backend=_BACKEND)
    return adopt(request, user)


def adopt(request: HttpRequest, user: User) -> Login:
    """Give the session that Django began a login of ours (the admin signs people in by itself)."""
    started = services.start_session(user=user, user_agent=request.META.get("HTTP_USER_AGENT", ""))
    request.session[SESSION_LOGIN] = str(started.pk)
    request.matinee_login = started  # type: ignore[attr-defined]
    return started


def sign_out(request: HttpRequest) -> None:
    """End the session and its login."""
    current = current_login(request)
    if current is not None:
        services.log_out(login=current)
    logout(request)
    request.matinee_login = None  # type: ignore[attr-defined]


def current_login(request: HttpRequest) -> Login | None:
    """The live login of the request's web session."""
    return getattr(request, "matinee_login", None) if request.user.is_authenticated else None


def session_user(request: HttpRequest, user: User | AnonymousUser) -> User | AnonymousUser:
    """`user`, whom the session names, while the session's login lives; otherwise nobody, and the session is emptied."""
    if not isinstance(user, User):
        return user
    if SESSION_LOGIN not in request.session:
        return user if try_to_adopt(request, user) else AnonymousUser()
    found = session_login(request.session)
    if found is None or found.user_id != user.pk:
        request.session.flush()
        return AnonymousUser()
    services.touch(login=found)
    request.matinee_login = found  # type: ignore[attr-defined]
    return user


def try_to_adopt(request: HttpRequest, user: User) -> bool:
    """False, and an empty session, for somebody deactivated at this very moment."""
    try:
        adopt(request, user)
    except BadCredentials:
        request.session.flush()
        return False
    return True


def session_login(session: Any) -> Login | None:
    """The live login that a session (of a request or a socket's scope) names, with its user."""
    named = session.get(SESSION_LOGIN)
    if named is None or SESSION_KEY not in session:
        return None
    try:
        return selectors.live_login(uuid.UUID(named))
    except (TypeError, ValueError, AttributeError):
        return None
