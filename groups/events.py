"""What groups announce."""

from __future__ import annotations

from core.events import Event


class MembershipChanged(Event, frozen=True, kw_only=True):
    """Somebody came into a group or left it. To the person's own address and to the conversation's."""

    group_id: int
    conversation_id: int
    user_id: int
    username: str
    is_member: bool
    joined_seq: int = 0
    """What was said up to here is not the new member's to see."""
    joined_change: int | None = None
    """The conversation's last change then; None if somebody left, and from processes of an older version."""
