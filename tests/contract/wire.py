"""How these tests speak to a server: exactly as a contract says, over a real connection."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

import httpx

from tests.contract import shapes
from tests.contract.shapes import Call, assert_matches

PASSWORD = "correct horse battery"
HTTP = httpx.Client(trust_env=False, timeout=60)
"""One client for all: making one costs more than most requests."""


@dataclass(frozen=True)
class Person:
    """Somebody with an account, known by what the contract's own calls answered."""

    id: int
    username: str
    email: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def request(server: Any, method: str, path: str, *, person: Person | None = None, **more: Any) -> httpx.Response:
    """Any request, with the person's token. Asks in no language, so the contract's own words come back."""
    headers = {**(person.headers if person else {}), **more.pop("headers", {})}
    return HTTP.request(method, server.url + path, headers=headers, **more)


def ask(server: Any, call: Call, body: dict[str, Any] | None = None, *, person: Person | None = None, **names: Any) -> Any:
    """Make one call of a contract and return its answer, after checking request and answer against the contract."""
    if call.sends is not None:
        assert body is not None
        assert_matches(call.sends, body)
        assert set(body) == set(call.sends), "a request of the contract has these keys and no other"
    response = request(server, call.method, call.path.format(**names), person=person, json=body)
    return answered(call, response)


def answered(call: Call, response: httpx.Response) -> Any:
    """The body of a success, checked."""
    assert response.status_code == 200, (response.status_code, response.text[:500])
    assert response.headers["content-type"] == "application/json", response.headers
    answer = json.loads(response.content.decode("utf-8"))
    assert_matches(call.answers, answer)
    return answer


def new_name(name: str) -> str:
    """`name` with a suffix, so that tests may share a server."""
    return f"{name}_{uuid.uuid4().hex[:8]}"


def new_person(server: Any, name: str) -> Person:
    """Register and log in by the messaging contract."""
    username = new_name(name)
    email = f"{username}@example.com"
    account = ask(server, shapes.AUTH_REGISTER, {"username": username, "email": email, "password": PASSWORD})
    login = ask(server, shapes.AUTH_LOGIN, {"username": username, "password": PASSWORD})
    return Person(account["id"], username, email, login["access_token"])
