"""The shape of a file in requests and answers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.drf import MillisecondsField, TextField


class UploadSerializer(serializers.Serializer[Any]):
    # How long a name may be is decided by cutting it, not by refusing.
    file = serializers.FileField(allow_empty_file=True)


class StoredFileSerializer(serializers.Serializer[Any]):
    file_id = serializers.UUIDField(source="id")
    filename = TextField()
    size = serializers.IntegerField()
    content_type = TextField()
    upload_time = MillisecondsField(source="uploaded_at")
    url = serializers.URLField()
