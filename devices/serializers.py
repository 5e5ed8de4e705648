"""What devices take and give."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.drf import MillisecondsField, TextField
from devices.models import Device


class DeviceChange(serializers.Serializer[Any]):
    device_name = TextField()
    device_type = TextField()


class DeviceRegistration(DeviceChange):
    device_id = TextField(help_text="The client's own name for the device: any text without a slash.")


class DeviceItem(serializers.ModelSerializer[Device]):
    registered_at = MillisecondsField()
    last_seen = MillisecondsField()
    login_status = serializers.BooleanField()

    class Meta:
        model = Device
        fields = ["id", "device_id", "device_name", "device_type", "registered_at", "last_seen", "login_status"]
        read_only_fields = fields
