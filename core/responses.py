"""Files as answers: ranges and constant memory, for whatever storage holds them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import IO, Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags

from core.errors import RangeNotSatisfiable
from core.middleware import json_refusal

CHUNK = 256 * 1024
_RANGE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})$", re.ASCII)


def ranged_file(
    request: HttpRequest, open_file: Callable[[], IO[bytes]], *, size: int, content_type: str, etag: str
) -> HttpResponseBase:
    """200, 206, 304 or 416 for one file of `size` bytes. `etag` is quoted; it names this content for ever."""
    headers = {"ETag": etag, "Accept-Ranges": "bytes"}
    if {"*", etag, f"W/{etag}"}.intersection(parse_etags(request.headers.get("If-None-Match", ""))):
        return HttpResponse(status=304, headers=headers)
    wanted = _wanted(request, size, etag)
    if wanted is None:
        refusal = json_refusal(RangeNotSatisfiable(), request.path_info)
        refusal["Content-Range"] = f"bytes */{size}"
        return refusal
    start, end, is_part = wanted
    if is_part:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    if request.method == "HEAD":
        return HttpResponse(status=206 if is_part else 200, headers=headers, content_type=content_type)
    return StreamingHttpResponse(
        _chunks(open_file, start, end), status=206 if is_part else 200, headers=headers, content_type=content_type
    )


def _wanted(request: HttpRequest, size: int, etag: str) -> tuple[int, int, bool] | None:
    """The half-open span to send and whether a Range header asked for it: an unusable one is ignored, and all of the file is
    sent. None when the range lies outside."""
    header = request.headers.get("Range", "")
    match = _RANGE.match(header)
    if not match or match[1] == match[2] == "" or request.headers.get("If-Range", etag) != etag:
        return 0, size, False
    if not match[1]:
        start, end = max(0, size - int(match[2])), size
    else:
        start, end = int(match[1]), min(size, int(match[2]) + 1) if match[2] else size
        if match[2] and int(match[2]) < start:
            return 0, size, False
    return (start, end, True) if start < end else None


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
