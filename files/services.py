"""Keeping and forgetting files. The bytes come first, then the row: a row without bytes never exists."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.models import User
from core import storage
from core.clock import now
from core.errors import Forbidden, TooLarge
from files.models import FOLDER, StoredFile, storage_key
from files.names import clean_content_type, clean_filename

SWEEP_AGE = timedelta(days=1)
"""Bytes without a row are swept when they are this old: before, their row may be on its way."""
_SWEEP_BATCH = 500


def store(*, actor: User, content: File[bytes], filename: str, content_type: str | None = None) -> StoredFile:
    """Keep an upload of `actor`'s. TooLarge over LIMIT_UPLOAD_BYTES, StorageFull, Unavailable; then nothing is kept."""
    if settings.LIMIT_UPLOAD_BYTES and content.size > settings.LIMIT_UPLOAD_BYTES:
        raise TooLarge
    file = StoredFile(
        owner=actor, filename=clean_filename(filename), size=content.size, content_type=clean_content_type(content_type)
    )
    file.content.name = storage_key(file, filename)
    storage.write(file.content.name, content)
    try:
        with transaction.atomic():
            file.save(force_insert=True)
    except Exception:
        storage.remove(file.content.name)
        raise
    return file


def delete_file(*, actor: User, file: StoredFile) -> None:
    """Forget a file, for everyone it was shared with too. Its owner or staff; Forbidden for others."""
    if actor.pk != file.owner_id and not actor.is_staff:
        raise Forbidden
    with transaction.atomic():
        StoredFile.objects.filter(pk=file.pk).delete()
        transaction.on_commit(functools.partial(storage.remove, str(file.content.name)), robust=True)


def sweep_uploads(*, older_than: timedelta = SWEEP_AGE) -> int:
    """Remove bytes that no row speaks of (a process died between the two, or an owner was deleted). How many."""
    try:
        _, names = default_storage.listdir(FOLDER)
    except FileNotFoundError:
        return 0
    removed = 0
    for start in range(0, len(names), _SWEEP_BATCH):
        for name in _without_row(names[start : start + _SWEEP_BATCH]):
            key = f"{FOLDER}/{name}"
            if default_storage.get_modified_time(key) <= now() - older_than:
                storage.remove(key)
                removed += 1
    return removed


def _without_row(names: Sequence[str]) -> Iterator[str]:
    """Those of `names` that no row has. A name that is no id of ours is nobody's too."""
    ids = {name: uuid.UUID(name) for name in names if _is_uuid(name)}
    known = set(StoredFile.objects.filter(id__in=ids.values()).values_list("id", flat=True))
    return (name for name in names if ids.get(name) not in known)


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
