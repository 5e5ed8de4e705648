"""What messages look like on the wire, and what a sender may give."""

from __future__ import annotations

from typing import Any

import msgspec
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.drf import MillisecondsField, TextField
from core.paging import MAX_ID
from messaging.message_view import MessageView
from messaging.models import Participant
from messaging.selectors import Summary


class Body(serializers.Serializer[Any]):
    """What every send may carry. Lengths and contents are the service's to judge."""

    content = TextField(trim_whitespace=False, allow_blank=True, default="", help_text="May be empty beside a file only.")
    message_type = TextField(default="text", help_text="An open vocabulary: it comes back as it was given.")
    content_type = TextField(default="text/plain", help_text="An open vocabulary: it comes back as it was given.")
    file_id = TextField(required=False, allow_null=True, default=None, help_text="A file to attach, and to share thereby.")
    reply_to = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=MAX_ID, help_text="A message's id."
    )
    client_id = TextField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Makes a retry answer the first message. Or the header Idempotency-Key.",
    )


class PrivateSend(Body):
    recipient = TextField(help_text="A username.")


class Edit(serializers.Serializer[Any]):
    content = TextField(trim_whitespace=False, allow_blank=True)


class Reading(serializers.Serializer[Any]):
    seq = serializers.IntegerField(min_value=0, max_value=MAX_ID, help_text="Everything up to this message has been read.")


class AttachedFile(serializers.Serializer[Any]):
    file_id = serializers.CharField()
    filename = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    url = serializers.URLField()


class Message(serializers.Serializer[Any]):
    """Any message, as `item_of` gives it."""

    id = serializers.IntegerField()
    content = serializers.CharField(help_text="Empty once the message is deleted.")
    sender = serializers.CharField()
    timestamp = serializers.DateTimeField()
    message_type = serializers.CharField()
    content_type = serializers.CharField()
    conversation_id = serializers.IntegerField()
    seq = serializers.IntegerField(help_text="Counts the conversation's messages, without gaps.")
    change = serializers.IntegerField(help_text="Counts edits and deletions too.")
    file = AttachedFile(allow_null=True)
    reply_to = serializers.IntegerField(allow_null=True)
    client_id = serializers.CharField(allow_null=True, help_text="Of one's own messages only.")
    edited_at = serializers.DateTimeField(allow_null=True)
    deleted = serializers.BooleanField()


class PrivateMessage(Message):
    recipient = serializers.CharField()
    status = serializers.CharField(help_text='"sent", "delivered" or, if both people show receipts, "read".')


class GroupMessage(Message):
    group_id = serializers.IntegerField()


class AnyMessage(Message):
    """A message of whatever conversation: one of `recipient`, `group_id` and `room_id` is set."""

    recipient = serializers.CharField(allow_null=True)
    group_id = serializers.IntegerField(allow_null=True)
    room_id = serializers.CharField(allow_null=True)


def item_of(message: MessageView, *, viewer_id: int, status: str | None = None) -> dict[str, Any]:
    """What the serializers above show, to one viewer."""
    item: dict[str, Any] = msgspec.to_builtins(message)
    if message.sender_id != viewer_id:
        item["client_id"] = None
    return item | {"status": status}


class Cursors(serializers.ModelSerializer[Participant]):
    class Meta:
        model = Participant
        fields = ["conversation_id", "delivered_seq", "read_seq"]
        read_only_fields = fields


class Conversation(serializers.Serializer[Any]):
    """A conversation in one's list: with a person (`username`) or of a group (`group_id`)."""

    id = serializers.IntegerField(source="participant.conversation_id")
    kind = serializers.CharField(source="participant.conversation.kind", help_text='"private" or "group".')
    title = serializers.SerializerMethodField(help_text="The other person's or the group's name.")
    username = serializers.SerializerMethodField(help_text="The other person; null in a group and for a deleted account.")
    group_id = serializers.SerializerMethodField()
    unread = serializers.IntegerField()
    last_seq = serializers.IntegerField(source="participant.conversation.last_seq")
    last_change = serializers.IntegerField(source="participant.conversation.last_change")
    delivered_seq = serializers.IntegerField(source="participant.delivered_seq")
    read_seq = serializers.IntegerField(source="participant.read_seq")
    changed_at = MillisecondsField(source="participant.conversation.changed_at")
    last_message = serializers.SerializerMethodField()

    def get_title(self, summary: Summary) -> str:
        return summary.participant.conversation.title or self.get_username(summary) or ""

    def get_username(self, summary: Summary) -> str | None:
        if summary.participant.conversation.kind != "private":
            return None
        return summary.other.username if summary.other else None

    def get_group_id(self, summary: Summary) -> int | None:
        conversation = summary.participant.conversation
        return int(conversation.subject) if conversation.kind == "group" else None

    @extend_schema_field(AnyMessage(allow_null=True))
    def get_last_message(self, summary: Summary) -> dict[str, Any] | None:
        if summary.last_message is None:
            return None
        return dict(AnyMessage(item_of(summary.last_message, viewer_id=summary.participant.user_id)).data)
