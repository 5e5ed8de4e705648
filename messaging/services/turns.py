"""Slow conversations: how long somebody waits between two messages. Only `batch` uses it, under the conversations' locks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.clock import now
from core.errors import TooManyRequests
from messaging.drafts import ConversationDraft, Draft
from messaging.models import Turn

Key = tuple[int, str]


class Turns:
    """The last turn of each speaker that these drafts name. One query to read, one to write what was taken."""

    def __init__(self, drafts: Sequence[ConversationDraft]) -> None:
        self.at = now()
        rows = Turn.objects.filter(
            conversation_id__in={draft.conversation_id for draft in drafts}, speaker__in={draft.speaker for draft in drafts}
        )
        self._last: dict[Key, datetime] = {(row.conversation_id, row.speaker): row.at for row in rows}
        self._taken: set[Key] = set()

    def take(self, draft: Draft) -> None:
        """TooManyRequests `slow_mode` for who spoke less than `slow_seconds` ago."""
        if not (isinstance(draft, ConversationDraft) and draft.slow_seconds):
            return
        key = (draft.conversation_id, draft.speaker)
        last = self._last.get(key)
        # A turn in the future is of a clock that was set back: it silences nobody.
        if last is not None and last <= self.at < last + timedelta(seconds=draft.slow_seconds):
            wait = last + timedelta(seconds=draft.slow_seconds) - self.at
            raise TooManyRequests(slug="slow_mode", retry_after=wait.total_seconds())
        self._last[key] = self.at
        self._taken.add(key)

    def write(self) -> None:
        taken = [Turn(conversation_id=pk, speaker=speaker, at=self.at) for pk, speaker in sorted(self._taken)]
        if taken:
            Turn.objects.bulk_create(
                taken, update_conflicts=True, unique_fields=["conversation", "speaker"], update_fields=["at"]
            )
