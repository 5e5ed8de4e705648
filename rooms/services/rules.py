"""What the settings of a room may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.errors import Invalid
from core.text import is_encodable, visible
from rooms.models import Room
from rooms.services.passwords import LONGEST_PASSWORD
from rooms.services.words import comparable

LONGEST_NAME = 100
CAPACITIES = range(2, 10_001)
SLOWEST = 3600
"""Seconds between two messages."""
MOST_WORDS, LONGEST_WORD = 200, 50
FURTHEST_START = timedelta(days=366)
OF_PUBLIC_ROOMS = ("control", "wait", "slow_seconds", "blocked_words")
"""What a public room has too; everything else is a party's."""


def checked_settings(given: Mapping[str, Any], *, is_party: bool) -> dict[str, Any]:
    """The settings as they are stored, but for the password, which is as given. Invalid, naming each that is wrong."""
    wrong: dict[str, list[object]] = {}
    kept: dict[str, Any] = {}
    for name, value in given.items():
        try:
            if not is_party and name not in OF_PUBLIC_ROOMS:
                raise ValueError(_("Only a party has this."))
            kept[name] = _CHECKS[name](value)
        except ValueError as error:
            wrong[name] = [error.args[0]]
    if wrong:
        raise Invalid(errors=wrong)
    return kept


def _name(value: Any) -> str:
    text = visible(_text(value or ""))
    if len(text) > LONGEST_NAME:
        raise ValueError(_("Too long."))
    return text


def _password(value: Any) -> str:
    text = _text(value or "")
    if len(text) > LONGEST_PASSWORD:
        raise ValueError(_("Too long."))
    return text


def _text(value: Any) -> str:
    if not isinstance(value, str) or not is_encodable(value):
        raise ValueError(_("Contains characters that are not allowed."))
    return value


def _one_of(choices: list[str]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in choices:
            raise ValueError(_("Not one of the choices."))
        return str(value)

    return check


def _capacity(value: Any) -> int | None:
    if value is not None and value not in CAPACITIES:
        raise ValueError(_("Must be a whole number from 2 to 10,000."))
    return value


def _slow_seconds(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value <= SLOWEST:
        raise ValueError(_("Must be a whole number from 0 to 3,600."))
    return value


def _blocked_words(value: Any) -> list[str]:
    words = [comparable(_text(word)) for word in value]
    if len(words) > MOST_WORDS or not all(0 < len(word) <= LONGEST_WORD for word in words):
        raise ValueError(_("At most 200 words of 1 to 50 characters."))
    return list(dict.fromkeys(words))


def _starts_at(value: Any) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, datetime) or not now() < value <= now() + FURTHEST_START:
        raise ValueError(_("Must be in the future, and within a year."))
    return value


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": _name,
    "password": _password,
    "control": _one_of(Room.Control.values),
    "wait": _one_of(Room.Wait.values),
    "capacity": _capacity,
    "slow_seconds": _slow_seconds,
    "blocked_words": _blocked_words,
    "starts_at": _starts_at,
}
