"""Pages of messages by the time of the film: what a replay of flying comments asks for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from urllib.parse import urlencode

from django.conf import settings
from django.http import QueryDict
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.paging import MAX_ID, number
from messaging.models import Message
from rooms.playback import LARGEST_POSITION
from rooms.selectors import FilmWindow

DEFAULT_PAGE, LARGEST_PAGE = 100, 500


def film_window_from(query: QueryDict, *, movie_id: int) -> FilmWindow:
    """`from_time`, `to_time`, `movie_id`, `limit` and `cursor` of a query string. Invalid for what cannot be one of them."""
    for name in ("before", "after"):
        if name in query:
            raise Invalid.field(name, _("Give before or after, or times of the film, not both."))
    start, end = _seconds(query, "from_time", 0.0), _seconds(query, "to_time", LARGEST_POSITION)
    if end < start:
        raise Invalid.field("to_time", _("Must not be before from_time."))
    limit = min(number(query, "limit", smallest=1) or DEFAULT_PAGE, LARGEST_PAGE)
    wanted = number(query, "movie_id", smallest=1)
    return FilmWindow(wanted or movie_id, start, end, limit, _cursor(query))


def film_links(path: str, messages: Sequence[Message], window: FilmWindow) -> dict[str, str]:
    """The next page's address, where there is one more message than the page shows."""
    if len(messages) <= window.limit:
        return {}
    last = messages[window.limit - 1]
    asked = {
        "from_time": window.start,
        "to_time": window.end,
        "movie_id": window.movie_id,
        "limit": window.limit,
        "cursor": f"{last.movie_time!r}~{last.seq}",
    }
    return {"next": f"{settings.PUBLIC_URL}{iri_to_uri(path)}?{urlencode(asked)}"}


def _seconds(query: QueryDict, name: str, default: float) -> float:
    raw = query.get(name)
    return default if raw is None else _as_seconds(raw, name)


def _as_seconds(raw: str, name: str) -> float:
    try:
        value = float(raw)
    except ValueError:
        value = math.nan
    if not 0 <= value <= LARGEST_POSITION:
        raise Invalid.field(name, _("Must be a number of seconds, zero or more."))
    return value


def _cursor(query: QueryDict) -> tuple[float, int] | None:
    raw = query.get("cursor")
    if raw is None:
        return None
    time, _tilde, seq = raw.partition("~")
    if not (seq.isascii() and seq.isdigit() and len(seq) < 20 and int(seq) <= MAX_ID):
        raise Invalid.field("cursor", _("Take it from the address of the next page."))
    return _as_seconds(time, "cursor"), int(seq)
