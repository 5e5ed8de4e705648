"""Editing and deleting: a message keeps its place and gets a new change number."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from accounts.models import Block, User
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid, NotFound
from messaging import selectors
from messaging.message_view import MessageView, view_of
from messaging.models import OF_ROOMS, Conversation, Message
from messaging.services.announcing import announce_change
from messaging.services.checks import WORDS, content_fault
from messaging.services.conversations import locked
from messaging.services.sharing import share_again


def edit_message(*, actor: User, message_id: int, content: str, origin: str | None = None) -> MessageView:
    """Give one's own message another text. The same text again changes nothing.

    NotFound for what the actor cannot see and, as when writing, for a person who blocks them; Forbidden for another's,
    Conflict for a deleted one, Invalid content, and whatever one of settings.MESSAGE_EDIT_POLICIES raises. Locks the
    conversation.
    """
    with transaction.atomic():
        message = _own(actor, message_id)
        _refuse_blocked(actor, message.conversation)
        if message.deleted_at is not None:
            raise Conflict(_("The message was deleted."))
        if word := content_fault(content, has_file=message.file_id is not None):
            raise Invalid.field("content", WORDS[word])
        if message.content != content:
            for policy in settings.MESSAGE_EDIT_POLICIES:
                import_string(policy)(message, actor, content)
            message.content = content
            message.edited_at = now()
            _changed(message, at=message.edited_at, origin=origin)
        return view_of(message)


def delete_message(*, actor: User, message_id: int, origin: str | None = None) -> MessageView:
    """Take back one's own message: its place stays, empty. Idempotent.

    NotFound for what the actor cannot see, Forbidden for another's. Locks the conversation.
    """
    with transaction.atomic():
        return _delete(_own(actor, message_id), origin)


def remove_room_message(*, actor: User, message_id: int) -> MessageView:
    """Staff take a message out of a public room. Forbidden for others, NotFound outside of rooms. Idempotent."""
    if not actor.is_staff:
        raise Forbidden
    return _take_out(message_id, of=(Conversation.Kind.ROOM,))


def take_out_message(*, message_id: int) -> MessageView:
    """Take a message out of a room of any kind. Who may is for the caller, who knows rooms, to ask before. NotFound, and
    idempotent, as above. Locks the conversation.
    """
    return _take_out(message_id, of=OF_ROOMS)


def _take_out(message_id: int, *, of: Collection[str]) -> MessageView:
    with transaction.atomic():
        message = _locked_message(message_id)
        if message.conversation.kind not in of:
            raise NotFound
        return _delete(message, None)


def _own(actor: User, message_id: int) -> Message:
    selectors.message_visible_to(actor, message_id)
    message = _locked_message(message_id)
    if message.sender_id != actor.pk:
        raise Forbidden
    return message


def _refuse_blocked(actor: User, conversation: Conversation) -> None:
    """Another text would reach who wants none. Taking back what was said stays possible."""
    if conversation.kind == Conversation.Kind.PRIVATE:
        people = (conversation.user_low_id, conversation.user_high_id)
        if Block.objects.filter(blocker_id__in=people, blocked=actor).exists():
            raise NotFound


def _locked_message(message_id: int) -> Message:
    """Read again under its conversation's lock."""
    message = selectors.whole(Message.objects.all()).filter(pk=message_id).first()
    if message is None:
        raise NotFound
    conversation = locked(message.conversation_id)
    message.refresh_from_db(fields=["content", "change", "edited_at", "deleted_at"])
    message.conversation.last_change = conversation.last_change
    return message


def _delete(message: Message, origin: str | None) -> MessageView:
    if message.deleted_at is None:
        message.deleted_at = now()
        message.content, message.file = "", None
        _changed(message, at=message.deleted_at, origin=origin)
    return view_of(message)


def _changed(message: Message, *, at: datetime, origin: str | None) -> None:
    conversation = message.conversation
    message.change = conversation.last_change = conversation.last_change + 1
    message.save(update_fields=["content", "file", "change", "edited_at", "deleted_at"])
    Conversation.objects.filter(pk=conversation.pk).update(last_change=conversation.last_change, changed_at=at)
    share_again(message)
    announce_change(view_of(message), origin=origin)
