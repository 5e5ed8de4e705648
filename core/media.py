"""Stored bytes as answers: films, posters, pictures of people."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core import storage
from core.errors import ApiError
from core.middleware import json_refusal
from core.responses import ranged_file

View = Callable[..., HttpResponseBase]


def speaking_json(view: View) -> View:
    """Refusals as the envelope: players and scripts read here, not people."""

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except ApiError as error:
            return json_refusal(error, request.path_info)

    return wrapped


def stored(request: HttpRequest, key: str, content_type: str, *, caching: str = "no-cache") -> HttpResponseBase:
    """What lies under `key`, a name that is never used twice. NotFound, Unavailable."""
    size = storage.size_of(key)
    etag = f'"{hashlib.sha256(f"{key}:{size}".encode()).hexdigest()[:32]}"'
    response = ranged_file(
        request, functools.partial(storage.open_stored, key), size=size, content_type=content_type, etag=etag
    )
    response["Cache-Control"] = caching
    response["X-Content-Type-Options"] = "nosniff"
    return response
