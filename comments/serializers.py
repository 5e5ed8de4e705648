"""The shape of a comment in requests and answers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.drf import NumberField, SecondsField, TextField


class NewCommentSerializer(serializers.Serializer[Any]):
    # What may stand in it is the service's to say; a text is kept as it was typed.
    content = TextField(allow_blank=True, trim_whitespace=False)
    movie_time = NumberField(
        required=False, allow_null=True, default=None, help_text="The moment of the film it is about, in seconds."
    )


class CommentChangeSerializer(serializers.Serializer[Any]):
    """What is not named stays as it is; a `movie_time` of null takes it away."""

    content = TextField(required=False, allow_blank=True, trim_whitespace=False)
    movie_time = NumberField(required=False, allow_null=True)


class CommentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    user_id = serializers.IntegerField()
    username = TextField(source="user.username")
    content = TextField()
    created_at = SecondsField()
    edited_at = SecondsField(allow_null=True)
    movie_time = serializers.FloatField(allow_null=True, help_text="Seconds.")


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
