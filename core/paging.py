"""Pages of a long list, by the id of an item: newest page without a cursor, oldest first within a page."""

from __future__ import annotations

from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

import msgspec
from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid

Item = TypeVar("Item", bound=Model)
MAX_ID = 2**63 - 1


class Window(msgspec.Struct, frozen=True):
    """What a reader asked for: at most `limit` items, before or after an id."""

    limit: int
    before: int | None = None
    after: int | None = None


class Page(msgspec.Struct, Generic[Item]):
    """Items oldest first. `older` and `newer` are the cursors of the neighbouring pages, None where there is none."""

    items: list[Item]
    older: int | None
    newer: int | None


def window_from(query: QueryDict, *, default: int, most: int) -> Window:
    """The `limit`, `before` and `after` of a query string. Invalid for anything but positive integers, or both cursors."""
    limit = number(query, "limit", smallest=1)
    before, after = number(query, "before"), number(query, "after")
    if before is not None and after is not None:
        raise Invalid.field("after", _("Give before or after, not both."))
    return Window(limit=min(limit or default, most), before=before, after=after)


def number(query: QueryDict, name: str, *, smallest: int = 0) -> int | None:
    """The whole number that a query string has under `name`, None without. Invalid for anything else."""
    raw = query.get(name)
    if raw is None:
        return None
    if not (raw.isascii() and raw.isdigit()) or len(raw) > 19 or not smallest <= int(raw) <= MAX_ID:
        raise Invalid.field(name, _("Must be a positive whole number."))
    return int(raw)


def cut(items: QuerySet[Item], window: Window) -> Page[Item]:
    """One page of `items`, ordered by id. One query."""
    if window.after is not None:
        rows = list(items.filter(id__gt=window.after).order_by("id")[: window.limit + 1])
        more, rows = len(rows) > window.limit, rows[: window.limit]
        return Page(rows, older=rows[0].pk if rows else None, newer=rows[-1].pk if more else None)
    if window.before is not None:
        items = items.filter(id__lt=window.before)
    rows = list(items.order_by("-id")[: window.limit + 1])
    more, rows = len(rows) > window.limit, rows[: window.limit][::-1]
    newer = rows[-1].pk if rows and window.before is not None else None
    return Page(rows, older=rows[0].pk if more else None, newer=newer)


def links(request: HttpRequest, page: Page[Any], window: Window) -> dict[str, str]:
    """The two neighbouring pages' absolute addresses, by relation: `prev` is older, `next` newer."""
    cursors = {"prev": ("before", page.older), "next": ("after", page.newer)}
    return {
        relation: f"{settings.PUBLIC_URL}{iri_to_uri(request.path)}?{urlencode({name: cursor, 'limit': window.limit})}"
        for relation, (name, cursor) in cursors.items()
        if cursor is not None
    }


def link_header(links: dict[str, str]) -> dict[str, str]:
    """The same as an RFC 8288 `Link` header; empty without a neighbour."""
    if not links:
        return {}
    return {"Link": ", ".join(f'<{address}>; rel="{relation}"' for relation, address in links.items())}
