"""What can be said about a draft without asking the database."""

from __future__ import annotations

import hashlib
import math
import uuid
from collections.abc import Iterator

import msgspec
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.paging import MAX_ID
from core.text import compare_key, is_encodable
from messaging.drafts import ConversationDraft, Draft, PrivateDraft

LENGTHS = {"message_type": 32, "content_type": 100, "client_id": 64}
WORDS = {
    "blank": _("May not be blank."),
    "long": _("Too long."),
    "text": _("Contains characters that are not allowed."),
    "file": _("There is no such file."),
    "reply": _("There is no such message in this conversation."),
    "time": _("Must be a number of seconds, zero or more."),
    "film": _("Name a film."),
}


def check_shape(draft: Draft) -> None:
    """Invalid, naming each wrong field."""
    wrong = dict(_wrong_fields(draft))
    if wrong:
        raise Invalid(errors={name: [WORDS[word]] for name, word in wrong.items()})


def _wrong_fields(draft: Draft) -> Iterator[tuple[str, str]]:
    if word := content_fault(draft.content, has_file=draft.file_id is not None):
        yield "content", word
    for name, most in LENGTHS.items():
        if word := _label_fault(getattr(draft, name), most):
            yield name, word
    if isinstance(draft, PrivateDraft) and (word := _label_fault(draft.recipient, 0)):
        yield "recipient", word
    if draft.file_id is not None and as_uuid(draft.file_id) is None:
        yield "file_id", "file"
    if draft.reply_to is not None and not 0 < draft.reply_to <= MAX_ID:
        yield "reply_to", "reply"
    if draft.movie_time is not None and not (math.isfinite(draft.movie_time) and draft.movie_time >= 0):
        yield "movie_time", "time"
    if isinstance(draft, ConversationDraft) and draft.movie_id is not None and not 0 < draft.movie_id <= MAX_ID:
        yield "movie_id", "film"


def content_fault(content: str, *, has_file: bool) -> str:
    """The word for what is wrong with a message's text; empty when nothing is."""
    if not content.strip() and not has_file:
        return "blank"
    if settings.LIMIT_CONTENT_CHARS and len(content) > settings.LIMIT_CONTENT_CHARS:
        return "long"
    return "" if is_encodable(content) else "text"


def _label_fault(value: str | None, most: int) -> str:
    if value is None:
        return ""
    if not value.strip():
        return "blank"
    if most and len(value) > most:
        return "long"
    return "" if is_encodable(value) else "text"


def as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def digest_of(draft: Draft) -> str:
    """The same for a retry of the same send, however long after."""
    target = compare_key(draft.recipient) if isinstance(draft, PrivateDraft) else draft.conversation_id
    body = [
        target, draft.content, draft.message_type, draft.content_type, draft.file_id, draft.reply_to, draft.movie_time
    ]  # fmt: skip
    return hashlib.sha256(msgspec.json.encode(body)).hexdigest()
