"""What surrounds every request: one spelling of API paths, and no HTML where a program is reading."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from core import errors
from core.drf import as_api_error, error_headers
from core.paths import is_api, is_films_dialect

logger = logging.getLogger("matinee.http")

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class ApiMiddleware:
    """Strips a trailing slash under the API prefixes before routing, and turns every refusal there into the envelope.

    Sits outermost, so that refusals of other middleware, unknown paths and server errors pass through it too.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_api(request.path_info):
            return self.get_response(request)
        if request.path_info.endswith("/"):
            request.path_info = request.path_info.rstrip("/")
        _measure_body(request)
        response = self.get_response(request)
        if response.status_code >= 400 and "json" not in response.get("Content-Type", ""):
            return self._wrapped(request, response)
        return response

    def _wrapped(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponse:
        error = getattr(request, "refusal", None)
        if not isinstance(error, errors.ApiError):
            error = errors.BY_STATUS.get(response.status_code, errors.ServerError)()
        wrapped = json_refusal(error, request.path_info)
        for name in ("Allow", "WWW-Authenticate", "Content-Range"):
            if name in response:
                wrapped[name] = response[name]
        return wrapped

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A refusal raised outside of DRF. Bugs go on to Django, which logs them and answers 500."""
        error = as_api_error(exception)
        if error is None or not is_api(request.path_info):
            return None
        return json_refusal(error, request.path_info)


def _measure_body(request: HttpRequest) -> None:
    """Say how long a body is that came in chunks: Django and DRF take one without a length for empty."""
    if (
        "HTTP_TRANSFER_ENCODING" in request.META
        and not request.META.get("CONTENT_LENGTH")
        and isinstance(request, ASGIRequest)
    ):
        # It is spooled already.
        request.META["CONTENT_LENGTH"] = str(request._stream.seek(0, os.SEEK_END))
        request._stream.seek(0)


def json_refusal(error: errors.ApiError, path: str) -> HttpResponse:
    body = errors.envelope(error, films_dialect=is_films_dialect(path))
    return JsonResponse(body, status=error.status, headers=error_headers(error))
