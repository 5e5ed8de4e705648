"""One draft of a batch, with what the steps found out about it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import cast

from accounts.models import User
from files.models import StoredFile
from messaging.drafts import Draft
from messaging.models import Conversation, Participant
from messaging.selectors import Pair


@dataclass(eq=False, slots=True)
class Item:
    """A draft on its way. Each step fills in what it found."""

    place: int
    draft: Draft
    digest: str = ""
    actor: User | None = None
    recipient: User | None = None
    conversation_id: int | None = None
    conversation: Conversation | None = None
    participant: Participant | None = None
    reply_seq: int | None = None
    file: StoredFile | None = None
    shared: list[uuid.UUID] = field(default_factory=list)

    @property
    def pair(self) -> Pair | None:
        if self.actor is None or self.recipient is None:
            return None
        return min(self.actor.pk, self.recipient.pk), max(self.actor.pk, self.recipient.pk)

    @property
    def retry_key(self) -> tuple[int, str] | None:
        actor_id, client_id = self.draft.actor_id, self.draft.client_id
        return (actor_id, client_id) if actor_id is not None and client_id is not None else None


def conversation_of(item: Item) -> Conversation:
    """Once it was found: every item left after that step has one."""
    return cast(Conversation, item.conversation)
