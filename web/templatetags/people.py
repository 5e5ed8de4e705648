"""How people look on pages: static/js/avatars.js does the same for who comes in live."""

from __future__ import annotations

import re
import unicodedata

from django import template

from accounts.selectors import avatar_path

register = template.Library()

HUES = 8
_NOT_A_SIGN = re.compile(r"[^\w]|_")


register.filter("picture_path", avatar_path)


@register.filter
def hue(name: str) -> int:
    """One of eight colours, always the same one for a name."""
    mixed = 0
    for letter in name:
        mixed = (mixed * 57 + ord(letter)) % 9_973
    return mixed % HUES


@register.filter
def first_letter(name: str) -> str:
    """A name's first letter or digit with its combining marks; a question mark for a name that has none."""
    for at, letter in enumerate(name):
        if not _NOT_A_SIGN.match(letter):
            end = at + 1
            while end < len(name) and unicodedata.combining(name[end]):
                end += 1
            return name[at:end]
    return "?"
