"""Messages that share a commit share nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from accounts.models import User
from core.errors import Invalid, NotFound, ServerError, TooManyRequests, Unavailable
from messaging.drafts import ConversationDraft, Draft, PrivateDraft
from messaging.message_view import Posted
from messaging.models import Message
from movies.models import Movie
from realtime import sharing
from realtime.sharing import Shared
from realtime.writer import prepare_and_post
from rooms.data import RoomPost
from tests.conftest import make_user


@pytest.fixture
def alice(db: None) -> User:
    return make_user("alice")


@pytest.fixture
def bob(db: None) -> User:
    return make_user("bob")


@pytest.fixture
def room_id(db: None) -> str:
    movie = Movie.objects.create(title="Film", video_link="https://films.example.com/a.m3u8", is_published=True)
    return f"movie-{movie.pk}"


def refusing(error: Exception) -> Any:
    def draft() -> Draft:
        raise error

    return draft


def private(sender: User, recipient: str, content: str = "hello") -> PrivateDraft:
    return PrivateDraft(actor_id=sender.pk, actor_name=sender.username, recipient=recipient, content=content)


def in_room(room_id: str, content: str = "hello", **who: Any) -> RoomPost:
    return RoomPost(room_id=room_id, content=content, **({"user_id": None, "guest_name": "guest"} | who))


@pytest.mark.django_db(transaction=True)
def test_one_that_is_refused_does_not_touch_the_others(alice: User, bob: User, room_id: str) -> None:
    batch: list[tuple[Any, type[Exception] | None]] = [
        (private(alice, "bob"), None),
        (private(alice, "nobody"), NotFound),
        (in_room(room_id), None),
        (in_room("movie-999999"), NotFound),
        (in_room(room_id, guest_name=""), Invalid),
        (refusing(NotFound()), NotFound),
        (refusing(TooManyRequests()), TooManyRequests),
        (private(alice, "bob", ""), Invalid),
        (lambda: ConversationDraft(conversation_id=2**40, actor_id=bob.pk, sender_name="bob", content="x"), NotFound),
        (in_room(room_id, user_id=bob.pk, username="bob"), None),
        (private(bob, "alice", "and back"), None),
    ]
    answers = prepare_and_post([item for item, _ in batch])
    for (item, refusal), answer in zip(batch, answers, strict=True):
        assert isinstance(answer, refusal or Posted), (item, answer)
    assert Message.objects.count() == 4
    posted = [answer.message for answer in answers if isinstance(answer, Posted)]
    assert [message.content for message in posted] == ["hello", "hello", "hello", "and back"]


@pytest.mark.django_db(transaction=True)
def test_one_that_breaks_does_not_touch_the_others(alice: User, bob: User) -> None:
    answers = prepare_and_post([private(alice, "bob"), refusing(RuntimeError("a fault of ours")), private(bob, "alice")])
    assert [type(answer) for answer in answers] == [Posted, RuntimeError, Posted]


class Work:
    """Takes batches when the test lets it."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.may_go = asyncio.Event()

    async def __call__(self, batch: list[str]) -> list[str | Exception]:
        self.batches.append(batch)
        await self.may_go.wait()
        if "break" in batch:
            raise RuntimeError("all of it broke")
        return [Invalid() if item == "bad" else item.upper() for item in batch]


async def test_what_comes_while_one_is_stored_goes_together_next() -> None:
    work = Work()
    shared: Shared[str, str] = Shared(work)
    first = shared.put("first")
    await asyncio.sleep(0)
    rest = [shared.put(item) for item in ("a", "bad", "b")]
    work.may_go.set()
    assert await first == "FIRST"
    answers = await asyncio.gather(*rest, return_exceptions=True)
    assert [answer if isinstance(answer, str) else type(answer) for answer in answers] == ["A", Invalid, "B"]
    assert work.batches == [["first"], ["a", "bad", "b"]]


async def test_batches_have_a_bound_and_so_has_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "CAPACITY", 300)
    work = Work()
    shared: Shared[str, str] = Shared(work)
    futures = [shared.put(f"{number}") for number in range(300)]
    with pytest.raises(Unavailable):
        shared.put("one too many")
    work.may_go.set()
    assert await asyncio.gather(*futures) == [f"{number}" for number in range(300)]
    assert [len(batch) for batch in work.batches] == [sharing.MOST, sharing.MOST, 300 - 2 * sharing.MOST]


async def test_a_batch_that_breaks_is_told_and_the_next_goes_on() -> None:
    work = Work()
    work.may_go.set()
    shared: Shared[str, str] = Shared(work)
    with pytest.raises(ServerError):
        await shared.put("break")
    assert await shared.put("next") == "NEXT"
    await shared.stop()


async def test_one_who_no_longer_waits_does_not_stop_the_others() -> None:
    work = Work()
    shared: Shared[str, str] = Shared(work)
    gone, here = shared.put("gone"), shared.put("here")
    gone.cancel()
    work.may_go.set()
    assert await here == "HERE"
