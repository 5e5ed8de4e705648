"""Reading a streamed answer of Django's test client."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync


def body(response: Any) -> bytes:
    """All bytes of an answer, streamed or not."""
    if not response.streaming:
        content: bytes = response.content
        return content

    async def read() -> bytes:
        return b"".join([chunk async for chunk in response.streaming_content])

    return async_to_sync(read)()
