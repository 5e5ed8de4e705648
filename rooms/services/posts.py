"""Speaking in a room's chat: who may, and the road to `messaging`."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import ApiError, Invalid
from messaging import services as messaging
from messaging.drafts import ConversationDraft
from messaging.message_view import Posted
from messaging.models import Message
from rooms.data import HOSTS, RoomPost
from rooms.guests import checked_guest_name
from rooms.models import Room, Sanction
from rooms.selectors import open_rooms, roles_in
from rooms.services.checks import open_rooms_of, refuse_muted, sanctions_against
from rooms.services.opening import open_room
from rooms.services.words import says_any


def draft_for(post: RoomPost) -> ConversationDraft:
    """The message as `messaging` takes it. NotFound, Banned, Kicked, Muted, Invalid `blocked_word`, and what
    `checked_guest_name` raises for a guest. That who is no host keeps the pace of a slow room is `messaging`'s part.
    """
    draft = drafts_for([post])[0]
    if isinstance(draft, ApiError):
        raise draft
    return draft


def drafts_for(posts: list[RoomPost]) -> list[ConversationDraft | ApiError]:
    """One draft or refusal for each post. Two queries whatever their number, once their rooms exist; three with slow rooms."""
    known, sanctions = open_rooms_of(posts), sanctions_against(posts)
    hosts = _hosts_of_slow(posts, known)
    return [_draft_or_refusal(post, known, sanctions, hosts) for post in posts]


def post_messages(posts: list[RoomPost]) -> list[Posted | ApiError]:
    """Store and announce what may be said; one refusal never fails the others."""
    drafts = drafts_for(posts)
    allowed = [draft for draft in drafts if not isinstance(draft, ApiError)]
    posted = iter(messaging.post_messages(list(allowed)))
    return [draft if isinstance(draft, ApiError) else next(posted) for draft in drafts]


def check_edit(message: Message, actor: User, content: str) -> None:
    """An edit policy (settings): what may not be said in a room is not edited into it. Raises as `draft_for`."""
    if not message.conversation.is_of_room:
        return
    room = open_rooms().filter(conversation_id=message.conversation_id).first()
    if room is None:  # Closed: nobody reads it.
        return
    post = RoomPost(room_id=room.room_id, user_id=actor.pk, username=actor.username, content=content)
    refuse_muted(post, actor.username, room, sanctions_against([post]))
    _refuse_words(content, room)


def _hosts_of_slow(posts: list[RoomPost], known: dict[str, Room]) -> set[tuple[int, int]]:
    """Who need not wait in slow rooms, by row ids of (room, person). Nothing is asked where no room is slow."""
    slow = [room for room in known.values() if room.slow_seconds]
    if not slow:
        return set()
    people = {post.user_id for post in posts if post.user_id is not None}
    roles = roles_in((room.pk for room in slow), people)
    staff = User.objects.filter(pk__in=people, is_staff=True, is_active=True).values_list("pk", flat=True)
    return {key for key, role in roles.items() if role in HOSTS} | {(room.pk, user) for room in slow for user in staff}


def _refuse_words(content: str, room: Room) -> None:
    """Which word it was is not said: nobody reads the list by trying."""
    if room.blocked_words and says_any(content, room.blocked_words):
        raise Invalid.field("content", _("This room does not take these words."), slug="blocked_word")


def _draft_or_refusal(
    post: RoomPost, known: dict[str, Room], sanctions: list[Sanction], hosts: set[tuple[int, int]]
) -> ConversationDraft | ApiError:
    try:
        name = checked_guest_name(post.guest_name) if post.user_id is None else post.username
        room = known.get(post.room_id) or open_room(post.room_id)
        refuse_muted(post, name, room, sanctions)
        _refuse_words(post.content, room)
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
        # Another film may have been loaded while this was on its way.
        movie_id=room.movie_id if post.movie_id is None else post.movie_id,
        slow_seconds=0 if (room.pk, post.user_id) in hosts else room.slow_seconds,
        speaker=f"user {post.user_id}" if post.user_id is not None else f"guest {post.address or name}",
        origin=post.origin,
    )
