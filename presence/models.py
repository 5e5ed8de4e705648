"""Who is connected where. A row counts only while the lease of the process that wrote it is fresh."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

DOORS = [("chat", "chat"), ("sync", "sync"), ("presence", "presence")]


class Process(models.Model):
    """A server process. Its lease is `renewed_at`, by the database's clock."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    started_at = models.DateTimeField(db_default=Now())
    renewed_at = models.DateTimeField(db_default=Now(), db_index=True)
    sweeps_from = models.DateTimeField()
    """Before this moment it removes no other process: its own lease may have ended because the database stood still."""

    def __str__(self) -> str:
        return str(self.id)


class Socket(models.Model):
    id = models.UUIDField(primary_key=True, editable=False)
    process = models.ForeignKey(Process, models.CASCADE, related_name="sockets")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="sockets")
    login_id = models.UUIDField(null=True)
    device_id = models.CharField(max_length=128, blank=True)
    door = models.CharField(max_length=8, choices=DOORS)
    opened_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.door} {self.id}"


class Attendance(models.Model):
    """A socket in a room. Rooms are floors above: `room_id` is the room's row id, without a foreign key."""

    socket = models.ForeignKey(Socket, models.CASCADE, related_name="attendances")
    room_id = models.BigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    guest_name = models.CharField(max_length=64, blank=True)
    address = models.GenericIPAddressField(null=True)
    """A guest's: all that tells two of one name apart, and by which a host can mean one of them."""
    door = models.CharField(max_length=8, choices=DOORS)
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["socket", "room_id"], name="attendance_once")]
        indexes: ClassVar = [models.Index(fields=["room_id", "door", "since"], name="attendance_by_room")]

    def __str__(self) -> str:
        return f"{self.socket_id} in {self.room_id}"


class Status(models.Model):
    """What was last announced about a person."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="presence_status")
    is_online = models.BooleanField(default=False)
    changed_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["last_seen_at"], name="status_online", condition=models.Q(is_online=True)),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {'online' if self.is_online else 'offline'}"
