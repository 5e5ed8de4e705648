"""Speaking in a room's chat: who may, and the road to `messaging`."""

from __future__ import annotations

from core.errors import ApiError
from messaging import services as messaging
from messaging.drafts import ConversationDraft
from messaging.message_view import Posted
from rooms.data import RoomPost
from rooms.guests import checked_guest_name
from rooms.models import Room, Sanction
from rooms.services.checks import open_rooms_of, refuse_muted, sanctions_against
from rooms.services.opening import open_room


def draft_for(post: RoomPost) -> ConversationDraft:
    """The message as `messaging` takes it. NotFound, Banned, Muted, and what `checked_guest_name` raises for a guest."""
    draft = drafts_for([post])[0]
    if isinstance(draft, ApiError):
        raise draft
    return draft


def drafts_for(posts: list[RoomPost]) -> list[ConversationDraft | ApiError]:
    """One draft or refusal for each post. Two queries whatever their number, once their rooms exist."""
    known, sanctions = open_rooms_of(posts), sanctions_against(posts)
    return [_draft_or_refusal(post, known, sanctions) for post in posts]


def post_messages(posts: list[RoomPost]) -> list[Posted | ApiError]:
    """Store and announce what may be said; one refusal never fails the others."""
    drafts = drafts_for(posts)
    allowed = [draft for draft in drafts if not isinstance(draft, ApiError)]
    posted = iter(messaging.post_messages(list(allowed)))
    return [draft if isinstance(draft, ApiError) else next(posted) for draft in drafts]


def _draft_or_refusal(post: RoomPost, known: dict[str, Room], sanctions: list[Sanction]) -> ConversationDraft | ApiError:
    try:
        name = checked_guest_name(post.guest_name) if post.user_id is None else post.username
        room = known.get(post.room_id) or open_room(post.room_id)
        refuse_muted(post, name, room, sanctions)
    except ApiError as refusal:
        return refusal
    return ConversationDraft(
        conversation_id=room.conversation_id,
        actor_id=post.user_id,
        sender_name=name,
        room_id=room.room_id,
        verified=post.user_id is not None,
        content=post.content,
        message_type=post.message_type,
        content_type=post.content_type,
        file_id=post.file_id,
        reply_to=post.reply_to,
        client_id=post.client_id,
        movie_time=post.movie_time,
        origin=post.origin,
    )
