"""Times in a film: written for people, and found in what people write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from django import template

register = template.Library()

# 12:34 or 1:02:03, and no part of a longer number, a date or an address.
_TIME = re.compile(r"(?<![\w:.,/-])(?:(\d{1,2}):)?([0-5]?\d):([0-5]\d)(?![\w:/-]|[.,]\d)", re.ASCII)


class Part(NamedTuple):
    """A piece of what somebody wrote; with `seconds` when it is a time of the film."""

    text: str
    seconds: int | None = None


@register.filter
def film_time(seconds: float | None) -> str:
    """1:02:03 or 12:34; nothing for None."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def with_times(text: str) -> list[Part]:
    """The text in pieces, so that a template can make links of the times in it."""
    return list(_parts(text))


def _parts(text: str) -> Iterator[Part]:
    done = 0
    for match in _TIME.finditer(text):
        if done < match.start():
            yield Part(text[done : match.start()])
        yield Part(match[0], seconds_of(match))
        done = match.end()
    if done < len(text):
        yield Part(text[done:])


def seconds_of(match: re.Match[str]) -> int:
    return int(match[1] or 0) * 3600 + int(match[2]) * 60 + int(match[3])


def parse_time(text: str) -> float | None:
    """The seconds of "1:02:03", "12:34" or "75"; None for anything else."""
    match = _TIME.fullmatch(text.strip())
    if match:
        return float(seconds_of(match))
    return float(text) if re.fullmatch(r"\s*\d{1,6}(\.\d{1,3})?\s*", text, re.ASCII) else None
