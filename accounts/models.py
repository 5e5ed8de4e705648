"""Who people are (User), where they are signed in (Login) and whom they do not want to hear from (Block)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.names import DEVICE_ID_LENGTH, EMAIL_LENGTH, USERNAME_KEY_LENGTH, USERNAME_LENGTHS, clean_email, clean_username
from core.clock import now
from core.errors import Invalid
from core.text import compare_key


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username_key=compare_key(username or ""))

    def create_user(self, username: str, email: str, password: str | None = None, **fields: Any) -> User:
        """A row with a hashed password (none: unusable). Invalid for a bad name or address; IntegrityError for a taken one."""
        user = self.model(username=clean_username(username), email=clean_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(username, email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Names and addresses are unique by their keys, so `Éva` and `éva` are one.

    `avatar` names their picture (`accounts.avatars`); it is empty without one.
    """

    last_login = None  # Login knows better.
    username = models.CharField(_("username"), max_length=USERNAME_LENGTHS[1], unique=True)
    username_key = models.CharField(max_length=USERNAME_KEY_LENGTH, unique=True, editable=False)
    email = models.EmailField(_("e-mail"), max_length=EMAIL_LENGTH)
    email_key = models.CharField(max_length=EMAIL_LENGTH, unique=True, editable=False)
    avatar = models.CharField(_("picture"), max_length=32, blank=True, editable=False, default="", db_default="")
    shows_presence = models.BooleanField(_("shows presence"), default=True)
    shows_receipts = models.BooleanField(_("shows read receipts"), default=True, db_default=True)
    """Off: nobody is told how far they read, and they are not told how far others did."""
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    created_at = models.DateTimeField(_("registered"), default=now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        indexes = [
            # Few hide, and whoever reads in a group asks who of it does.
            models.Index(fields=["id"], name="user_hides_receipts", condition=models.Q(shows_receipts=False)),
        ]

    def __str__(self) -> str:
        return self.username

    def clean(self) -> None:
        """For forms: names and addresses as services take them. ValidationError names the field."""
        wrong: dict[str, list[str]] = {}
        for name, cleaned in (("username", clean_username), ("email", clean_email)):
            try:
                setattr(self, name, cleaned(getattr(self, name)))
            except Invalid as error:
                wrong[name] = [str(word) for word in (error.errors or {})[name]]
                continue
            key = {f"{name}_key": compare_key(getattr(self, name))}
            if User.objects.exclude(pk=self.pk).filter(**key).exists():
                wrong[name] = [gettext("This is taken.")]
        if wrong:
            raise ValidationError(wrong)

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        self.username_key = compare_key(self.username)
        self.email_key = compare_key(self.email)
        if update_fields is not None:
            update_fields = {*update_fields, "username_key", "email_key"}
        super().save(*args, update_fields=update_fields, **kwargs)


class LoginQuerySet(models.QuerySet["Login"]):
    def live(self) -> LoginQuerySet:
        return self.filter(revoked_at=None, expires_at__gt=now(), user__is_active=True)


class Login(models.Model):
    """One sign-in of one person, by token or web session. Its id is the `sid` of its tokens; ending it ends all of them."""

    class Kind(models.TextChoices):
        TOKEN = "token", _("token")
        SESSION = "session", _("web session")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="logins", verbose_name=_("user"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.TOKEN)
    device_id = models.CharField(_("device id"), max_length=DEVICE_ID_LENGTH, blank=True)
    refresh_jti = models.CharField(max_length=64, blank=True, editable=False)
    user_agent = models.CharField(_("browser"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("began"), default=now)
    last_seen_at = models.DateTimeField(_("last seen"), default=now)
    expires_at = models.DateTimeField(_("ends"))
    revoked_at = models.DateTimeField(_("ended early"), null=True, blank=True)

    objects = LoginQuerySet.as_manager()

    class Meta:
        verbose_name = _("login")
        verbose_name_plural = _("logins")
        indexes = [models.Index(fields=["user", "device_id"], name="login_user_device")]

    def __str__(self) -> str:
        return f"{self.user} {localtime(self.created_at):%Y-%m-%d %H:%M}"

    @property
    def is_live(self) -> bool:
        return self.revoked_at is None and self.expires_at > now()


class Block(models.Model):
    """`blocker` gets nothing private from `blocked`."""

    blocker = models.ForeignKey(User, models.CASCADE, related_name="blocks")
    blocked = models.ForeignKey(User, models.CASCADE, related_name="blocked_by")
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="block_once"),
            models.CheckConstraint(condition=~models.Q(blocker=models.F("blocked")), name="block_others"),
        ]

    def __str__(self) -> str:
        return f"{self.blocker_id} > {self.blocked_id}"
