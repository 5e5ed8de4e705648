"""Text that people typed: what is cleaned, what is compared."""

from __future__ import annotations

import re
import unicodedata

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BIDI = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def compare_key(text: str) -> str:
    """The form in which names are unique: NFKC, casefolded. Stored, because SQLite's LOWER is ASCII only."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def visible(text: str) -> str:
    """One line without control or direction-changing characters, for names of files and guests."""
    return " ".join(_BIDI.sub("", _CONTROL.sub("", text)).split())


def is_encodable(text: str) -> bool:
    """False for lone surrogates and NUL: PostgreSQL and UTF-8 cannot hold them."""
    if "\x00" in text:
        return False
    try:
        # In C: looking at each character here took a millisecond for a long message.
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
