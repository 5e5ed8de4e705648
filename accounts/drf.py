"""Who asks: a bearer token, or the web session of our own pages."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts import pages, services, tokens
from accounts.models import Login, User
from core.errors import BadToken


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
        user = request._request.user
        login = pages.current_login(request._request)
        if not user.is_authenticated or login is None:
            return None
        self.enforce_csrf(request)
        return user, login
