"""Who asks: a bearer token, or the web session of our own pages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts import pages, services, tokens
from accounts.models import Login, User
from core.errors import BadToken, NotAuthenticated


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`. Its Login is looked at each time, so ending one takes effect at once.

    The request's `auth` is the Login. A token that is no good is 401, never a guest.
    """

    def authenticate(self, request: Request) -> tuple[User, Login] | None:
        scheme, _, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        try:
            user, login, _ends_at = tokens.authenticate(token.strip().decode("ascii"))
        except UnicodeDecodeError as error:
            raise BadToken from error
        services.touch(login=login)
        return user, login

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="matinee"'


class PageAuthentication(SessionAuthentication):
    """The session cookie, with CSRF checked. The request's `auth` is the session's Login."""

    def authenticate(self, request: Request) -> tuple[User, Login] | None:
        login = pages.current_login(request._request)
        if login is None:
            return None
        self.enforce_csrf(request)
        return login.user, login


class LenientBearerAuthentication(BearerAuthentication):
    """For what everyone may see, and some see more of: a token that is no good is none."""

    def authenticate(self, request: Request) -> tuple[User, Login] | None:
        try:
            return super().authenticate(request)
        except BadToken:
            return None


def caller(request: Request) -> User:
    """Who asks, in a view that only the signed-in reach. NotAuthenticated."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def caller_login(request: Request) -> Login:
    """The login by which they ask. NotAuthenticated."""
    login: object = request.auth
    if not isinstance(login, Login):
        raise NotAuthenticated
    return login


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class PageScheme(OpenApiAuthenticationExtension):
    target_class = PageAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
