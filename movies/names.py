"""Which files a film is made of, and as what each is served. Everything else under a film's address does not exist."""

from __future__ import annotations

import re
from typing import Final

PLAYLIST: Final = "index.m3u8"
CONTENT_TYPES: Final = {
    "m3u8": "application/vnd.apple.mpegurl",
    "m4s": "video/iso.segment",
    "mp4": "video/mp4",
    "ts": "video/mp2t",
}
# One folder deep, for films in several qualities.
_HLS_NAME = re.compile(r"(?:[A-Za-z0-9_-]{1,64}/)?[A-Za-z0-9_-]{1,64}\.(m3u8|m4s|mp4|ts)", re.ASCII)
POSTER_TYPES: Final = {"webp": "image/webp", "jpg": "image/jpeg", "png": "image/png"}
"""Those made now are all WebP."""


def hls_content_type(name: str) -> str | None:
    """As what a film's file of this name is served; None when a film has no such file."""
    match = _HLS_NAME.fullmatch(name)
    return CONTENT_TYPES[match[1]] if match else None
