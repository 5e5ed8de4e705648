"""Sharing files by messages: attached with `file_id`, or named in the text by url or id."""

from __future__ import annotations

import re
import uuid

from files.models import StoredFile
from messaging.models import FileShare, Message

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
MOST_MENTIONS = 50


def mentioned_files(content: str) -> list[uuid.UUID]:
    """The ids that a text names, the first 50 of them."""
    found = (uuid.UUID(match[0]) for match in _UUID.finditer(content))
    return list(dict.fromkeys(file_id for file_id, _n in zip(found, range(MOST_MENTIONS), strict=False)))


def share_again(message: Message) -> None:
    """After an edit or a deletion: the message shares what it now carries and names, and nothing else."""
    message.shares.all().delete()
    if message.deleted_at is not None or message.conversation.is_of_room:
        return
    mentioned = StoredFile.objects.filter(pk__in=mentioned_files(message.content), owner_id=message.sender_id)
    files = {*mentioned.values_list("pk", flat=True), *([message.file_id] if message.file_id else [])}
    FileShare.objects.bulk_create(
        FileShare(file_id=file_id, conversation=message.conversation, message=message) for file_id in files
    )
