"""JSON as Matinee reads and writes it: strict in (no NaN, no invalid UTF-8, bounded depth), fast out."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson
from django.utils.functional import Promise

from core.errors import MalformedBody


def loads(data: bytes | str) -> Any:
    """Decoded JSON. MalformedBody for whatever JSON does not allow."""
    try:
        return orjson.loads(data)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise MalformedBody from error


def dumps(value: Any) -> bytes:
    return orjson.dumps(value, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Promise):
        return str(value)
    return msgspec.to_builtins(value, str_keys=True)
