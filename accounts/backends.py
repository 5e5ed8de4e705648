"""How the admin and Django's own forms find a person: by name or e-mail, in any case."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts import services
from accounts.models import User
from core.errors import ApiError
from core.net import request_address


class CasefoldBackend(ModelBackend):
    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """None for a wrong password and for too many tries alike: Django's forms know one refusal."""
        if not username or password is None:
            return None
        name = {"email": username} if "@" in username else {"username": username}
        try:
            return services.check_credentials(**name, password=password, address=request_address(request) if request else "")
        except ApiError:
            return None

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
