"""Speaking in a room's chat: who may, and the road to `messaging`."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import connection

from core.clock import now
from core.errors import ApiError, Banned, Muted
from messaging import services as messaging
from messaging.drafts import ConversationDraft
from messaging.message_view import Posted
from rooms.data import RoomPost, is_meant
from rooms.guests import checked_guest_name
from rooms.models import Room, Sanction
from rooms.selectors import is_room_id, open_rooms
from rooms.services.opening import open_room


def draft_for(post: RoomPost) -> ConversationDraft:
    """The message as `messaging` takes it. NotFound, Banned, Muted, and what `checked_guest_name` raises for a guest."""
    draft = drafts_for([post])[0]
    if isinstance(draft, ApiError):
        raise draft
    return draft


def drafts_for(posts: list[RoomPost]) -> list[ConversationDraft | ApiError]:
    """One draft or refusal for each post. Two queries whatever their number, once their rooms exist."""
    wanted = {post.room_id for post in posts if is_room_id(post.room_id)}
    known = {room.room_id: room for room in open_rooms().filter(room_id__in=wanted)}
    sanctions = _sanctions_against(posts)
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
        _refuse_sanctioned(post, name, room, sanctions)
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


# Two plain statements: this runs for every batch of messages, and making the same two queries with the ORM costs more than
# all the rest of checking them (docs/decisions/0006).
def _open_rooms(room_ids: set[str]) -> dict[str, Room]:
    """Rooms of published films by their public ids, with nothing but ids in them."""
    rows = Room.objects.raw(
        f"""
        SELECT room.id, room.room_id, room.conversation_id, room.movie_id
        FROM rooms_room AS room JOIN movies_movie AS movie ON movie.id = room.movie_id
        WHERE movie.is_published AND room.room_id IN ({_places(room_ids)})
        """,
        list(room_ids),
    )
    return {room.room_id: room for room in rows}


def _sanctions_against(posts: Iterable[RoomPost]) -> list[Sanction]:
    """All that may concern any of these posts."""
    people: set[int] = {post.user_id for post in posts if post.user_id is not None} or {0}
    addresses: set[str | None] = {post.address for post in posts if post.user_id is None and post.address} or {None}
    rows = Sanction.objects.raw(
        f"""
        SELECT id, room_id, kind, user_id, guest_name, address FROM rooms_sanction
        WHERE lifted_at IS NULL AND (until IS NULL OR until > %s)
          AND (user_id IN ({_places(people)}) OR user_id IS NULL AND (address IS NULL OR address IN ({_places(addresses)})))
        """,
        [connection.ops.adapt_datetimefield_value(now()), *people, *addresses],
    )
    return list(rows)


def _places(values: Collection[object]) -> str:
    return ", ".join(["%s"] * len(values))


def _refuse_sanctioned(post: RoomPost, name: str, room: Room, sanctions: list[Sanction]) -> None:
    mine = [
        sanction.kind
        for sanction in sanctions
        if sanction.room_id in (None, room.pk)
        and is_meant(sanction, user_id=post.user_id, address=post.address, guest_name=name)
    ]
    if Sanction.Kind.BAN in mine:
        raise Banned
    if Sanction.Kind.MUTE in mine:
        raise Muted
