"""Writing a message while its author's account is deleted: each may hold what the other wants."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import OperationalError, connection, transaction

from accounts.models import User
from messaging import services
from messaging.models import Conversation, Message
from messaging.services import batch
from tests.locks import until_somebody_waits_for_us
from tests.messaging.sending import say, to

pytestmark = pytest.mark.django_db(transaction=True)


class DeadlockDetected(Exception):
    sqlstate = "40P01"


def test_what_lost_a_deadlock_is_stored_once(alice: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    store, lost = batch.Batch._store, [True]

    def lose_once(self: batch.Batch) -> None:
        store(self)
        if lost:
            lost.clear()
            raise OperationalError from DeadlockDetected

    monkeypatch.setattr(batch.Batch, "_store", lose_once)
    assert services.post_message(to("bob", alice, "hi")).message.seq == 1
    assert Message.objects.get().content == "hi"


def test_a_real_one_loses_no_message(alice: User, bob: User) -> None:
    """Whichever of the two the database ends; the one that began to wait first, which is the message, unless we are slow."""

    def post() -> int:
        try:
            return services.post_message(to("bob", alice, "second")).message.seq
        finally:
            connection.close()

    say(bob, alice, "first")
    with ThreadPoolExecutor(1) as pool:
        with suppress(OperationalError), transaction.atomic():
            User.objects.select_for_update().get(pk=alice.pk)
            posted = pool.submit(post)
            until_somebody_waits_for_us()
            # As deleting an account does to everything that names it.
            Conversation.objects.update(title="changed")
        assert posted.result(60) == 2
    assert Message.objects.count() == 2
