"""The shapes of rooms and of what was said in them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.drf import TextField
from rooms.playback import STATES


class HostSerializer(serializers.Serializer[Any]):
    username = TextField(source="name")
    verified = serializers.BooleanField(help_text="False for a guest, whose name belongs to nobody.")


class TimelineSerializer(serializers.Serializer[Any]):
    """Where the room is in its film: at `position` at the moment `at`."""

    epoch = serializers.IntegerField()
    rev = serializers.IntegerField()
    state = serializers.ChoiceField(choices=STATES)
    position = serializers.FloatField(help_text="Seconds.")
    at = serializers.IntegerField(help_text="Milliseconds of server time since 1970.")
    rate = serializers.FloatField()
    set_by = TextField()
    movie_id = serializers.IntegerField()
    duration = serializers.FloatField(allow_null=True, help_text="Seconds, where known.")


class RoomSerializer(serializers.Serializer[Any]):
    room_id = TextField()
    movie_id = serializers.IntegerField()
    title = TextField()
    people_count = serializers.IntegerField()
    host = HostSerializer(allow_null=True)
    conversation_id = serializers.IntegerField()
    timeline = TimelineSerializer()
    server_time = serializers.IntegerField(help_text="Milliseconds since 1970, to compare `at` with.")


class RoomAnswerSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["success"])
    room = RoomSerializer()


class RoomFileSerializer(serializers.Serializer[Any]):
    file_id = TextField()
    filename = TextField()
    size = serializers.IntegerField(help_text="Bytes.")
    url = TextField()


class RoomMessageSerializer(serializers.Serializer[Any]):
    """As the frame on /ws/chat, with the contract's keys first."""

    room_id = TextField()
    username = TextField(source="sender")
    content = TextField()
    id = serializers.IntegerField()
    seq = serializers.IntegerField()
    change = serializers.IntegerField()
    conversation_id = serializers.IntegerField()
    timestamp = serializers.SerializerMethodField()
    verified = serializers.BooleanField(help_text="False for a guest, whose name belongs to nobody.")
    message_type = TextField()
    content_type = TextField()
    file = RoomFileSerializer(allow_null=True)
    reply_to = serializers.IntegerField(allow_null=True)
    movie_time = serializers.FloatField(allow_null=True, help_text="Seconds.")
    edited_at = serializers.SerializerMethodField()

    @extend_schema_field(OpenApiTypes.DATETIME)
    def get_timestamp(self, message: Any) -> str:
        return message.timestamp

    @extend_schema_field({"type": "string", "format": "date-time", "nullable": True})
    def get_edited_at(self, message: Any) -> str | None:
        return message.edited_at


class RoomMessagesSerializer(serializers.Serializer[Any]):
    """Oldest first. `prev` is the address of older messages, `next` of newer ones."""

    status = serializers.ChoiceField(choices=["success"])
    messages = RoomMessageSerializer(many=True)
    prev = serializers.URLField(allow_null=True)
    next = serializers.URLField(allow_null=True)
