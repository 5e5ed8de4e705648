"""Files as answers: ranges and constant memory, for whatever storage holds them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import IO, Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from core.errors import RangeNotSatisfiable
from core.middleware import json_refusal

CHUNK = 256 * 1024
_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$", re.ASCII)


def ranged_file(
    request: HttpRequest, open_file: Callable[[], IO[bytes]], *, size: int, content_type: str, etag: str
) -> HttpResponseBase:
    """200, 206, 304 or 416 for one file of `size` bytes. `etag` is quoted; it names this content for ever."""
    headers = {"ETag": etag, "Accept-Ranges": "bytes"}
    if request.headers.get("If-None-Match") in (etag, "*"):
        return HttpResponse(status=304, headers=headers)
    wanted = _wanted(request, size, etag)
    if wanted is None:
        refusal = json_refusal(RangeNotSatisfiable(), request.path_info)
        refusal["Content-Range"] = f"bytes */{size}"
        return refusal
    start, end = wanted
    whole = (start, end) == (0, size) and "Range" not in request.headers
    if not whole:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    if request.method == "HEAD":
        return HttpResponse(status=200 if whole else 206, headers=headers, content_type=content_type)
    return StreamingHttpResponse(
        _chunks(open_file, start, end), status=200 if whole else 206, headers=headers, content_type=content_type
    )


def _wanted(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """The half-open span to send: all of it without a usable Range header; None when the range lies outside."""
    header = request.headers.get("Range", "")
    match = _RANGE.match(header)
    if not match or match[1] == match[2] == "" or request.headers.get("If-Range", etag) != etag:
        return 0, size
    if not match[1]:
        start, end = max(0, size - int(match[2])), size
    else:
        start, end = int(match[1]), min(size, int(match[2]) + 1) if match[2] else size
        if match[2] and int(match[2]) < start:
            return 0, size
    return (start, end) if start < end else None


async def _chunks(open_file: Callable[[], IO[bytes]], start: int, end: int) -> AsyncIterator[bytes]:
    """Read in a thread, a piece at a time: storage may be slow, and the loop serves everyone."""
    file: Any = await asyncio.to_thread(open_file)
    try:
        await asyncio.to_thread(file.seek, start)
        left = end - start
        while left > 0:
            data = await asyncio.to_thread(file.read, min(CHUNK, left))
            if not data:
                break
            left -= len(data)
            yield data
    finally:
        await asyncio.to_thread(file.close)
