"""A person's picture: one small square of our making, whatever they sent. Its bytes lie in the default storage."""

from __future__ import annotations

import functools
import uuid
from typing import Final

from django.core.files.base import File
from django.db import transaction

from accounts import throttle
from accounts.models import User
from core import pictures, storage
from core.errors import Forbidden, NotFound

SIDE: Final = 256
PER_MINUTE: Final = 10
"""Pictures of one person: each costs a moment of a processor."""


def set_avatar(*, actor: User, image: File[bytes]) -> User:
    """Give `actor` a picture in the place of what they had. Invalid and TooLarge name the field `avatar`; TooManyRequests,
    StorageFull, Unavailable. Then they keep what they had.
    """
    throttle.count("avatar", str(actor.pk), PER_MINUTE)
    picture = pictures.square(image, side=SIDE, field="avatar")
    name = uuid.uuid4().hex
    storage.write(storage_key(name), picture)
    try:
        return _replaced(actor, name)
    except Exception:
        storage.remove(storage_key(name))
        raise


def remove_avatar(*, actor: User, user: User) -> User:
    """Back to letters; nothing happens to who has no picture. Oneself or staff; Forbidden for others."""
    if actor.pk != user.pk and not actor.is_staff:
        raise Forbidden
    return _replaced(user, "")


def storage_key(name: str) -> str:
    """Where the picture `User.avatar` lies."""
    return f"avatars/{name}.{pictures.ENDING}"


def forget_on_commit(name: str) -> None:
    """The bytes of a picture go once nobody has it any more."""
    if name:
        transaction.on_commit(functools.partial(storage.remove, storage_key(name)), robust=True)


def _replaced(user: User, name: str) -> User:
    """The row is locked, so of two pictures at the same instant the second replaces the first."""
    with transaction.atomic():
        held = User.objects.select_for_update(no_key=True).filter(pk=user.pk).first()
        if held is None:
            raise NotFound
        forget_on_commit(held.avatar)
        held.avatar = name
        held.save(update_fields=["avatar"])
    return held
