"""What every REST view shares: renderer, parsers, the exception handler and strict fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import Http404, QueryDict
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core import errors, json
from core.clock import iso_ms, iso_s
from core.paths import is_films_dialect
from core.text import is_encodable

MOST_NUMBER = 1e15
"""Beyond it, and for NaN, a number means nothing here."""


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else json.dumps(data)


class JSONParser(BaseParser):
    """Strict JSON whose top level is an object."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        data = json.loads(stream.read())
        if not isinstance(data, dict):
            raise errors.Invalid(_("The body must be a JSON object."))
        return data


class TextField(serializers.CharField):
    """A string as the contracts mean it: numbers, booleans, NUL and lone surrogates are refused, not converted."""

    default_error_messages = {
        "invalid": _("Must be a string."),
        "unstorable": _("This text has characters that cannot be stored."),
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if not is_encodable(data):
            self.fail("unstorable")
        text: str = super().to_internal_value(data)
        return text


class NumberField(serializers.FloatField):
    """A finite number as JSON writes it: text and booleans are refused, not converted. A form has nothing but text."""

    default_error_messages = {"invalid": _("Must be a number.")}

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, str) and isinstance(getattr(self.parent, "initial_data", None), QueryDict):
            data = super().to_internal_value(data)
        if isinstance(data, bool) or not isinstance(data, int | float) or not abs(data) <= MOST_NUMBER:
            self.fail("invalid")
        return float(data)


class MillisecondsField(serializers.DateTimeField):
    """ISO 8601, UTC, milliseconds, Z."""

    def to_representation(self, value: datetime) -> str:
        return iso_ms(value)


class SecondsField(serializers.DateTimeField):
    """ISO 8601, UTC, seconds, Z: a comment's time."""

    def to_representation(self, value: datetime) -> str:
        return iso_s(value)


def handle_exception(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """Every exception of a view as the one envelope. None lets Django report a bug (and `core.middleware` wrap it)."""
    error = as_api_error(exc)
    if error is None:
        return None
    return error_response(error, context["request"])


def error_response(error: errors.ApiError, request: Request) -> Response:
    response = Response(
        errors.envelope(error, films_dialect=is_films_dialect(request.path)), status=error.status, headers=error_headers(error)
    )
    response.exception = True
    return response


def error_headers(error: errors.ApiError) -> dict[str, str]:
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after + 0.5)))
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="matinee"'
    return headers


def as_api_error(exc: Exception) -> errors.ApiError | None:
    """The table's row for an exception of Matinee, DRF, Django or the database; None for a bug."""
    match exc:
        case errors.ApiError():
            return exc
        case exceptions.ValidationError():
            return errors.Invalid(errors=_fields(exc.detail))
        case exceptions.ParseError():  # A form: JSON is parsed by core.json.
            return errors.MalformedBody(_("The body cannot be read."))
        case exceptions.Throttled():
            return errors.TooManyRequests(retry_after=getattr(exc, "wait", None))
        case exceptions.NotAuthenticated():
            return errors.NotAuthenticated()
        case exceptions.AuthenticationFailed():
            return errors.BadToken()
        case exceptions.APIException():
            return errors.BY_STATUS.get(exc.status_code, errors.ServerError)()
        case Http404():
            return errors.NotFound()
        case PermissionDenied():
            return errors.Forbidden()
        case RequestDataTooBig() | TooManyFieldsSent() | TooManyFilesSent():
            return errors.TooLarge()
        case OperationalError() | InterfaceError():
            return errors.Unavailable()
    return None


def _fields(detail: Any) -> dict[str, list[object]]:
    if not isinstance(detail, dict):
        return {"non_field_errors": _flat(detail)}
    return {str(name): _flat(words) for name, words in detail.items()}


def _flat(detail: Any) -> list[object]:
    if isinstance(detail, dict):
        return [word for words in detail.values() for word in _flat(words)]
    if isinstance(detail, list | tuple):
        return [word for words in detail for word in _flat(words)]
    return [detail]
