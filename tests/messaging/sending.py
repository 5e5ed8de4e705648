"""Drafts in one line, for tests."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.files.base import ContentFile
from django.db import connection

from accounts.models import User
from files import services as files
from files.models import StoredFile
from groups import services as groups
from groups.models import ChatGroup
from messaging import services
from messaging.drafts import ConversationDraft, PrivateDraft
from messaging.message_view import MessageView
from messaging.models import Conversation


def to(recipient: str, actor: User, content: str = "hi", **more: Any) -> PrivateDraft:
    return PrivateDraft(actor_id=actor.pk, actor_name=actor.username, recipient=recipient, content=content, **more)


def into(conversation: Conversation, actor: User | None, content: str = "hi", **more: Any) -> ConversationDraft:
    """A guest's when there is no actor."""
    return ConversationDraft(
        conversation_id=conversation.pk,
        actor_id=actor.pk if actor else None,
        sender_name=actor.username if actor else "guest",
        verified=actor is not None,
        content=content,
        **more,
    )


def say(recipient: User, actor: User, content: str = "hi", **more: Any) -> MessageView:
    """A private message, stored."""
    return services.post_message(to(recipient.username, actor, content, **more)).message


def room() -> Conversation:
    return services.open_conversation(kind=Conversation.Kind.ROOM, subject="movie-1")


def group_of(owner: User, *members: User, name: str = "film club") -> ChatGroup:
    group = groups.create_group(actor=owner, name=name).group
    for member in members:
        groups.add_member(actor=owner, group_id=group.pk, username=member.username)
    return ChatGroup.objects.select_related("conversation").get(pk=group.pk)


def file_of(owner: User, name: str = "notes.txt") -> StoredFile:
    return files.store(actor=owner, content=ContentFile(b"some bytes"), filename=name, content_type="text/plain")


def in_threads(jobs: list[Any]) -> list[Any]:
    """Each job in a thread and connection of its own."""

    def run(job: Any) -> Any:
        try:
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))
