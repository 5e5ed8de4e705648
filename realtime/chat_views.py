"""A room as /ws/chat shows it to who comes in: read and encoded once for all who come together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from core.errors import ApiError, NotFound
from realtime import frames, outgoing
from realtime.wire import encoded
from rooms.facts import chat_view


class Shown(NamedTuple):
    """A room's settings, its newest messages as JSON, and the last change that these tell."""

    facts: dict[str, Any]
    messages: msgspec.Raw
    change: int

    def snapshot(self, room_id: str, room: dict[str, Any], members: dict[str, object]) -> frames.ChatSnapshot:
        """`room`: what of the settings is theirs who come in."""
        return frames.ChatSnapshot(
            room_id=room_id,
            room={**self.facts, **room},
            members=members,
            messages=self.messages,  # type: ignore[arg-type]
        )


def shown(room_pks: Sequence[int]) -> list[Shown | ApiError]:
    """One for each, in order, or NotFound. Two queries for each different room. In a worker's thread."""
    found = {room_pk: _shown(room_pk) for room_pk in set(room_pks)}
    return [found[room_pk] for room_pk in room_pks]


def _shown(room_pk: int) -> Shown | ApiError:
    try:
        view = chat_view(room_pk)
    except NotFound as refusal:
        return refusal
    messages = [outgoing.message_frame(message) for message in view.messages]
    change = max((message.change for message in view.messages), default=0)
    return Shown(view.facts, msgspec.Raw(encoded(messages)), change)
