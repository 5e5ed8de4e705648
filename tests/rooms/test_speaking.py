"""What a room does not take: blocked words, and too many messages in a slow room."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from core.clock import now
from core.errors import ApiError, Invalid, Muted, TooManyRequests
from messaging.message_view import Posted
from messaging.models import Message, Turn
from messaging.services import edit_message, turns
from movies.models import Movie
from realtime.writer import prepare_and_post
from rooms import services
from rooms.data import RoomPost
from rooms.models import Room
from rooms.services.words import comparable, says_any
from tests.rooms.conftest import ADDRESS

pytestmark = pytest.mark.django_db


def post(room: Room, content: str = "hello", who: User | None = None, **more: Any) -> RoomPost:
    guest = {"guest_name": "Gast", "address": ADDRESS} if who is None else {"username": who.username}
    return RoomPost(room_id=room.room_id, user_id=who.pk if who else None, content=content, **{**guest, **more})


def say(room: Room, content: str = "hello", who: User | None = None, **more: Any) -> Posted | ApiError:
    return services.post_messages([post(room, content, who, **more)])[0]


@pytest.fixture
def party(movie: Movie, alice: User, bob: User) -> Room:
    party = services.open_party(actor=alice, movie_id=movie.pk)
    services.join_party(actor=bob, room=party)
    return party


# Words ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "is_said"),
    [
        ("what an ass", True), ("ASS!", True), ("ａｓｓ", True), ("a\u200bss", True), ("ass你好", True), ("class", False),
        ("assess", False), ("他是坏蛋吗", True), ("坏 蛋", False), ("two  words here", True), ("two\nwords", True),
        ("twowords", False), ("Straße", True), ("STRASSE", True), ("", False), ("a" * 8000, False), ("ass" * 2000, False),
    ],
)  # fmt: skip
def test_what_counts_as_saying_a_word(content: str, is_said: bool) -> None:
    words = [comparable(word) for word in ("Ass", "坏蛋", "two words", "strasse")]
    assert says_any(content, words) is is_said


def test_a_blocked_word_is_refused_without_saying_which(party: Room, alice: User, bob: User) -> None:
    services.change_room(actor=alice, room=party, blocked_words=["spoiler", "坏蛋"])
    for who in (None, bob, alice):
        answer = say(party, "a Spoiler", who)
        assert isinstance(answer, Invalid)
        assert answer.error == "blocked_word"
        assert "spoiler" not in str(answer.errors).lower()
        assert isinstance(say(party, "no spoilers please", who), Posted)


def test_one_refused_word_does_not_fail_the_others(party: Room, alice: User, bob: User) -> None:
    services.change_room(actor=alice, room=party, blocked_words=["spoiler"])
    answers = services.post_messages([post(party, text, bob) for text in ("one", "spoiler", "two")])
    assert [isinstance(answer, Posted) for answer in answers] == [True, False, True]


def test_what_may_not_be_said_is_not_edited_in(party: Room, alice: User, bob: User) -> None:
    said = say(party, "hello", bob)
    assert isinstance(said, Posted)
    services.change_room(actor=alice, room=party, blocked_words=["spoiler"])
    with pytest.raises(Invalid) as refused:
        edit_message(actor=bob, message_id=said.message.id, content="spoiler")
    assert refused.value.error == "blocked_word"
    services.mute(actor=alice, room=party, user=bob)
    with pytest.raises(Muted):
        edit_message(actor=bob, message_id=said.message.id, content="fine")
    assert Message.objects.get().content == "hello"


def test_staff_set_words_of_public_rooms(room: Room, staff: User, bob: User) -> None:
    services.change_room(actor=staff, room=room, blocked_words=["spoiler"])
    assert isinstance(say(room, "spoiler", bob), Invalid)


# Slow mode ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def slow(party: Room, alice: User) -> Room:
    return services.change_room(actor=alice, room=party, slow_seconds=30)


def test_a_slow_room_makes_people_wait(slow: Room, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    began = now()

    def after(seconds: float) -> Posted | ApiError:
        monkeypatch.setattr(turns, "now", lambda: began + timedelta(seconds=seconds))
        return say(slow, "hello", bob)

    assert isinstance(after(0), Posted)
    for seconds in (0.0, 12.5, 29.999):
        answer = after(seconds)
        assert isinstance(answer, TooManyRequests)
        assert (answer.error, answer.retry_after) == ("slow_mode", pytest.approx(30 - seconds))
    assert isinstance(after(30), Posted)


def test_hosts_and_staff_do_not_wait(slow: Room, alice: User, bob: User, staff: User) -> None:
    services.set_role(actor=alice, room=slow, username="bob", role="host")
    for who in (alice, bob, staff) * 2:
        assert isinstance(say(slow, "hello", who), Posted)


def test_each_waits_for_themselves_and_a_guest_by_address_whatever_the_name(slow: Room, bob: User, charlie: User) -> None:
    assert all(isinstance(say(slow, "hello", who), Posted) for who in (bob, charlie, None))
    assert isinstance(say(slow, "hello", guest_name="Another"), TooManyRequests)
    assert isinstance(say(slow, "hello", address="203.0.113.9"), Posted)


def test_two_messages_of_one_batch_are_two(slow: Room, bob: User) -> None:
    answers = prepare_and_post([post(slow, "one", bob), post(slow, "two", bob)])
    assert [type(answer).__name__ for answer in answers] == ["Posted", "TooManyRequests"]


def test_a_retry_is_answered_and_a_refused_message_takes_no_turn(slow: Room, bob: User) -> None:
    assert isinstance(say(slow, " ", bob), Invalid)
    assert isinstance(say(slow, "hello", bob, reply_to=999_999), Invalid)
    first, again = (say(slow, "hello", bob, client_id="once") for _ in range(2))
    assert isinstance(first, Posted)
    assert isinstance(again, Posted)
    assert (first.duplicate, again.duplicate) == (False, True)


def test_a_clock_set_back_silences_nobody(slow: Room, bob: User) -> None:
    say(slow, "one", bob)
    Turn.objects.update(at=now() + timedelta(days=1))
    assert isinstance(say(slow, "two", bob), Posted)


def test_switching_it_off_forgets_who_spoke(slow: Room, alice: User, bob: User) -> None:
    say(slow, "one", bob)
    services.change_room(actor=alice, room=slow, slow_seconds=0)
    assert not Turn.objects.exists()
    assert isinstance(say(slow, "two", bob), Posted)
    assert not Turn.objects.exists()


def test_only_slow_rooms_pay_for_it(party: Room, room: Room, bob: User) -> None:
    from tests.doors.test_query_counts import queries_of

    costs = [queries_of(lambda place=place: say(place, "hello", bob)) for place in (room, party)]  # type: ignore[misc]
    assert costs[0] == costs[1]
    services.change_room(actor=party.owner, room=party, slow_seconds=30, blocked_words=["spoiler"])  # type: ignore[arg-type]
    assert queries_of(lambda: say(party, "hello", bob)) == costs[0] + 4
    assert queries_of(lambda: say(room, "hello", bob)) == costs[0]
