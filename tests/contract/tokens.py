"""Tokens of every wrong kind, made from a good one and, where needed, the server's own key."""

from __future__ import annotations

import base64
import time
from typing import Any

import jwt

from tests.contract.wire import Person


def bad_tokens(server: Any, person: Person) -> dict[str, str]:
    """By what is wrong with it."""
    head, payload, signature = person.token.split(".")
    claims = jwt.decode(person.token, options={"verify_signature": False})
    key = server.env["SECRET_KEY"]

    def signed(**changed: Any) -> str:
        kept = {name: value for name, value in (claims | changed).items() if value is not None}
        return jwt.encode(kept, key, algorithm="HS256")

    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    flipped = ("B" if signature[9] == "A" else "A").join((signature[:9], signature[10:]))
    return {
        "expired": signed(exp=int(time.time()) - 60),
        "tampered signature": f"{head}.{payload}.{flipped}",
        "tampered payload": ".".join(
            (head, jwt.encode(claims | {"user_id": str(int(claims["user_id"]) + 1)}, "x" * 32).split(".")[1], signature)
        ),
        "other key": jwt.encode(claims, "another key, as long as it needs to be", algorithm="HS256"),
        "alg none": f"{unsigned}.{payload}.",
        "no expiry": signed(exp=None),
        "no login": signed(sid=None),
        "unknown login": signed(sid="00000000-0000-4000-8000-000000000000"),
        "login of a wrong type": signed(sid=["x"]),
        "refresh": signed(token_type="refresh"),
        "nonsense": "nonsense",
        "empty parts": "..",
        "long": "x" * 10_000,
    }
