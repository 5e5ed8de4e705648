"""Commands and readiness as services: rights by effect, what is written and announced, and what it costs."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from core.errors import Banned, Forbidden, Invalid, NotFound
from core.events import decode, encode
from movies.models import Movie
from presence import services as presence
from presence.models import Attendance, Process
from presence.rows import Attending, SocketRow
from rooms import services
from rooms.data import Order, Viewer
from rooms.events import RoomChanged, TimelineMoved
from rooms.models import Room, RoomRole, TimelineRow
from rooms.playback import Memory, Playback, Timeline
from rooms.services import StaleCommand, attendance, commands, readiness, settling
from tests.rooms.conftest import ComeIn, Watch, make_movie

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    made = Watch()
    for module in (commands, readiness, settling):
        monkeypatch.setattr(module, "now_ms", made)
    return made


def viewer(somebody: Any) -> Viewer:
    """As whom one of the conftest's viewers speaks."""
    return Viewer(room_pk=somebody.entered.room_pk, socket_id=somebody.socket_id, user_id=somebody.user_id, name=somebody.name)


def order(action: str, **more: Any) -> Order:
    return Order(**{"action": action, "cmd_id": uuid.uuid4().hex, **more})


def give(somebody: Any, action: str, **more: Any) -> Timeline:
    return services.give_command(viewer=viewer(somebody), order=order(action, **more))


def stored(room: Room) -> Playback:
    return TimelineRow.objects.get(room=room).playback


def moves(heard: list[tuple[str, Any]]) -> list[TimelineMoved]:
    return [event for _address, event in heard if isinstance(event, TimelineMoved)]


@pytest.fixture
def party(alice: User, bob: User, charlie: User, room: Room) -> Room:
    """The room as alice's party, bob a host and charlie a member of it."""
    Room.objects.filter(pk=room.pk).update(kind="party", owner=alice)
    RoomRole.objects.create(room=room, user=alice, role="owner")
    RoomRole.objects.create(room=room, user=charlie, role="member")
    RoomRole.objects.create(room=room, user=bob, role="host")
    room.refresh_from_db()
    return room


# Commands -------------------------------------------------------------------------------------------------------------
def test_a_command_is_written_and_announced_once(
    alice: User, room: Room, come_in: ComeIn, watch: Watch, captured_events: Any
) -> None:
    host = come_in(alice)
    same = order("play")
    with captured_events() as heard:
        first = services.give_command(viewer=viewer(host), order=same, lead=500)
        again = services.give_command(viewer=viewer(host), order=same, lead=500)
    assert first == again == stored(room).timeline
    assert (first.state, first.at, first.set_by) == ("playing", watch.now + 500, "alice")
    (event,) = moves(heard)
    assert (event.timeline, event.action, event.cmd_id) == (first, "play", same.cmd_id)
    assert heard[0][0] == f"room.{room.pk}"
    assert decode(encode(event)) == event


def test_the_memory_is_another_processs_too(alice: User, room: Room, come_in: ComeIn) -> None:
    """All that is decided by is in the row."""
    host, other = come_in(alice), come_in(alice)
    seek = order("seek", current_time=5.0)
    done = services.give_command(viewer=viewer(host), order=seek)
    assert services.give_command(viewer=viewer(other), order=seek) == done
    (given,) = stored(room).memory.given
    assert (given.sender, given.cmd_id) == (f"u{alice.pk}", seek.cmd_id)


RIGHTS = {
    "hosts": {"alice": True, "bob": False, "staff": True, "Gast": False},
    "pause": {"alice": True, "bob": "pause", "staff": True, "Gast": "pause"},
    "everyone": {"alice": True, "bob": "steer", "staff": True, "Gast": "steer"},
}


@pytest.mark.parametrize("control", RIGHTS)
def test_who_may_do_what_in_a_public_room(
    control: str, alice: User, bob: User, staff: User, room: Room, come_in: ComeIn
) -> None:
    """alice leads: she has been there longest."""
    Room.objects.filter(pk=room.pk).update(control=control)
    people = {"alice": come_in(alice), "bob": come_in(bob), "staff": come_in(staff), "Gast": come_in("Gast")}
    for name, expected in RIGHTS[control].items():
        for action in ("play", "pause", "seek", "rate", "load"):
            allowed = expected is True or expected == action or (expected == "steer" and action != "load")
            values = {"current_time": 5.0, "rate": 2.0, "movie_id": room.movie_id}
            if allowed:
                give(people[name], action, **values)
            else:
                before = stored(room)
                with pytest.raises(Forbidden):
                    give(people[name], action, **values)
                assert stored(room) == before


def test_who_may_do_what_in_a_party(alice: User, bob: User, charlie: User, staff: User, party: Room, come_in: ComeIn) -> None:
    owner, host, member, stranger = come_in(alice), come_in(bob), come_in(charlie), come_in(staff)
    for somebody in (owner, host):
        give(somebody, "play")
    for somebody in (member, stranger):
        with pytest.raises(Forbidden):
            give(somebody, "pause")


def test_a_party_follows_its_owner_and_whoever_acts_for_them(
    alice: User, bob: User, charlie: User, party: Room, come_in: ComeIn
) -> None:
    def leader() -> str:
        host = Room.objects.get(pk=party.pk).host
        assert host is not None
        return host.name

    def is_gone_for_long() -> None:
        Room.objects.filter(pk=party.pk).update(host_gone_at=timezone.now() - timedelta(hours=1))
        assert services.settle_room(room_pk=party.pk) is None

    member = come_in(charlie)
    assert leader() == "charlie", "nobody else has come yet"
    host, owner = come_in(bob), come_in(alice)
    assert leader() == "alice"
    pending = owner.leave()
    assert 5 < pending.seconds <= 30, "an owner is waited for longer"
    assert leader() == "alice"
    is_gone_for_long()
    assert leader() == "bob", "a host before a member who has been there longer"
    give(host, "play")
    host.leave()
    is_gone_for_long()
    assert leader() == "charlie"
    assert give(member, "seek", current_time=5.0).state == "playing"
    come_in(alice)
    assert leader() == "alice"
    with pytest.raises(Forbidden):
        give(member, "pause")


def test_whom_a_party_is_handed_to_leads_at_once(alice: User, bob: User, party: Room, come_in: ComeIn) -> None:
    come_in(alice)
    come_in(bob)
    services.set_role(actor=alice, room=party, username="bob", role="owner")
    host = Room.objects.get(pk=party.pk).host
    assert host is not None
    assert host.name == "bob"


def test_the_name_of_the_host_is_not_the_host(alice: User, come_in: ComeIn) -> None:
    come_in(alice)
    impostor = come_in("alice")
    with pytest.raises(Forbidden):
        give(impostor, "play")


def test_a_host_who_lost_the_place_may_no_longer(alice: User, bob: User, room: Room, come_in: ComeIn) -> None:
    first, second = come_in(alice), come_in(bob)
    give(first, "play")
    first.leave()
    Room.objects.filter(pk=room.pk).update(host_gone_at=timezone.now() - timedelta(hours=1))
    # Nobody has settled it: the command does.
    give(second, "pause")
    first.enter()
    with pytest.raises(Forbidden):
        give(first, "play")


def test_the_banned_and_the_closed(staff: User, alice: User, bob: User, room: Room, come_in: ComeIn) -> None:
    Room.objects.filter(pk=room.pk).update(control="everyone")
    host, somebody, guest = come_in(alice), come_in(bob), come_in("Gast")
    services.ban(actor=staff, room=room, user=bob)
    services.ban(actor=staff, room=room, guest_name="Gast")
    for banned in (somebody, guest):
        with pytest.raises(Banned):
            give(banned, "pause")
    Movie.objects.filter(pk=room.movie_id).update(is_published=False)
    with pytest.raises(NotFound):
        give(host, "pause")


def test_what_cannot_be_changes_nothing(alice: User, room: Room, come_in: ComeIn, captured_events: Any) -> None:
    host = come_in(alice)
    give(host, "play")
    before = stored(room)
    other = make_movie("Other")
    hidden = make_movie("Hidden", is_published=False)
    wrong = [
        order("dance"), order("seek"), order("seek", current_time=float("nan")), order("seek", current_time=-1.0),
        order("rate", rate=9.0), order("load"), order("load", movie_id=other.pk), order("load", movie_id=hidden.pk),
        order("play", cmd_id=""), order("play", cmd_id="x" * 65),
    ]  # fmt: skip
    with captured_events() as heard:
        for given in wrong:
            with pytest.raises(Invalid):
                services.give_command(viewer=viewer(host), order=given)
        with pytest.raises(StaleCommand) as refused:
            give(host, "seek", current_time=5.0, base_rev=before.timeline.rev + 1)
    assert refused.value.timeline == before.timeline
    assert (stored(room), heard) == (before, [])


def test_a_party_changes_films(alice: User, party: Room, come_in: ComeIn, captured_events: Any) -> None:
    owner = come_in(alice)
    other = make_movie("Other", duration=60.0)
    with captured_events() as heard:
        loaded = give(owner, "load", movie_id=other.pk)
    (told,) = [event for _address, event in heard if isinstance(event, RoomChanged)]
    assert (told.room["movie_id"], told.room["title"]) == (other.pk, "Other"), "who has the talk alone hears of it too"
    with captured_events() as heard:
        give(owner, "load", movie_id=other.pk, cmd_id="again")
    assert [type(event) for _address, event in heard] == [TimelineMoved], "the same film once more"
    assert (loaded.movie_id, loaded.duration, loaded.epoch) == (other.pk, 60.0, 2)
    assert Room.objects.get(pk=party.pk).movie_id == other.pk


def test_whom_a_load_waits_for(alice: User, bob: User, charlie: User, party: Room, come_in: ComeIn, server: Process) -> None:
    people = [come_in(user) for user in (alice, bob, charlie)]
    audience = [viewer(somebody).person for somebody in people]

    def load() -> tuple[str, ...]:
        given = order("load", movie_id=party.movie_id)
        return services.give_command(viewer=viewer(people[0]), order=given, audience=audience).waiting_for

    assert load() == ("alice", "bob", "charlie")
    crowd(server, party, 8)
    assert load() == ("alice", "bob"), "in a large room only hosts"
    Room.objects.filter(pk=party.pk).update(wait="strict")
    assert load() == ("alice", "bob", "charlie")
    people[2].leave()
    assert load() == ("alice", "bob"), "who was heard of a moment ago may have left"
    Room.objects.filter(pk=party.pk).update(wait="off")
    assert load() == ()


# Waiting --------------------------------------------------------------------------------------------------------------
def says(somebody: Any, timeline: Timeline, *, ready: bool = False, **named: Any) -> None:
    facts = {"epoch": timeline.epoch, "rev": timeline.rev, "current_time": timeline.position, **named}
    speak: Callable[..., None] = services.report_ready if ready else services.report_buffering
    speak(viewer=viewer(somebody), **facts)


def test_a_stall_is_written_and_announced(alice: User, bob: User, room: Room, come_in: ComeIn, captured_events: Any) -> None:
    host, other = come_in(alice), come_in(bob)
    playing = give(host, "play")
    with captured_events() as heard:
        says(other, playing)
        says(other, playing)
        says(other, stored(room).timeline, ready=True)
        says(other, stored(room).timeline, ready=True)
    waiting, resumed = (event.timeline for event in moves(heard))
    assert (waiting.state, waiting.waiting_for, resumed.state) == ("waiting", ("bob",), "playing")


@pytest.mark.parametrize(
    ("wait", "crowded", "stops"),
    [("off", False, []), ("soft", False, ["host", "other"]), ("soft", True, ["host"]), ("strict", True, ["host", "other"])],
)
def test_by_setting_and_size(
    wait: str, crowded: bool, stops: list[str], alice: User, bob: User, room: Room, come_in: ComeIn, server: Process
) -> None:  # fmt: skip
    people = {"host": come_in(alice), "other": come_in(bob)}
    Room.objects.filter(pk=room.pk).update(wait=wait)
    if crowded:
        crowd(server, room, 8)
    for name, somebody in people.items():
        give(people["host"], "pause")
        says(somebody, give(people["host"], "play"))
        assert (stored(room).timeline.state == "waiting") == (name in stops), name


def test_who_leaves_is_waited_for_no_more(alice: User, bob: User, room: Room, come_in: ComeIn, captured_events: Any) -> None:
    host, other, again = come_in(alice), come_in(bob), come_in(bob)
    says(other, give(host, "play"))
    with captured_events() as heard:
        other.leave()
        assert stored(room).timeline.waiting_for == ("bob",), "he is there with another window"
        again.vanish()
    assert [event.timeline.state for event in moves(heard)] == ["playing"]


def test_a_future_is_refused(alice: User, room: Room, come_in: ComeIn) -> None:
    host = come_in(alice)
    playing = give(host, "play")
    for named in ({"rev": playing.rev + 1}, {"epoch": 2}, {"rev": -1}, {"epoch": -1}, {"current_time": float("inf")}):
        for ready in (True, False):
            with pytest.raises(Invalid) as refused:
                says(host, playing, ready=ready, **named)
            assert list(refused.value.errors or {}) == list(named)
    assert stored(room).timeline == playing


# Nobody there ---------------------------------------------------------------------------------------------------------
def test_an_empty_public_room_begins_anew(alice: User, bob: User, room: Room, come_in: ComeIn, watch: Watch) -> None:
    host, other = come_in(alice), come_in(bob)
    give(host, "play")
    host.leave()
    assert stored(room).memory.left_at is None
    other.vanish()
    assert stored(room).memory.left_at == watch.now
    watch.now += 299_000
    back = come_in(bob)
    assert (stored(room).timeline.state, stored(room).memory.left_at) == ("playing", None)
    back.vanish()
    watch.now += 300_000
    come_in(bob)
    anew = stored(room).timeline
    assert (anew.state, anew.epoch, anew.position) == ("idle", 2, 0.0)


def test_a_party_is_found_as_it_was_left(alice: User, party: Room, come_in: ComeIn, watch: Watch) -> None:
    owner = come_in(alice)
    give(owner, "seek", current_time=100.0)
    started = give(owner, "play")
    watch.now = started.at + 20_000
    owner.vanish()
    watch.now += 3_600_000
    come_in(alice)
    found = stored(party).timeline
    assert (found.state, found.position, found.epoch) == ("paused", 120.0, 1)


def test_an_empty_room_that_closes_while_somebody_comes(
    alice: User, bob: User, room: Room, come_in: ComeIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = come_in(alice)
    give(host, "play")
    host.vanish()
    found = attendance.room_by_pk

    def found_and_closed(room_pk: int) -> Room:
        last = found(room_pk)
        Movie.objects.filter(pk=last.movie_id).update(is_published=False)
        return last

    monkeypatch.setattr(attendance, "room_by_pk", found_and_closed)
    with pytest.raises(NotFound):
        come_in(bob)
    assert not Attendance.objects.filter(room_id=room.pk).exists()


def test_who_only_chats_watches_nothing(alice: User, bob: User, room: Room, come_in: ComeIn, watch: Watch) -> None:
    host = come_in(alice)
    come_in(bob, "chat")
    give(host, "play")
    host.vanish()
    assert stored(room).memory.left_at == watch.now


def test_who_came_while_the_last_one_left_finds_it_running(
    alice: User, bob: User, charlie: User, room: Room, come_in: ComeIn, watch: Watch
) -> None:
    host = come_in(alice)
    give(host, "play")
    host.vanish()
    watch.now += 3_600_000
    come_in(bob)
    # As if bob's arrival had been written beside the last departure, which did not see him.
    TimelineRow.objects.filter(room=room).update(memory={"left_at": watch.now - 3_600_000}, state="playing", at=watch.now)
    come_in(charlie)
    assert (stored(room).timeline.state, stored(room).memory) == ("playing", Memory())


# What it costs --------------------------------------------------------------------------------------------------------
def crowd(server: Process, room: Room, size: int) -> None:
    """So many people more, in a few statements."""
    start = User.objects.count()
    names = [f"member{number}" for number in range(start, start + size)]
    made = User.objects.bulk_create(
        User(username=name, username_key=name, email=f"{name}@example.com", email_key=f"{name}@example.com") for name in names
    )
    sockets = [SocketRow(id=uuid.uuid4(), user_id=user.pk, door="sync") for user in made]
    presence.open_sockets(process_id=server.pk, rows=sockets)
    presence.attend(
        [Attending(socket_id=row.id, room_id=room.pk, user_id=row.user_id, guest_name="", door="sync") for row in sockets]
    )


def queries_of(work: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        work()
    return len(queries)


def test_a_command_costs_the_same_with_200_members_as_with_2(
    alice: User, bob: User, room: Room, come_in: ComeIn, server: Process
) -> None:
    Room.objects.filter(pk=room.pk).update(control="everyone", wait="strict")
    host, other = come_in(alice), come_in(bob)

    def costs() -> list[int]:
        steps = ((host, "play"), (host, "seek"), (other, "pause"), (host, "play"), (host, "load"))
        values = {"current_time": 5.0, "movie_id": room.movie_id}
        found = [queries_of(functools.partial(give, somebody, action, **values)) for somebody, action in steps]
        found.append(queries_of(lambda: says(other, stored(room).timeline)))
        found.append(queries_of(lambda: says(other, stored(room).timeline, ready=True)))
        return found

    few = costs()
    crowd(server, room, 198)
    assert Attendance.objects.filter(room_id=room.pk).count() == 200
    assert costs() == few
    # Savepoint and release included.
    assert max(few) <= 12, few
