"""Files that people uploaded. The bytes lie in the default storage under a name of ours; the person's name is text only."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.clock import now

FOLDER = "uploads"
FILENAME_CHARS = 150


def storage_key(file: StoredFile, filename: str) -> str:
    """Where a file's bytes lie. Nothing that a person typed is part of it."""
    return f"{FOLDER}/{file.id}"


class StoredFile(models.Model):
    """One upload. `size` is in bytes; `content_type` is what the uploader said, never what we serve it as."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="stored_files", verbose_name=_("owner")
    )
    filename = models.CharField(_("name"), max_length=FILENAME_CHARS)
    size = models.PositiveBigIntegerField(_("size"))
    content_type = models.CharField(_("content type"), max_length=100)
    content = models.FileField(upload_to=storage_key)
    uploaded_at = models.DateTimeField(_("uploaded at"), default=now)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes = [models.Index(fields=["owner", "-uploaded_at", "-id"], name="file_owner_newest")]

    def __str__(self) -> str:
        return self.filename

    @property
    def url(self) -> str:
        """The absolute address of its download."""
        return f"{settings.PUBLIC_URL}/files/{self.id}"
