"""What an operation did: the rows it changed and the events it announced, without what differs from one time to the next."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from django.apps import apps
from django.db import transaction
from django.db.models import Model

from core import bus, limits

OURS = ("accounts", "comments", "devices", "files", "groups", "messaging", "movies", "presence", "rooms")
OTHER_EACH_TIME = {"id", "timestamp", "edited_at", "at", "until"}
"""Keys of events: ids of new rows, and times."""

Key = tuple[str | None, Any]
Rows = dict[Key, dict[str, Any]]


@dataclass(frozen=True)
class Effects:
    rows: list[tuple[str, str, str]]
    """(model, what happened, the values in question), ordered."""
    events: list[tuple[str, str, str]]
    """(address, event, its values), as announced."""


def effects_of(road: Callable[[], Any]) -> Effects:
    """Go down a road and take everything back: what it did."""
    with transaction.atomic():
        before = _rows()
        with bus.captured() as heard:
            road()
        after = _rows()
        transaction.set_rollback(True)
    limits.shared.clear()
    events = [(address, type(event).__name__, repr(_plain(msgspec.to_builtins(event)))) for address, event in heard]
    return Effects(_difference(before, after), events)


def _models() -> list[type[Model]]:
    return [model for app in OURS for model in apps.get_app_config(app).get_models()]


def _rows() -> Rows:
    return {
        (model._meta.label, row["pk"]): row
        for model in _models()
        for row in model._base_manager.values("pk", *[field.attname for field in model._meta.concrete_fields])
    }


def _difference(before: Rows, after: Rows) -> list[tuple[str, str, str]]:
    new = after.keys() - before.keys()
    found = [(label, "new", repr(_masked(label, after[label, pk], new))) for label, pk in new]
    found += [(label, f"gone {pk}", "") for label, pk in before.keys() - after.keys()]
    for label, pk in before.keys() & after.keys():
        was = before[label, pk]
        changed = {name: value for name, value in after[label, pk].items() if value != was[name]}
        if changed:
            found.append((label, f"changed {pk}", repr(_masked(label, changed, new))))
    return sorted(found)


def _masked(label: str, values: Mapping[str, Any], new: Collection[Key]) -> dict[str, Any]:
    """A time is only a time, and what is new only new: they differ from one road to the next."""
    points_to = {
        field.attname: field.related_model._meta.label
        for field in apps.get_model(label)._meta.concrete_fields
        if field.related_model is not None
    }
    masked: dict[str, Any] = {}
    for name, value in sorted(values.items()):
        if isinstance(value, datetime.datetime):
            masked[name] = "a time"
        elif (points_to.get(name), value) in new:
            masked[name] = "new"
        elif name not in ("pk", apps.get_model(label)._meta.pk.attname):
            masked[name] = value
    return masked


def _plain(value: Any) -> Any:
    """Without which connection asked, which only sockets have."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: "*" if key in OTHER_EACH_TIME and item is not None else _plain(item)
        for key, item in value.items()
        if key != "origin"
    }
