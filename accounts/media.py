"""People's pictures, for whoever has the address: it cannot be guessed, and is another for each picture."""

from __future__ import annotations

import re

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from accounts.avatars import storage_key
from core import pictures
from core.errors import NotFound
from core.media import speaking_json, stored

_NAME = re.compile(rf"([0-9a-f]{{32}})\.{pictures.ENDING}", re.ASCII)
# What was taken down should not be seen for longer than a day.
_CACHING = "public, max-age=86400, immutable"


@require_safe
@speaking_json
def avatar(request: HttpRequest, name: str) -> HttpResponseBase:
    match = _NAME.fullmatch(name)
    if match is None:
        raise NotFound
    return stored(request, storage_key(match[1]), pictures.CONTENT_TYPE, caching=_CACHING)
