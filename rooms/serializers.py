"""The shapes of rooms and of what was said in them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.drf import MillisecondsField, TextField
from core.paging import MAX_ID
from rooms.data import RANKS
from rooms.models import Room, RoomRole, Sanction
from rooms.playback import STATES

LONGEST_SANCTION = 366 * 24 * 3600
"""Seconds; what shall be longer is until lifted."""


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
    wait_until = serializers.IntegerField(
        allow_null=True, help_text="While it waits: the moment at which it plays by itself, in milliseconds as `at`."
    )


class RoomSerializer(serializers.Serializer[Any]):
    """A room as the caller may see it. What of a party is only for who may enter is null for others."""

    room_id = TextField()
    kind = serializers.ChoiceField(choices=Room.Kind.choices)
    name = TextField(help_text="What a party is called; may be empty.")
    movie_id = serializers.IntegerField()
    title = TextField(help_text="The film's.")
    people_count = serializers.IntegerField()
    needs_password = serializers.BooleanField(help_text="For who has neither its link nor belongs to it.")
    starts_at = TextField(allow_null=True, help_text="When the film is to begin.")
    owner = TextField(allow_null=True)
    control = serializers.ChoiceField(choices=Room.Control.choices, help_text="Who moves the timeline.")
    wait = serializers.ChoiceField(choices=Room.Wait.choices, help_text="For whom playing waits.")
    capacity = serializers.IntegerField(allow_null=True, help_text="How many people may be there; null for any number.")
    slow_seconds = serializers.IntegerField(help_text="Seconds between two messages of who is no host; 0 is off.")
    role = serializers.ChoiceField(choices=RANKS, help_text="What the caller is there.")
    may_enter = serializers.BooleanField(help_text="Without a password.")
    host = HostSerializer(allow_null=True)
    conversation_id = serializers.IntegerField(allow_null=True)
    timeline = TimelineSerializer(allow_null=True)
    server_time = serializers.IntegerField(help_text="Milliseconds since 1970, to compare `at` with.")
    invite_link = serializers.URLField(allow_null=True, help_text="Who comes by it needs no password.")
    blocked_words = serializers.ListField(child=TextField(), allow_null=True, help_text="For owner and hosts.")


class RoomAnswerSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["success"])
    room = RoomSerializer()


class RoomsSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["success"])
    rooms = RoomSerializer(many=True)
    page = serializers.IntegerField()
    page_size = serializers.IntegerField()
    total = serializers.IntegerField()
    prev = serializers.URLField(allow_null=True)
    next = serializers.URLField(allow_null=True)


class ChangeRoomSerializer(serializers.Serializer[Any]):
    """Settings of a room. A public room has `control`, `wait`, `slow_seconds` and `blocked_words` only."""

    name = TextField(required=False, allow_blank=True, help_text="Up to 100 characters.")
    password = TextField(
        required=False,
        allow_blank=True,
        allow_null=True,
        trim_whitespace=False,
        help_text="Up to 128 characters, or none.",
    )
    control = serializers.ChoiceField(choices=Room.Control.choices, required=False)
    wait = serializers.ChoiceField(choices=Room.Wait.choices, required=False)
    capacity = serializers.IntegerField(required=False, allow_null=True, help_text="2 to 10,000; null: any number.")
    slow_seconds = serializers.IntegerField(required=False, help_text="0 (off) to 3,600.")
    blocked_words = serializers.ListField(
        child=TextField(allow_blank=True), required=False, max_length=1000, help_text="Up to 200 words of up to 50 characters."
    )
    starts_at = serializers.DateTimeField(required=False, allow_null=True, help_text="In the future, within a year.")


class NewRoomSerializer(ChangeRoomSerializer):
    movie_id = serializers.IntegerField()


class EntrySerializer(serializers.Serializer[Any]):
    password = TextField(required=False, allow_blank=True, allow_null=True, trim_whitespace=False)
    invite = TextField(required=False, allow_blank=True, allow_null=True, help_text="The key at the end of the link.")


class InvitationsSerializer(serializers.Serializer[Any]):
    usernames = serializers.ListField(child=TextField(), required=False, max_length=1000, help_text="Up to 20.")
    group_id = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=MAX_ID)


class RefusedSerializer(serializers.Serializer[Any]):
    username = TextField()
    error = TextField()
    detail = TextField()


class InvitedSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["success"])
    invited = serializers.ListField(child=TextField())
    refused = RefusedSerializer(many=True)


class RoleSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=RoomRole.Role.choices)


class PersonSerializer(serializers.Serializer[Any]):
    username = TextField()
    verified = serializers.BooleanField(help_text="False for a guest, whose name belongs to nobody.")
    role = serializers.ChoiceField(choices=RANKS)
    is_here = serializers.BooleanField()
    since = MillisecondsField()


class PeopleSerializer(serializers.Serializer[Any]):
    """Owner, hosts, members, guests; within each the longest there first."""

    status = serializers.ChoiceField(choices=["success"])
    members = PersonSerializer(many=True)
    page = serializers.IntegerField()
    page_size = serializers.IntegerField()
    total = serializers.IntegerField()


class MemberAnswerSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["success"])
    username = TextField()
    role = serializers.ChoiceField(choices=RANKS)


class NewSanctionSerializer(serializers.Serializer[Any]):
    """An account by `username`, or a guest by `guest_name`."""

    kind = serializers.ChoiceField(choices=Sanction.Kind.choices)
    username = TextField(required=False, allow_blank=True)
    guest_name = TextField(required=False, allow_blank=True)
    seconds = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=LONGEST_SANCTION,
        help_text="None: until lifted.",
    )
    reason = TextField(required=False, allow_blank=True, help_text="For hosts and staff.")


class SanctionSerializer(serializers.Serializer[Any]):
    """Of a guest only the name is told, even where the address is meant."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Sanction.Kind.choices)
    username = TextField(source="user.username", default=None, allow_null=True)
    guest_name = TextField()
    until = MillisecondsField(allow_null=True)
    reason = TextField()
    created_by = TextField(source="created_by.username", default=None, allow_null=True)
    created_at = MillisecondsField()


class SanctionsSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["success"])
    sanctions = SanctionSerializer(many=True)


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
    movie_id = serializers.IntegerField(allow_null=True, help_text="The film that `movie_time` is a second of.")
    edited_at = serializers.SerializerMethodField()

    @extend_schema_field(OpenApiTypes.DATETIME)
    def get_timestamp(self, message: Any) -> str:
        return message.timestamp

    @extend_schema_field({"type": "string", "format": "date-time", "nullable": True})
    def get_edited_at(self, message: Any) -> str | None:
        return message.edited_at


class RoomMessageAnswerSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["success"])
    message = RoomMessageSerializer()


class RoomMessagesSerializer(serializers.Serializer[Any]):
    """Oldest first, or by the time of the film. `prev` is the address of older messages, `next` of newer ones."""

    status = serializers.ChoiceField(choices=["success"])
    messages = RoomMessageSerializer(many=True)
    prev = serializers.URLField(allow_null=True)
    next = serializers.URLField(allow_null=True)
