"""Before a socket opens: which carrier brings a token, which subprotocol is chosen, how a refusal looks."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import msgspec
from django.conf import settings
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

from core import errors, json
from core.drf import error_headers

Scope = MutableMapping[str, Any]
V2 = "matinee.v2"
BEARER = "bearer"


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What a client brought: at most one of the three carriers counts, in this order."""

    header_token: str | None
    subprotocol_token: str | None
    session_key: str | None
    subprotocol: str | None
    speaks_v2: bool
    language: str


def read(scope: Scope) -> Offer:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    offered = list(scope.get("subprotocols") or ())
    return Offer(
        header_token=_bearer(headers.get("authorization")),
        subprotocol_token=_after_bearer(offered),
        session_key=_session_key(headers),
        subprotocol=V2 if V2 in offered else BEARER if BEARER in offered else None,
        speaks_v2=V2 in offered,
        language=_language(headers),
    )


def _bearer(header: str | None) -> str | None:
    """The header's token; "" (which no token is) for another scheme, so that it is refused and not ignored."""
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == BEARER else ""


def _after_bearer(offered: list[str]) -> str | None:
    """The token is what follows `bearer`; never the name of one of ours."""
    if BEARER not in offered:
        return None
    rest = [name for name in offered[offered.index(BEARER) + 1 :] if name != V2]
    return rest[0] if rest else None


def _session_key(headers: dict[str, str]) -> str | None:
    """The cookie counts only with an Origin that is ours: any page of the web can open a socket with its visitor's cookies."""
    if not _is_our_origin(headers.get("origin"), headers.get("host", "")):
        return None
    return parse_cookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)


def _is_our_origin(origin: str | None, host: str) -> bool:
    """One we were told of, or the very host that was asked: a server may be called by several names (localhost, 127.0.0.1)."""
    if origin in settings.ALLOWED_ORIGINS:
        return True
    is_same = origin == f"{'https' if settings.HTTPS else 'http'}://{host}"
    return is_same and validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


def _language(headers: dict[str, str]) -> str:
    chosen = parse_cookie(headers.get("cookie", "")).get(settings.LANGUAGE_COOKIE_NAME)
    asked = [chosen] if chosen else []
    asked += [code for code, _ in parse_accept_lang_header(headers.get("accept-language", "").lower()[:500])]
    for code in asked:
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


async def refuse(scope: Scope, send: Any, error: errors.ApiError) -> None:
    """Refuse the handshake: with status and envelope where the server can, else with its plain 403."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 4501 if error.status == 401 else 4503})
        return
    body = json.dumps(errors.envelope(error))
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in error_headers(error).items()]
    await send({"type": "websocket.http.response.start", "status": error.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
