"""The tables of table.py, every cell of them over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver

from core import limits
from core.paths import is_api
from tests.assertions import assert_error
from tests.doors.table import REST, REST_ROLES, SECRET, Call
from tests.doors.worlds import World, filled
from tests.files.reading import body as read
from tests.pictures import picture, sent

pytestmark = pytest.mark.django_db
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every API route of the project as its URL configuration spells it, with its view."""
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, route)
        elif isinstance(entry, URLPattern) and is_api(f"/{route}"):
            yield route, entry.callback


def methods_of(view: Any) -> set[str]:
    """A view that is a plain function of ours is a page, which is read."""
    kind = getattr(view, "view_class", None) or getattr(view, "cls", None)
    return {method for method in METHODS if hasattr(kind, method.lower())} if kind else {"GET"}


def area_of(call: Call) -> str:
    """What one test asks in one world."""
    return "/".join(call.route.split("/")[:2]) if call.route.startswith("api/") else call.route.split("/")[0]


ROUTES = dict(routes(get_resolver()))
OFFERED = {(method, route) for route, view in ROUTES.items() for method in methods_of(view)}


def address(call: Call, world: World) -> str:
    def place(match: re.Match[str]) -> str:
        name = match[1]
        return str(world.names[call.at.get(name, name)])

    return "/" + re.sub(r"<\w+:(\w+)>", place, call.route)


def ask(call: Call, world: World, role: str) -> Any:
    """Make the call as that role and take back what it did."""
    client = world.clients[role]
    body: Any = filled(call.body, world.names)
    if call.upload:
        body = {"file": SimpleUploadedFile("notes.txt", b"some bytes"), "avatar": sent(picture())}
    with transaction.atomic():
        send = getattr(client, call.method.lower())
        response = send(address(call, world), body, format="multipart" if call.upload else "json")
        content = read(response) + response.headers.get("Content-Disposition", "").encode()
        transaction.set_rollback(True)
    limits.shared.clear()
    cache.clear()
    return response, content


def test_every_operation_of_every_route_is_in_the_table() -> None:
    assert OFFERED
    assert {(call.method, call.route) for call in REST} == OFFERED


def test_each_row_says_what_every_role_gets() -> None:
    for call in REST:
        assert tuple(call.gives) == REST_ROLES, call


@pytest.mark.parametrize("area", sorted({area_of(call) for call in REST}))
def test_each_role_gets_what_the_table_says(area: str, world: World) -> None:
    wrong = []
    for call in REST:
        if area_of(call) == area:
            wrong += [f"{call} as {role}: {fault}" for role in REST_ROLES if (fault := fault_of(call, world, role))]
    assert not wrong, "\n".join(wrong)


def fault_of(call: Call, world: World, role: str) -> str:
    """What is not as the table says; nothing if all is."""
    response, content = ask(call, world, role)
    if response.status_code != call.gives[role]:
        return f"{response.status_code}, not {call.gives[role]}: {content[:300]!r}"
    if response.status_code >= 400:
        assert_error(response, response.status_code)
    if (SECRET.encode() in content) != (role in call.read_by):
        return f"reads what it should not, or does not what it should: {content[:300]!r}"
    return ""


def test_what_is_not_offered_is_a_405(world: World) -> None:
    for route in ROUTES:
        for method in METHODS:
            if (method, route) not in OFFERED:
                call = Call(method=method, route=route, gives={}, at={"username": "bob"})
                response, _content = ask(call, world, "owner")
                assert_error(response, 405, "method_not_allowed")
