"""Where conversations stand, for the sockets' lanes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import Min

from messaging.models import Conversation, Message


def first_change_since(conversation_id: int, moment: datetime) -> tuple[int, int] | None:
    """Change and sequence number of the first message sent from `moment` on; None if there is none."""
    rows = Message.objects.filter(conversation_id=conversation_id, created_at__gte=moment).order_by("seq")
    return rows.values_list("change", "seq").first()


def where_they_stand(conversation_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Last change and last sequence number of each. One query."""
    rows = Conversation.objects.filter(pk__in=conversation_ids).values_list("pk", "last_change", "last_seq")
    return {pk: (change, seq) for pk, change, seq in rows}


def where_they_stood(seqs: Mapping[int, int]) -> dict[int, tuple[int, int]]:
    """The same when each had so many messages: whatever is told of later ones comes after it. {conversation: messages}.

    One query more for each.
    """
    stand = where_they_stand(seqs)
    for conversation_id, seq in seqs.items():
        later = Message.objects.filter(conversation_id=conversation_id, seq__gt=seq).aggregate(first=Min("change"))
        if later["first"] is not None:
            stand[conversation_id] = (later["first"] - 1, seq)
    return stand
