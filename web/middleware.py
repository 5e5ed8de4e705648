"""What was refused before Django read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from core.asgi import REFUSED
from web.pages import page


class RefusedBodies:
    """A page says why, and no view runs. Before CSRF is looked at: the token was in the body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        return _say_why(request) if isinstance(request, ASGIRequest) and REFUSED in request.scope else None


@page
def _say_why(request: HttpRequest) -> HttpResponse:
    assert isinstance(request, ASGIRequest)
    raise request.scope[REFUSED]
