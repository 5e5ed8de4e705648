"""Reading devices, with what their logins tell about them."""

from __future__ import annotations

from django.db.models import DateTimeField, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from accounts.models import Login, User
from core.errors import NotFound
from core.text import is_encodable
from devices.models import Device


def with_logins(devices: QuerySet[Device]) -> QuerySet[Device]:
    """Adds `login_status` (somebody is signed in there) and `last_seen` (never before `registered_at`). No further query."""
    logins = Login.objects.filter(user=OuterRef("user"), device_id=OuterRef("device_id"))
    latest = logins.order_by("-last_seen_at").values("last_seen_at")[:1]
    return devices.annotate(
        login_status=Exists(logins.live()),
        last_seen=Greatest("registered_at", Coalesce(Subquery(latest, output_field=DateTimeField()), "registered_at")),
    )


def devices_of(user: User) -> QuerySet[Device]:
    """The person's devices, in the order of registration, with `login_status` and `last_seen`."""
    return with_logins(Device.objects.filter(user=user)).order_by("id")


def access_device(user: User, device_id: str) -> Device:
    """NotFound unless it is the person's own."""
    device = devices_of(user).filter(device_id=device_id).first() if is_encodable(device_id) else None
    if device is None:
        raise NotFound
    return device
