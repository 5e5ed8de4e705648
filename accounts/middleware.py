"""Web sessions end with their login, also those begun by the admin."""

from __future__ import annotations

from collections.abc import Callable

from asgiref.sync import sync_to_async
from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from accounts import pages
from accounts.models import User


class LiveLoginMiddleware:
    """`request.user` is whom the session names only while the session's login lives. Nothing is asked until somebody looks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        def find() -> User | AnonymousUser:
            if not hasattr(request, "_matinee_user"):
                request._matinee_user = pages.session_user(request, get_user(request))  # type: ignore[attr-defined]
            found: User | AnonymousUser = request._matinee_user  # type: ignore[attr-defined]
            return found

        request.user = SimpleLazyObject(find)  # type: ignore[assignment]
        request.auser = sync_to_async(find)
        response = self.get_response(request)
        if request.session.modified and SESSION_KEY in request.session and pages.SESSION_LOGIN not in request.session:
            pages.try_to_adopt(request, request.user)  # type: ignore[arg-type]  # Django's own login just signed somebody in.
        return response
