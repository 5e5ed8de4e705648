"""The word filter: what counts as saying a blocked word. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from core.text import compare_key


def comparable(text: str) -> str:
    """Without case, width, invisible characters, and with single spaces."""
    shown = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return " ".join(compare_key(shown).split())


def says_any(content: str, words: Iterable[str]) -> bool:
    """Whether a text says one of these words, which are `comparable`.

    Where letters make words, only a whole word counts ("class" does not say "ass"); Chinese has no spaces between them, so
    there any place does.
    """
    text = comparable(content)
    return any(_says(text, word) for word in words)


def _says(text: str, word: str) -> bool:
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        if not (_joins(text[:at][-1:], word[0]) or _joins(word[-1], text[end : end + 1])):
            return True
        at = text.find(word, at + 1)
    return False


def _joins(before: str, after: str) -> bool:
    """Whether two neighbours are parts of one word."""
    return all(char.isalnum() and unicodedata.east_asian_width(char) not in "WF" for char in (before or " ", after or " "))
