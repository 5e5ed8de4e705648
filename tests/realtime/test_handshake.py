"""Which carrier of a token counts, and when a cookie does."""

from __future__ import annotations

from typing import Any

import pytest

from realtime import handshake
from realtime.handshake import Offer

OURS = "https://good.example"
COOKIE = "sessionid=key"


@pytest.fixture(autouse=True)
def _origins(settings: Any) -> None:
    settings.ALLOWED_ORIGINS = [OURS, "http://localhost:8000"]


def offer(*subprotocols: str, **headers: str) -> Offer:
    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return handshake.read({"headers": raw, "subprotocols": list(subprotocols)})


def test_nothing_brought_is_a_guest() -> None:
    assert offer() == Offer(
        header_token=None, subprotocol_token=None, session_key=None, subprotocol=None, speaks_v2=False, language="zh-hans"
    )


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer a.b.c", "a.b.c"),
        ("bearer a.b.c", "a.b.c"),
        ("Bearer  a.b.c ", "a.b.c"),
        ("Bearer", ""),
        ("Basic dXNlcjpwYXNz", ""),
        ("", ""),
        ("a.b.c", ""),
    ],
)
def test_the_authorization_header(header: str, token: str) -> None:
    """Another scheme is a wrong token, not no token: it is refused and not taken for a guest."""
    assert offer(authorization=header).header_token == token


@pytest.mark.parametrize(
    ("subprotocols", "token", "selected", "speaks_v2"),
    [
        (["bearer", "a.b.c"], "a.b.c", "bearer", False),
        (["matinee.v2"], None, "matinee.v2", True),
        (["matinee.v2", "bearer", "a.b.c"], "a.b.c", "matinee.v2", True),
        (["bearer", "a.b.c", "matinee.v2"], "a.b.c", "matinee.v2", True),
        (["bearer", "matinee.v2"], None, "matinee.v2", True),
        (["bearer"], None, "bearer", False),
        (["a.b.c", "bearer"], None, "bearer", False),
        (["soap"], None, None, False),
        (["soap", "a.b.c"], None, None, False),
    ],
)
def test_subprotocols(subprotocols: list[str], token: str | None, selected: str | None, speaks_v2: bool) -> None:
    found = offer(*subprotocols)
    assert (found.subprotocol_token, found.subprotocol, found.speaks_v2) == (token, selected, speaks_v2)
    assert found.subprotocol is None or found.subprotocol != found.subprotocol_token, "the token is never echoed"


@pytest.mark.parametrize("origin", [OURS, "http://localhost:8000"])
def test_the_cookie_counts_on_our_own_pages(origin: str) -> None:
    assert offer(origin=origin, cookie=f"a=b; {COOKIE}; csrftoken=x").session_key == "key"


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "*",
        "https://evil.example",
        "https://good.example.evil.org",
        "https://evil-good.example",
        "https://good.example:8443",
        "https://good.example:443",
        "http://good.example",
        "https://good.example/",
        "https://good.example/path",
        "https://good.example@evil.org",
        "https://good.example, https://evil.example",
        "HTTPS://GOOD.EXAMPLE.evil.org",
        "http://localhost",
        "http://localhost:80000",
        "file://",
    ],
)
def test_anywhere_else_the_cookie_is_ignored(origin: str | None) -> None:
    headers = {"cookie": COOKIE} | ({} if origin is None else {"origin": origin})
    assert offer(**headers).session_key is None


def test_the_cookie_counts_by_every_name_of_this_server(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1", "other.example"]
    for host in ("127.0.0.1:8461", "other.example"):
        assert offer(host=host, origin=f"http://{host}", cookie=COOKIE).session_key == "key"
    for host, origin in (
        ("127.0.0.1:8461", "http://127.0.0.1:9"),
        ("127.0.0.1:8461", "https://127.0.0.1:8461"),
        ("unknown.example", "http://unknown.example"),
        ("", "http://"),
    ):
        assert offer(host=host, origin=origin, cookie=COOKIE).session_key is None


def test_other_carriers_need_no_origin() -> None:
    found = offer("bearer", "a.b.c", authorization="Bearer d.e.f", origin="https://evil.example", cookie=COOKIE)
    assert (found.header_token, found.subprotocol_token, found.session_key) == ("d.e.f", "a.b.c", None)


@pytest.mark.parametrize("cookie", ["", "sessionid", ";;;", "other=1", "\xff\xfe=1", 'sessionid="'])
def test_odd_cookies(cookie: str) -> None:
    assert offer(origin=OURS, cookie=cookie).session_key in (None, '"', "")


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({"accept_language": "en"}, "en"),
        ({"accept_language": "en-GB,fr;q=0.5"}, "en"),
        ({"accept_language": "fr, zh-CN;q=0.5"}, "zh-hans"),
        ({"accept_language": "fr"}, "zh-hans"),
        ({"accept_language": "q=;;;,,"}, "zh-hans"),
        ({"accept_language": "zh", "cookie": "django_language=en"}, "en"),
    ],
)
def test_words_are_in_the_readers_language(headers: dict[str, str], language: str) -> None:
    assert offer(**headers).language == language
