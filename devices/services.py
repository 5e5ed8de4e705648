"""Registering, changing and forgetting devices."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import services as accounts
from accounts.models import Login, User
from accounts.names import clean_device_id
from core.clock import now
from core.errors import Invalid
from devices import selectors
from devices.models import Device

NAME_LENGTH, TYPE_LENGTH = 100, 50


def register_device(*, actor: User, device_id: str, device_name: str, device_type: str, login: Login | None = None) -> Device:
    """Register `actor`'s device, or update the one of that id, and bind `login` to it. Invalid names the field."""
    device_id = clean_device_id(device_id)
    words = _clean(device_name=device_name, device_type=device_type)
    with transaction.atomic():
        # One statement that inserts or updates: two registrations at the same instant are one device.
        Device.objects.bulk_create(
            [Device(user=actor, device_id=device_id, **words)],
            update_conflicts=True,
            unique_fields=["user", "device_id"],
            update_fields=["device_name", "device_type", "updated_at"],
        )
        if login is not None:
            accounts.bind_device(login=login, device_id=device_id)
        return selectors.access_device(actor, device_id)


def update_device(*, actor: User, device_id: str, **words: str) -> Device:
    """Change `device_name` or `device_type`. NotFound, Invalid."""
    cleaned = _clean(**words)
    with transaction.atomic():
        device = selectors.access_device(actor, device_id)
        Device.objects.filter(pk=device.pk).update(**cleaned, updated_at=now())
        return selectors.access_device(actor, device_id)


def remove_device(*, actor: User, device_id: str) -> Device:
    """The device that was, signed out and forgotten. NotFound."""
    with transaction.atomic():
        device = selectors.access_device(actor, device_id)
        forget_device(actor=actor, device=device)
        device.login_status = False  # type: ignore[attr-defined]
        return device


def forget_device(*, actor: User, device: Device) -> None:
    """End the device's logins and delete its row. `actor` is its owner or a member of staff."""
    with transaction.atomic():
        accounts.end_device_logins(user=device.user, device_id=device.device_id)
        Device.objects.filter(pk=device.pk).delete()


def _clean(**words: str) -> dict[str, str]:
    limits = {"device_name": NAME_LENGTH, "device_type": TYPE_LENGTH}
    for name, text in words.items():
        if not 0 < len(text) <= limits[name]:
            raise Invalid.field(name, _("Has 1 to %(most)d characters.") % {"most": limits[name]})
    return words
