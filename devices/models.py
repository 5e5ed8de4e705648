"""What people registered as theirs. Whether somebody is signed in there is read from accounts.Login."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.names import DEVICE_ID_LENGTH
from core.clock import now


class Device(models.Model):
    """`device_id` is the client's own name for it: unique per person, not globally."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="devices", verbose_name=_("user"))
    device_id = models.CharField(_("device id"), max_length=DEVICE_ID_LENGTH)
    device_name = models.CharField(_("name"), max_length=100)
    device_type = models.CharField(_("type"), max_length=50)
    registered_at = models.DateTimeField(_("registered"), default=now)
    updated_at = models.DateTimeField(_("updated"), default=now)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "device_id"], name="device_once")]

    def __str__(self) -> str:
        return self.device_name
