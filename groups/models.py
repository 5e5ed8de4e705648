"""Chat groups and who is in them. What is said in a group lives in its conversation."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from messaging.models import Conversation


class ChatGroup(models.Model):
    name = models.CharField(_("name"), max_length=100)
    description = models.CharField(_("description"), max_length=500, blank=True)
    conversation = models.OneToOneField(Conversation, models.CASCADE, related_name="chat_group")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("founder")
    )
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("chat group")
        verbose_name_plural = _("chat groups")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        ADMIN = "admin", _("admin")
        MEMBER = "member", _("member")

    group = models.ForeignKey(
        ChatGroup, models.CASCADE, related_name="memberships", db_index=False, verbose_name=_("chat group")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="group_memberships", verbose_name=_("user")
    )
    role = models.CharField(_("role"), max_length=8, choices=Role.choices, default=Role.MEMBER)
    joined_at = models.DateTimeField(_("joined at"))

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["group", "user"], name="one_membership_per_group"),
            models.UniqueConstraint(fields=["group"], condition=Q(role="owner"), name="one_owner_per_group"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.group}"
