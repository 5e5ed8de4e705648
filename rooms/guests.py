"""Guests: people without an account, who are whatever name they give."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.selectors import user_by_username
from core.errors import Forbidden, GuestsRefused, Invalid
from core.text import is_encodable, visible

LONGEST_NAME = 32


def checked_guest_name(name: object) -> str:
    """The name a guest goes by. GuestsRefused where guests are not let in, Invalid `username` for anything but 1 to 32
    visible characters, Forbidden `name_taken` for an account's name where GUEST_NAMES is "free".
    """
    if not settings.ALLOW_GUESTS:
        raise GuestsRefused
    shown = visible(name) if isinstance(name, str) and is_encodable(name) else ""
    if len(shown) > LONGEST_NAME or not any(char.isprintable() and not char.isspace() for char in shown):
        raise Invalid.field("username", _("Give a name of 1 to 32 visible characters."))
    if settings.GUEST_NAMES == "free" and user_by_username(shown) is not None:
        raise Forbidden(_("This name belongs to an account. Sign in, or take another."), slug="name_taken")
    return shown
