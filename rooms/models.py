"""Rooms, where each is in its film, and who may not speak or enter."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.clock import iso_ms, now
from rooms.data import Host
from rooms.playback import STATES, Memory, Playback, Timeline

STATE_NAMES = {
    "idle": _("idle"),
    "waiting": _("waiting"),
    "playing": _("playing"),
    "paused": _("paused"),
    "ended": _("ended"),
}


class Room(models.Model):
    """A place where a film is watched together: the public room of a film, or a party that somebody opened.

    `host_*` remember the acting host until somebody else is it. `owner` and what lets people in are a party's; `owner` is
    the person whose RoomRole says so, None once that account is deleted. `blocked_words` are stored as they are compared.
    """

    class Kind(models.TextChoices):
        PUBLIC = "public", _("public")
        PARTY = "party", _("party")

    class Control(models.TextChoices):
        """Who moves the timeline. `pause`: anyone may pause, hosts play and seek."""

        EVERYONE = "everyone", _("everyone")
        HOSTS = "hosts", _("hosts")
        PAUSE = "pause", _("hosts; anyone may pause")

    class Wait(models.TextChoices):
        """For whom the room waits while they load."""

        OFF = "off", _("nobody")
        SOFT = "soft", _("a few people, not long")
        STRICT = "strict", _("everyone")

    room_id = models.SlugField(_("room"), max_length=64, unique=True)
    movie = models.ForeignKey("movies.Movie", models.CASCADE, related_name="rooms", verbose_name=_("film"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.PUBLIC)
    conversation = models.OneToOneField("messaging.Conversation", models.PROTECT, related_name="room")
    host_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("host")
    )
    host_socket = models.UUIDField(null=True, blank=True)
    host_name = models.CharField(_("host's name"), max_length=64, blank=True)
    host_gone_at = models.DateTimeField(null=True, blank=True)
    """When the host's last socket left; the grace runs from here."""
    name = models.CharField(_("name"), max_length=100, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )
    password = models.CharField(_("password"), max_length=128, blank=True)
    """As Django's hashers write it; blank where none is needed."""
    invite_key = models.CharField(max_length=43, blank=True)
    """Who shows it needs no password. Hosts renew it."""
    control = models.CharField(_("control"), max_length=8, choices=Control.choices, default=Control.HOSTS)
    wait = models.CharField(_("waits for"), max_length=6, choices=Wait.choices, default=Wait.SOFT)
    capacity = models.PositiveIntegerField(_("places (none: no limit)"), null=True, blank=True)
    slow_seconds = models.PositiveIntegerField(_("slow mode (s)"), default=0)
    """How long a person who is no host waits between two messages; 0 is off."""
    blocked_words = models.JSONField(_("blocked words"), default=list, blank=True)
    starts_at = models.DateTimeField(_("starts at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), default=now)

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        ordering = ["room_id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind="party") | Q(owner=None, password="", invite_key="", capacity=None, closed_at=None),
                name="public_room_is_open",
            )
        ]

    def __str__(self) -> str:
        return self.room_id

    @property
    def host(self) -> Host | None:
        if self.host_user_id is None and self.host_socket is None:
            return None
        socket_id = str(self.host_socket) if self.host_socket else None
        return Host(name=self.host_name, user_id=self.host_user_id, socket_id=socket_id)

    @property
    def is_party(self) -> bool:
        return self.kind == self.Kind.PARTY


class RoomRole(models.Model):
    """What somebody is in a party. Whoever was let in once is a member and needs no password again."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        HOST = "host", _("host")
        MEMBER = "member", _("member")

    room = models.ForeignKey(Room, models.CASCADE, related_name="roles", db_index=False, verbose_name=_("room"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="room_roles", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=6, choices=Role.choices, default=Role.MEMBER)
    since = models.DateTimeField(_("since"), default=now)

    class Meta:
        verbose_name = _("role in a room")
        verbose_name_plural = _("roles in rooms")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["room", "user"], name="one_role_per_room"),
            models.UniqueConstraint(fields=["room"], condition=Q(role="owner"), name="one_owner_per_room"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.room_id}"


class TimelineRow(models.Model):
    """A `rooms.playback.Timeline` and its `Memory`, changed under the lock of its room's row only."""

    room = models.OneToOneField(Room, models.CASCADE, related_name="timeline_row", primary_key=True)
    epoch = models.BigIntegerField(default=1)
    rev = models.BigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=[(state, STATE_NAMES[state]) for state in STATES], default="idle")
    position = models.FloatField(default=0)
    at = models.BigIntegerField(default=0)
    rate = models.FloatField(default=1)
    set_by = models.CharField(max_length=64, blank=True)
    movie = models.ForeignKey("movies.Movie", models.CASCADE, related_name="+")
    duration = models.FloatField(null=True)
    wait_until = models.BigIntegerField(null=True)
    waiting_for = models.JSONField(default=list)
    reason = models.CharField(max_length=16, blank=True)
    memory = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.room_id} {self.state} {self.position}"

    @property
    def timeline(self) -> Timeline:
        values = {name: getattr(self, name) for name in Timeline.__struct_fields__}
        return Timeline(**{**values, "waiting_for": tuple(self.waiting_for)})

    @property
    def playback(self) -> Playback:
        return Playback(timeline=self.timeline, memory=msgspec.convert(self.memory, Memory))

    def become(self, playback: Playback) -> None:
        """Set the columns; saving is the caller's."""
        for name in Timeline.__struct_fields__:
            setattr(self, name, getattr(playback.timeline, name))
        self.waiting_for = list(playback.timeline.waiting_for)
        self.memory = msgspec.to_builtins(playback.memory)


class SanctionQuerySet(models.QuerySet["Sanction"]):
    def in_force(self) -> SanctionQuerySet:
        return self.filter(Q(until=None) | Q(until__gt=now()), lifted_at=None)


class Sanction(models.Model):
    """A mute, a kick or a ban, of a person or of a guest (by address, or by name), in one room or everywhere.

    Whoever is kicked or banned is sent out and not let in while it lasts; a kick lasts minutes, and leaves the socket open.
    """

    class Kind(models.TextChoices):
        MUTE = "mute", _("mute")
        KICK = "kick", _("kick")
        BAN = "ban", _("ban")

    room = models.ForeignKey(
        Room, models.CASCADE, null=True, blank=True, related_name="sanctions", verbose_name=_("room (none: everywhere)")
    )
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="sanctions", verbose_name=_("person")
    )
    guest_name = models.CharField(_("guest's name"), max_length=64, blank=True)
    address = models.GenericIPAddressField(_("guest's address"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    until = models.DateTimeField(_("until (none: until lifted)"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("created at"), default=now)
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)

    objects = SanctionQuerySet.as_manager()

    class Meta:
        verbose_name = _("sanction")
        verbose_name_plural = _("sanctions")
        ordering = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["user", "room"], name="sanction_user"),
            models.Index(fields=["address", "room"], name="sanction_address"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, guest_name="", address=None)
                | (Q(user=None) & (~Q(guest_name="") | Q(address__isnull=False))),
                name="sanction_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.user or self.address or self.guest_name}"

    @property
    def is_in_force(self) -> bool:
        return self.lifted_at is None and (self.until is None or self.until > now())

    @property
    def until_text(self) -> str | None:
        return iso_ms(self.until) if self.until else None
