"""The write primitive: a batch of drafts becomes messages in one transaction.

What share a commit is ten times cheaper, so sockets feed it whatever arrived while the last commit was in flight; REST and
admin bring a batch of one. The number of queries depends on the kinds of drafts, not on how many or on who listens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from django.db import IntegrityError, transaction

from core.deadlocks import tried_again
from core.errors import ApiError, Unavailable
from messaging.drafts import Draft
from messaging.message_view import Posted
from messaging.services.batch import Batch

ATTEMPTS = 3


def post_messages(batch: Sequence[Draft]) -> list[Posted | ApiError]:
    """Store what can be stored and announce it. One answer per draft, in order; a bad draft never fails the others.

    Locks the conversations in id order, then the senders' participations and accounts (by inserting); whoever deletes an
    account locks it first, so the two may meet in a deadlock. OperationalError when the store is down: then nothing was
    stored.
    """
    try:
        return _in_one_transaction(batch)
    except IntegrityError:
        # Somebody used the same client_id elsewhere at this instant, or was deleted: whose item it is, trying alone tells.
        return [_post_alone(draft) for draft in batch]


def post_message(draft: Draft) -> Posted:
    """Store one message and announce it.

    Invalid; NotFound for a recipient who is unknown, deactivated or blocks the actor, and for a group without the actor;
    Conflict for a used client_id with another body; BadToken for an actor who is gone.
    """
    (answer,) = post_messages([draft])
    if isinstance(answer, ApiError):
        raise answer
    return answer


def _post_alone(draft: Draft) -> Posted | ApiError:
    for _attempt in range(ATTEMPTS):
        try:
            return _in_one_transaction([draft])[0]
        except IntegrityError:
            continue
    return Unavailable()


@tried_again
def _in_one_transaction(drafts: Sequence[Draft]) -> list[Posted | ApiError]:
    """A client_id that occurs twice in the batch waits for the first to be stored, and is then a retry like any other."""
    answers: list[Posted | ApiError | None] = [None] * len(drafts)
    waiting = list(range(len(drafts)))
    with transaction.atomic():
        while waiting:
            batch = Batch([drafts[index] for index in waiting])
            batch.post()
            for index, answer in zip(waiting, batch.answers, strict=True):
                answers[index] = answer
            waiting = [waiting[place] for place in batch.postponed]
    return cast("list[Posted | ApiError]", answers)
