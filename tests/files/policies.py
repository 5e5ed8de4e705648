"""Policies as a floor above would bring them (settings.FILE_ACCESS_POLICIES)."""

from __future__ import annotations

from accounts.models import User
from files.models import StoredFile


def nobody(file: StoredFile, user: User) -> bool:
    return False


def bob(file: StoredFile, user: User) -> bool:
    return user.username == "bob"
