"""Bytes in the default storage, a local folder or S3: written whole or not at all, read by ranges, never held in memory."""

from __future__ import annotations

import errno
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from django.core.files.storage import default_storage

from core.errors import ApiError, NotFound, StorageFull, Unavailable

logger = logging.getLogger("matinee.storage")

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def write(name: str, content: File[bytes]) -> None:
    """Keep `content` under `name`, which is new. When that fails nothing stays behind. StorageFull, Unavailable."""
    # A bare File carries no content type: what the uploader claimed is never what a store serves.
    with refusing():
        try:
            default_storage.save(name, File(content.file))
        except Exception:
            remove(name)
            raise


def remove(name: str) -> None:
    """Forget the bytes under `name`, if any. Never fails: what stays behind is only room lost."""
    try:
        default_storage.delete(name)
    except (OSError, BotoCoreError, ClientError) as error:
        logger.warning("could not remove %s: %r", name, error)


def remove_folder(folder: str) -> None:
    """`remove` for all that lies in `folder`, and the folder."""
    try:
        folders, names = default_storage.listdir(folder)
    except (OSError, BotoCoreError, ClientError) as error:
        logger.warning("could not list %s: %r", folder, error)
        return
    for name in names:
        remove(f"{folder}/{name}")
    for inner in folders:
        remove_folder(f"{folder}/{inner}")
    if not _is_s3():
        remove(folder)


def size_of(name: str) -> int:
    """Bytes under `name`. NotFound without any, Unavailable."""
    with refusing():
        return default_storage.size(name)


def open_stored(name: str) -> IO[bytes]:
    """The bytes under `name`, to seek in and read from. Nothing of an S3 object is fetched before the first read."""
    storage: Any = default_storage
    if _is_s3():
        return io.BufferedReader(S3Reader(storage.bucket.Object(storage._normalize_name(name))))
    opened: IO[bytes] = storage.open(name, "rb")
    return opened


def signed_address(name: str, *, content_type: str, disposition: str = "inline") -> str | None:
    """A short-lived address of the object itself, answering with these headers; None on a local folder."""
    if not _is_s3():
        return None
    storage: Any = default_storage
    said = {"ResponseContentType": content_type, "ResponseContentDisposition": disposition}
    return str(storage.url(name, parameters=said))


class S3Reader(io.RawIOBase):
    """An S3 object read from where one seeks to, over one streamed answer. `storage.open` would fetch all of it first."""

    def __init__(self, remote: Any) -> None:
        self._remote = remote
        self._position = 0
        self._body: Any = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("only from the start")
        if offset != self._position:
            self._drop_body()
        self._position = offset
        return offset

    def readinto(self, buffer: Any) -> int:
        if self._body is None:
            self._body = self._remote.get(Range=f"bytes={self._position}-")["Body"]
        data = self._body.read(len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        self._drop_body()
        super().close()

    def _drop_body(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None


def _is_s3() -> bool:
    return hasattr(default_storage, "bucket_name")


@contextmanager
def refusing() -> Iterator[None]:
    """The disk's and the store's failures as refusals of the table."""
    try:
        yield
    except (OSError, BotoCoreError, ClientError) as error:
        refusal = _refusal(error)
        if refusal is None:
            raise
        raise refusal from error


def _refusal(error: Exception) -> ApiError | None:
    match error:
        case FileNotFoundError():
            return NotFound()
        case OSError():
            return StorageFull() if error.errno in _NO_ROOM else None
        case ClientError():
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            return NotFound() if status == 404 else StorageFull() if status == 507 else Unavailable()
    logger.warning("the object storage does not answer: %r", error)
    return Unavailable()
