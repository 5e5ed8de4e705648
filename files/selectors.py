"""Which files there are for whom. A file one may not read does not exist (NotFound), whatever its id."""

from __future__ import annotations

import uuid

import msgspec
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from accounts.models import User
from core.errors import NotFound
from files.models import StoredFile


def files_of(user: User) -> QuerySet[StoredFile]:
    """What `user` uploaded, newest first."""
    return StoredFile.objects.filter(owner=user).order_by("-uploaded_at", "-id")


class FilePage(msgspec.Struct, frozen=True):
    """Files newest first. `older` is the cursor of the next page: a file's id, or None when there is none."""

    files: list[StoredFile]
    older: uuid.UUID | None


def page_of_files(user: User, *, limit: int, before: str | None = None) -> FilePage:
    """At most `limit` of `files_of`, those after the file with the id `before`. NotFound when that is none of theirs."""
    files = files_of(user)
    if before is not None:
        last = owned_file(user, before)
        files = files.filter(Q(uploaded_at__lt=last.uploaded_at) | Q(uploaded_at=last.uploaded_at, id__lt=last.id))
    rows = list(files[: limit + 1])
    if len(rows) <= limit:
        return FilePage(rows, None)
    return FilePage(rows[:limit], rows[limit - 1].id)


def owned_file(user: User, file_id: str) -> StoredFile:
    """`user`'s own file. NotFound, also for what is no file id at all."""
    file = StoredFile.objects.filter(owner=user, id=_as_uuid(file_id)).first()
    if file is None:
        raise NotFound
    return file


def access_file(user: User, file_id: str) -> StoredFile:
    """A file that `user` owns or that one of settings.FILE_ACCESS_POLICIES opens to them. NotFound."""
    file = StoredFile.objects.filter(id=_as_uuid(file_id)).first()
    if file is None or not (file.owner_id == user.pk or _is_shared_with(user, file)):
        raise NotFound
    return file


def _is_shared_with(user: User, file: StoredFile) -> bool:
    return any(import_string(policy)(file, user) for policy in settings.FILE_ACCESS_POLICIES)


def _as_uuid(file_id: str) -> uuid.UUID:
    try:
        return uuid.UUID(file_id)
    except ValueError:
        raise NotFound from None
