from __future__ import annotations

import base64
import json
import time
import uuid
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings

from accounts import services, tokens
from accounts.models import Login, User
from accounts.services import Tokens
from core.clock import now
from core.errors import BadToken
from tests.assertions import assert_error

pytestmark = pytest.mark.django_db


def claims_of(token: str) -> dict[str, Any]:
    return jwt.decode(token, settings.SECRET_KEY, algorithms=["HS256"])


def signed(claims: dict[str, Any], key: str | None = None) -> str:
    return jwt.encode(claims, key or settings.SECRET_KEY, algorithm="HS256")


def unsigned(claims: dict[str, Any]) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": "none"}, claims)]
    return b".".join([*parts, b""]).decode()


def is_accepted(token: str) -> bool:
    try:
        tokens.authenticate(token)
    except BadToken:
        return False
    return True


@pytest.fixture
def issued(alice: User) -> Tokens:
    return services.log_in(user=alice)


def test_a_token_names_its_person_login_and_end(issued: Tokens, alice: User, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        user, login, ends_at = tokens.authenticate(issued.access)
    assert (user, login) == (alice, issued.login)
    assert abs((ends_at - now()).total_seconds() - settings.ACCESS_TOKEN_HOURS * 3600) < 60


def test_wrong_tokens_are_refused(issued: Tokens, bob: User) -> None:
    claims = claims_of(issued.access)
    head, body, signature = issued.access.split(".")
    wrong = {
        "empty": "",
        "no token": "nonsense",
        "odd bytes": "\x00\ud800.é.",
        "refresh as access": issued.refresh,
        "expired": signed({**claims, "exp": int(time.time()) - 10}),
        "endless": signed({key: value for key, value in claims.items() if key != "exp"}),
        "no type": signed({key: value for key, value in claims.items() if key != "token_type"}),
        "tampered": f"{head}.{body}.{signature[::-1]}",
        "other key": signed(claims, "another key, which is long enough for HS256"),
        "alg none": unsigned(claims),
        "no login": signed({key: value for key, value in claims.items() if key != "sid"}),
        "odd login": signed({**claims, "sid": 5}),
        "unknown login": signed({**claims, "sid": str(uuid.uuid4())}),
        "other person": signed({**claims, "user_id": str(bob.pk)}),
    }
    assert [name for name, token in wrong.items() if is_accepted(token)] == []
    assert tokens.authenticate(issued.access)


def test_tokens_end_with_their_login(alice: User, bob: User, charlie: User, staff: User) -> None:
    issued = [services.log_in(user=user) for user in (alice, bob, charlie, staff)]
    services.log_out(login=issued[0].login)
    services.deactivate(actor=None, user=bob)
    services.delete_account(actor=None, user=charlie)
    Login.objects.filter(user=staff).update(expires_at=now() - timedelta(seconds=1))
    for one in issued:
        with pytest.raises(BadToken):
            tokens.authenticate(one.access)


def test_an_access_token_refreshes_nothing(issued: Tokens) -> None:
    with pytest.raises(BadToken):
        services.refresh(token=issued.access)
    assert services.refresh(token=issued.refresh)


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer", "bearer  ", "Bearer \xe9", "Bearer a b"])
def test_a_wrong_header_is_401_not_a_guest(api: Any, alice: User, header: str) -> None:
    client = api()
    client.credentials(HTTP_AUTHORIZATION=header)
    response = client.get("/api/user")
    assert_error(response, 401, "bad_token")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_scheme_is_written_in_any_case_and_others_are_ignored(api: Any, issued: Tokens) -> None:
    client = api()
    client.credentials(HTTP_AUTHORIZATION=f"bearer {issued.access}")
    assert client.get("/api/user").status_code == 200
    client.credentials(HTTP_AUTHORIZATION="Basic YWxpY2U6eA==")
    assert_error(client.get("/api/user"), 401, "not_authenticated")


def test_a_request_moves_last_seen(api: Any, alice: User, django_assert_num_queries: Any) -> None:
    client = api(alice)
    long_ago = now() - timedelta(hours=1)
    Login.objects.update(last_seen_at=long_ago)
    assert client.get("/api/user").status_code == 200
    assert Login.objects.get().last_seen_at > long_ago
    with django_assert_num_queries(1):
        client.get("/api/user")
