"""The groups whose talk a chat socket listens to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.bus import conversation_address
from groups.events import MembershipChanged
from groups.selectors import Followed
from messaging.message_view import MessageView
from realtime import frames

if TYPE_CHECKING:
    from realtime.connection import Connection

Groups = dict[int, Followed]
"""By conversation."""


class FollowedGroups:
    def __init__(self, socket: Connection) -> None:
        self.socket = socket
        self.known: Groups = {}
        self.is_complete = False
        """Who signs in is asked for their groups; until then these are only those they came into meanwhile."""
        self.moves: list[MembershipChanged] = []

    def follow(self, groups: Groups, *, read_at: int) -> None:
        """Exactly these.

        They were read when `moves` had that length: what was heard of since is newer than what was read.
        """
        for event in self.moves[read_at:]:
            groups = _with(groups, event)
        for conversation_id in set(groups) - set(self.known):
            self.socket.runtime.hub.listen(conversation_address(conversation_id), self.socket)
        for conversation_id in set(self.known) - set(groups):
            self._leave(conversation_id, self.known[conversation_id].group_id)
        self.known = dict(groups)

    def moved(self, event: MembershipChanged) -> None:
        is_new = event.is_member and event.conversation_id not in self.known
        self.moves.append(event)
        self.follow(self.known, read_at=len(self.moves) - 1)
        if is_new and event.joined_change is not None:
            self.hear_since({event.conversation_id: (event.joined_change, event.joined_seq)})

    def hear_since(self, stood: Mapping[int, tuple[int, int]]) -> None:
        """All that was said since these conversations stood so, also before other processes are heard here."""
        self.socket.runtime.hub.lanes.open_all(stood)
        for conversation_id in stood:
            self.socket.runtime.begin(self._hear_since(conversation_id))

    async def _hear_since(self, conversation_id: int) -> None:
        address = conversation_address(conversation_id)
        await self.socket.runtime.hub.remote.heard(address)
        self.socket.runtime.hub.lanes.heal_from_now(address, conversation_id)

    def may_hear(self, message: MessageView) -> bool:
        """Of a group what was said since one came in; what is said earlier can still be edited."""
        followed = self.known.get(message.conversation_id)
        return followed is not None and message.seq > followed.joined_seq

    def named(self, group_id: object) -> tuple[int, int] | None:
        """Its conversation and id; a client may write the id as a number or as text."""
        for conversation_id, followed in self.known.items():
            if str(followed.group_id) == str(group_id):
                return conversation_id, followed.group_id
        return None

    def _leave(self, conversation_id: int, group_id: int) -> None:
        self.socket.runtime.hub.drop(conversation_address(conversation_id), self.socket)
        if self.socket.speaks_v2:
            self.socket.put(frames.Removed(group_id=group_id, reason="removed"))


def _with(groups: Groups, event: MembershipChanged) -> Groups:
    if event.is_member:
        return {**groups, event.conversation_id: Followed(event.group_id, event.joined_seq)}
    return {
        conversation_id: followed for conversation_id, followed in groups.items() if conversation_id != event.conversation_id
    }
