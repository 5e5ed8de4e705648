"""No HTML leaves an API path; a trailing slash there changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.test import Client, RequestFactory

from core import json
from core.middleware import ApiMiddleware
from tests.assertions import assert_error


def answered(path: str, response: HttpResponse) -> Any:
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request.path_info)
        return response

    answer: Any = ApiMiddleware(view)(RequestFactory().get(path))
    answer.seen = seen[0]
    return answer


def test_a_trailing_slash_is_dropped_under_the_api_only() -> None:
    assert answered("/api/movies/", HttpResponse()).seen == "/api/movies"
    assert answered("/messages/private/alice/", HttpResponse()).seen == "/messages/private/alice"
    assert answered("/movies/", HttpResponse()).seen == "/movies/"


def test_html_refusals_become_the_envelope() -> None:
    for status, slug in (
        (400, "invalid"),
        (404, "not_found"),
        (413, "too_large"),
        (500, "server_error"),
        (418, "server_error"),
    ):
        answer = answered("/files/x", HttpResponse("<h1>no</h1>", status=status))
        assert answer["Content-Type"] == "application/json"
        assert json.loads(answer.content)["error"] == slug
    page = answered("/movies/9", HttpResponse("<h1>no</h1>", status=404))
    assert page.content == b"<h1>no</h1>"


def test_json_refusals_and_answers_pass() -> None:
    refusal = JsonResponse({"own": True}, status=409)
    assert answered("/api/x", refusal).content == b'{"own": true}'
    assert answered("/api/x", HttpResponse("<p>fine</p>")).content == b"<p>fine</p>"


def test_allowed_methods_are_still_told() -> None:
    answer = answered("/devices", HttpResponseNotAllowed(["GET", "POST"]))
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, POST"


def test_refusals_raised_outside_of_views_classes() -> None:
    middleware = ApiMiddleware(lambda request: HttpResponse())
    api, page = RequestFactory().get("/groups"), RequestFactory().get("/watch/x")
    refused = middleware.process_exception(api, PermissionDenied())
    assert refused is not None
    assert refused.status_code == 403
    down = middleware.process_exception(api, OperationalError())
    assert down is not None
    assert int(down["Retry-After"]) >= 5
    assert middleware.process_exception(api, ZeroDivisionError()) is None
    assert middleware.process_exception(page, PermissionDenied()) is None


@pytest.mark.django_db
def test_unknown_paths_of_the_api_answer_json(client: Client) -> None:
    for prefix in ("api", "auth", "messages", "groups", "devices", "files", "conversations"):
        assert_error(client.get(f"/{prefix}/no/such/path"), 404, "not_found")
        assert_error(client.post(f"/{prefix}/no/such/path/", b"{", content_type="application/json"), 404, "not_found")
    assert client.get("/api/nothing").json()["status"] == "error"
    assert "html" in client.get("/nothing").headers["Content-Type"]
