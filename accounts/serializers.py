"""What accounts take and give."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.fields import empty

from accounts import selectors
from accounts.models import Block, User
from core.drf import MillisecondsField, TextField

PASSWORD_LENGTH = 1024
"""Longer ones are refused: hashing them costs us more than sending them costs others."""


class PasswordField(TextField):
    """Taken as typed, spaces too."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, max_length=PASSWORD_LENGTH, **kwargs)


class SwitchField(serializers.BooleanField):
    """A boolean that a form may leave out. (DRF reads that as an unticked box.)"""

    default_empty_html = empty


class Registration(serializers.Serializer[Any]):
    username = TextField()
    email = TextField()
    password = PasswordField()


class DeviceLogin(serializers.Serializer[Any]):
    device_id = TextField(
        required=False, allow_blank=True, help_text="Binds the login to a device. Or the header X-Device-ID."
    )


class EmailLogin(DeviceLogin):
    email = TextField()
    password = PasswordField()


class UsernameLogin(DeviceLogin):
    username = TextField()
    password = PasswordField()


class Profile(serializers.Serializer[Any]):
    username = TextField()
    email = TextField()
    shows_presence = SwitchField(required=False)
    shows_receipts = SwitchField(
        required=False, help_text="Off: nobody is told how far one reads, and one is not told how far others did."
    )


class Refresh(serializers.Serializer[Any]):
    refresh_token = TextField()


class PasswordChange(serializers.Serializer[Any]):
    old_password = PasswordField()
    new_password = PasswordField()


class AvatarUpload(serializers.Serializer[Any]):
    avatar = serializers.FileField(help_text="A JPEG, PNG, WebP or GIF picture, at most 10 MiB.")


class BlockRequest(serializers.Serializer[Any]):
    username = TextField()


class Account(serializers.ModelSerializer[User]):
    """A person as only they see themselves."""

    created_at = MillisecondsField()
    avatar = serializers.SerializerMethodField(help_text="The address of their picture.")

    def get_avatar(self, user: User) -> str | None:
        return selectors.avatar_address(user)

    class Meta:
        model = User
        fields = ["id", "username", "email", "created_at", "shows_presence", "shows_receipts", "avatar"]
        read_only_fields = fields


class Registered(serializers.ModelSerializer[User]):
    created_at = MillisecondsField()

    class Meta:
        model = User
        fields = ["id", "username", "email", "created_at"]
        read_only_fields = fields


class TokenPair(serializers.Serializer[Any]):
    access_token = serializers.CharField(source="access")
    token_type = serializers.SerializerMethodField()
    refresh_token = serializers.CharField(source="refresh")
    expires_in = serializers.SerializerMethodField(help_text="Seconds until the access token ends.")

    def get_token_type(self, tokens: Any) -> str:
        return "bearer"

    def get_expires_in(self, tokens: Any) -> int:
        return settings.ACCESS_TOKEN_HOURS * 3600


class Blocked(serializers.ModelSerializer[Block]):
    username = serializers.CharField(source="blocked.username")
    created_at = MillisecondsField()

    class Meta:
        model = Block
        fields = ["username", "created_at"]
        read_only_fields = fields


class Said(serializers.Serializer[Any]):
    """An answer whose news is that it happened."""

    message = serializers.CharField()


class FilmsSaid(Said):
    status = serializers.CharField(help_text='"success"')


class FilmsAccount(serializers.Serializer[Any]):
    status = serializers.CharField(help_text='"success"')
    user = Account()


class FilmsUpdated(FilmsAccount):
    message = serializers.CharField()


class FilmsSignedIn(FilmsUpdated):
    token = serializers.CharField(help_text="The access token.")
    refresh_token = serializers.CharField()


class FilmsAvatars(serializers.Serializer[Any]):
    status = serializers.CharField(help_text='"success"')
    avatars = serializers.DictField(
        child=serializers.CharField(), help_text="The addresses of pictures, by name: of those who have one."
    )


class FilmsBlocks(serializers.Serializer[Any]):
    status = serializers.CharField(help_text='"success"')
    blocks = Blocked(many=True)


class FilmsBlock(serializers.Serializer[Any]):
    status = serializers.CharField(help_text='"success"')
    block = Blocked()
