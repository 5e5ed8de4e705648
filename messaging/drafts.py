"""What a door hands to `services.post_messages`: a message that is not stored yet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What both kinds of draft carry.

    `reply_to` is a message's id, `file_id` a file's UUID as text, `client_id` makes a retry answer the first message,
    `movie_time` is in seconds. `origin` names the connection that asked and comes back in the event.
    """

    content: str
    message_type: str = "text"
    content_type: str = "text/plain"
    file_id: str | None = None
    reply_to: int | None = None
    client_id: str | None = None
    movie_time: float | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateDraft(Body):
    """To one person, named as the sender wrote it. The conversation is made with the first message."""

    actor_id: int
    actor_name: str
    recipient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationDraft(Body):
    """Into a group's or a room's conversation.

    Rooms are trusted to have checked bans and mutes; of a group the membership is checked again under the lock.
    `actor_id` is None for a guest, whose `sender_name` is stored as it is; an account's name is read from its row. `movie_id`
    says of which film `movie_time` is. With `slow_seconds` the `speaker` waits so long between two messages.
    """

    conversation_id: int
    actor_id: int | None
    sender_name: str
    room_id: str | None = None
    verified: bool = True
    movie_id: int | None = None
    slow_seconds: int = 0
    speaker: str = ""


Draft = PrivateDraft | ConversationDraft
