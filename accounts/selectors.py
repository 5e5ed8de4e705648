"""Reading accounts and logins."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.conf import settings
from django.db.models import QuerySet

from accounts.models import Block, Login, User
from core import pictures
from core.text import compare_key, is_encodable


def user_by_username(name: str) -> User | None:
    """The person of that name in any case, signed up and not deleted (maybe deactivated)."""
    return User.objects.filter(username_key=compare_key(name)).first() if is_encodable(name) else None


def user_by_email(email: str) -> User | None:
    """The person of that e-mail address in any case."""
    return User.objects.filter(email_key=compare_key(email)).first() if is_encodable(email) else None


def live_logins(user: User) -> QuerySet[Login]:
    return Login.objects.live().filter(user=user)


def live_login(login_id: str | uuid.UUID) -> Login | None:
    """The login with its user, while it holds."""
    return Login.objects.live().select_related("user").filter(pk=login_id).first()


def devices_with_live_login(user: User) -> set[str]:
    """The device ids at which the person is signed in."""
    return set(live_logins(user).exclude(device_id="").values_list("device_id", flat=True))


def is_blocking(*, blocker: User, blocked: User) -> bool:
    return Block.objects.filter(blocker=blocker, blocked=blocked).exists()


def blocks_of(user: User) -> QuerySet[Block]:
    """Whom the person blocks, oldest first, with their users."""
    return Block.objects.filter(blocker=user).select_related("blocked").order_by("id")


def live_login_ids(login_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those of them that still live. One query."""
    return set(Login.objects.live().filter(pk__in=list(login_ids)).values_list("pk", flat=True))


def username_of(user_id: int) -> str:
    """What a person is called now; "" for one who is gone."""
    return User.objects.filter(pk=user_id).values_list("username", flat=True).first() or ""


def avatar_path(avatar: str) -> str:
    """Where the picture `User.avatar` is shown on this server."""
    return f"/media/avatars/{avatar}.{pictures.ENDING}"


def avatar_address(user: User) -> str | None:
    """The absolute address of the person's picture; None without one."""
    return f"{settings.PUBLIC_URL}{avatar_path(user.avatar)}" if user.avatar else None


def avatars_of(usernames: Iterable[str]) -> dict[str, str]:
    """The addresses of the pictures of those who have one, by the names as given. One query."""
    keys = {name: compare_key(name) for name in usernames if is_encodable(name)}
    found = User.objects.filter(username_key__in=set(keys.values())).exclude(avatar="").only("username_key", "avatar")
    addresses = {user.username_key: avatar_address(user) for user in found}
    return {name: address for name, key in keys.items() if (address := addresses.get(key))}
