"""The shape of a comment in requests and answers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.drf import SecondsField, TextField


class NewCommentSerializer(serializers.Serializer[Any]):
    # What may stand in it is the service's to say; a text is kept as it was typed.
    content = TextField(allow_blank=True, trim_whitespace=False)


class CommentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    user_id = serializers.IntegerField()
    username = TextField(source="user.username")
    content = TextField()
    created_at = SecondsField()


class CommentListSerializer(serializers.Serializer[Any]):
    """`prev` is the address of older comments, `next` of newer ones."""

    status = serializers.ChoiceField(choices=["success"])
    comments = CommentSerializer(many=True)
    prev = serializers.URLField(allow_null=True)
    next = serializers.URLField(allow_null=True)


class CommentDoneSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["success"])
    message = TextField()
    comment = CommentSerializer()
