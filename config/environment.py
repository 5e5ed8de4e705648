"""Reading the environment. What cannot be understood is refused with the variable's name and what is allowed there."""

from __future__ import annotations

import ipaddress
import math
import os
import zoneinfo

import environ
from django.core.exceptions import ImproperlyConfigured

_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
DATABASE_SCHEMES = ("postgres", "postgresql", "sqlite")
REDIS_SCHEMES = ("redis", "rediss", "unix")
MAIL_SCHEMES = tuple(environ.Env.EMAIL_SCHEMES)


class Environment:
    """Every method takes the variable's name and its default, which also stands for an empty value; ImproperlyConfigured."""

    def text(self, name: str, default: str = "") -> str:
        return os.environ.get(name) or default

    def flag(self, name: str, default: bool) -> bool:
        given = self._given(name).lower()
        if given in _YES:
            return True
        if given in _NO:
            return False
        if given:
            raise _refused(name, f"one of {', '.join(_YES)} or one of {', '.join(_NO)}", given)
        return default

    def whole(self, name: str, default: int, *, most: int | None = None) -> int:
        """From 0 on."""
        given = self._given(name)
        allowed = "a whole number from 0 on" if most is None else f"a whole number from 0 to {most}"
        try:
            value = int(given or default)
        except ValueError:
            raise _refused(name, allowed, given) from None
        if value < 0 or (most is not None and value > most):
            raise _refused(name, allowed, given)
        return value

    def number(self, name: str, default: float) -> float:
        """From 0 on, finite."""
        given = self._given(name)
        try:
            value = float(given or default)
        except ValueError:
            value = math.nan
        if not 0 <= value < math.inf:
            raise _refused(name, "a number from 0 on", given)
        return value

    def parts(self, name: str, default: list[str]) -> list[str]:
        """Parts separated by commas."""
        given = self._given(name)
        return [part.strip() for part in given.split(",") if part.strip()] if given else default

    def networks(self, name: str) -> list[str]:
        """IP networks or addresses separated by commas."""
        parts = self.parts(name, [])
        for part in parts:
            try:
                ipaddress.ip_network(part, strict=False)
            except ValueError:
                raise _refused(name, "networks such as 10.0.0.0/8,127.0.0.1/32", part) from None
        return parts

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        given = self._given(name) or default
        if given not in allowed:
            raise _refused(name, f"one of {', '.join(allowed)}", given)
        return given

    def log_level(self, name: str, default: str) -> str:
        return self.choice(name, default, ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))

    def zone(self, name: str, default: str) -> str:
        given = self._given(name) or default
        try:
            zoneinfo.ZoneInfo(given)
        except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
            raise _refused(name, "a time zone such as Europe/Berlin", given) from None
        return given

    def address(self, name: str, default: str, schemes: tuple[str, ...]) -> str:
        """An address of one of `schemes`. It may hold a password, so a refusal does not repeat it."""
        given = self._given(name) or default
        scheme, separator, _rest = given.partition("://")
        if given and (scheme not in schemes or not separator):
            allowed = " or ".join(f"{scheme}://" for scheme in schemes)
            raise ImproperlyConfigured(f"{name} must be an address that begins with {allowed}.")
        return given

    def _given(self, name: str) -> str:
        return self.text(name).strip()


def _refused(name: str, allowed: str, given: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} must be {allowed}, not {given!r}.")
