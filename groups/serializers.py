"""What groups take and give."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.drf import MillisecondsField, TextField
from groups.models import Membership


class NewGroup(serializers.Serializer[Any]):
    name = TextField()
    description = TextField(required=False, allow_blank=True, default="")


class Newcomer(serializers.Serializer[Any]):
    username = TextField()


class Group(serializers.ModelSerializer[Membership]):
    """A group as one of its members sees it; made from `selectors.memberships_of`."""

    id = serializers.IntegerField(source="group_id")
    name = serializers.CharField(source="group.name")
    description = serializers.CharField(source="group.description")
    created_at = MillisecondsField(source="group.created_at")
    created_by = serializers.SerializerMethodField(help_text="Empty once the account is deleted.")
    role = serializers.CharField(help_text='Mine: "owner", "admin" or "member".')
    member_count = serializers.IntegerField()
    conversation_id = serializers.IntegerField(source="group.conversation_id")

    class Meta:
        model = Membership
        fields = ["id", "name", "description", "created_at", "created_by", "role", "member_count", "conversation_id"]
        read_only_fields = fields

    def get_created_by(self, membership: Membership) -> str:
        founder = membership.group.created_by
        return founder.username if founder else ""


class Member(serializers.ModelSerializer[Membership]):
    username = serializers.CharField(source="user.username")
    role = serializers.CharField()
    joined_at = MillisecondsField()

    class Meta:
        model = Membership
        fields = ["user_id", "username", "role", "joined_at"]
        read_only_fields = fields
