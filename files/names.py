"""File names that people send: text to be shown, never a path."""

from __future__ import annotations

import re

from core.text import visible
from files.models import FILENAME_CHARS

FALLBACK = "file"
_EXTENSION_CHARS = 16
_CONTENT_TYPE = re.compile(r"^[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,59}$")
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean_filename(sent: str) -> str:
    """One visible line without path parts, at most 150 characters; a long name keeps its ending."""
    name = visible(_SURROGATE.sub("", sent).replace("\\", "/").rsplit("/", 1)[-1]).strip()
    if name.strip(". ") == "":
        return FALLBACK
    if len(name) <= FILENAME_CHARS:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > _EXTENSION_CHARS:
        return name[:FILENAME_CHARS].rstrip()
    return stem[: FILENAME_CHARS - len(ending) - 1].rstrip() + dot + ending


def clean_content_type(sent: str | None) -> str:
    """What the uploader says it is, if that has the form of a media type. Kept as information only."""
    said = (sent or "").split(";")[0].strip().lower()
    return said if _CONTENT_TYPE.match(said) else "application/octet-stream"
