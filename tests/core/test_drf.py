"""Whatever a view raises leaves as the envelope; fields are strict."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils import translation
from rest_framework import exceptions, serializers
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from core import errors
from core.drf import JSONParser, TextField, as_api_error
from tests.assertions import assert_envelope

CASES: list[tuple[Exception, int, str]] = [
    (errors.Muted(), 403, "muted"),
    (exceptions.ValidationError({"a": ["bad"]}), 400, "invalid"),
    (exceptions.ParseError(), 400, "malformed"),
    (exceptions.Throttled(wait=3), 429, "too_many_requests"),
    (exceptions.NotAuthenticated(), 401, "not_authenticated"),
    (exceptions.AuthenticationFailed(), 401, "bad_token"),
    (exceptions.PermissionDenied(), 403, "forbidden"),
    (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
    (exceptions.UnsupportedMediaType("text/x"), 415, "unsupported_media_type"),
    (Http404(), 404, "not_found"),
    (PermissionDenied(), 403, "forbidden"),
    (RequestDataTooBig(), 413, "too_large"),
    (OperationalError(), 503, "unavailable"),
    (InterfaceError(), 503, "unavailable"),
]


def raising(exception: Exception, path: str = "/messages/x") -> Any:
    class Raises(APIView):
        authentication_classes = ()
        permission_classes = ()

        def get(self, request: Any) -> None:
            raise exception

    return Raises.as_view()(APIRequestFactory().get(path)).render()


def test_every_known_exception_is_a_row_of_the_table() -> None:
    for exception, status, slug in CASES:
        response = raising(exception)
        assert response.status_code == status, exception
        assert_envelope(response.data, status, slug)


def test_a_bug_is_no_refusal() -> None:
    assert as_api_error(ZeroDivisionError()) is None
    with pytest.raises(ZeroDivisionError):
        raising(ZeroDivisionError())


def test_headers_of_refusals() -> None:
    assert raising(errors.TooManyRequests(retry_after=2.2)).headers["Retry-After"] == "3"
    assert raising(errors.Unavailable()).headers["Retry-After"] in ("5", "6")
    assert raising(errors.NotAuthenticated()).headers["WWW-Authenticate"].startswith("Bearer")


def test_films_paths_speak_the_films_dialect() -> None:
    assert raising(errors.NotFound(), "/api/movies/9").data["status"] == "error"
    assert "status" not in raising(errors.NotFound(), "/messages/9").data


def test_nested_field_errors_are_flattened_under_their_field() -> None:
    error = as_api_error(exceptions.ValidationError({"tags": {0: ["bad"], 1: ["worse"]}, "name": "odd"}))
    assert error is not None
    assert errors.envelope(error)["errors"] == {"tags": ["bad", "worse"], "name": ["odd"]}
    error = as_api_error(exceptions.ValidationError(["together"]))
    assert error is not None
    assert errors.envelope(error)["errors"] == {"non_field_errors": ["together"]}


@pytest.mark.parametrize("value", [1, 1.5, True, ["a"], {"a": 1}])
def test_text_is_not_made_of_other_types(value: object) -> None:
    with pytest.raises(serializers.ValidationError):
        TextField().run_validation(value)


def test_text_with_nul_is_refused() -> None:
    with pytest.raises(serializers.ValidationError):
        TextField().run_validation("a\x00b")
    assert TextField().run_validation("héllo 你好") == "héllo 你好"


def test_a_body_must_be_an_object() -> None:
    assert JSONParser().parse(io.BytesIO(b'{"a": 1}')) == {"a": 1}
    for body in (b"[1]", b'"a"', b"1", b"null"):
        with pytest.raises(errors.Invalid):
            JSONParser().parse(io.BytesIO(body))
    with pytest.raises(errors.MalformedBody):
        JSONParser().parse(io.BytesIO(b"{"))


def test_what_cannot_be_stored_is_refused_in_words_of_ours() -> None:
    for text in ("a\x00b", "a\ud800b"):
        for language, words in (
            ("en", "This text has characters that cannot be stored."),
            ("zh-hans", "文本包含无法保存的字符。"),
        ):
            with translation.override(language), pytest.raises(exceptions.ValidationError) as refusal:
                TextField().run_validation(text)
            assert [str(word) for word in refusal.value.detail] == [words]
