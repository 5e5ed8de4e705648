"""Players that run dry: who is waited for, who is not, and how a wait ends. And how well players keep together."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from tests.realtime.house import House, Party, Person, Place
from tests.realtime.people import Open
from tests.realtime.steering import given, joined, order, report, says, version, waits
from tests.realtime.talking import refused
from tests.rig.servers import Server, Starter
from tests.rig.sockets import Frame, Socket

SYNC = "/ws/sync"


@pytest.fixture
def steered(house: House) -> Place:
    return house.steered_place()


async def playing_room(place: Place, *sockets: Socket) -> Frame:
    """All are in, have data and play; the timeline."""
    for socket in sockets:
        await joined(socket, place)
    timeline = await given(sockets[0], place, "play")
    for socket in sockets[1:]:
        await socket.next("sync", rev=timeline["rev"])
    for socket in sockets:
        await says(socket, "ready", place, timeline)
    return timeline


async def told_of(socket: Socket, *members: Frame) -> list[Frame]:
    """The `quality` frames until each of these was shown."""
    frames: list[Frame] = []
    while not all(any(member in frame["members"] for frame in frames) for member in members):
        frames.append(await socket.next("quality"))
    return frames


async def test_a_room_waits_for_a_stall_and_goes_on_when_it_is_over(
    alice: Person, bob: Person, steered: Place, chat: Open
) -> None:
    leader, stalled, old = await chat(alice, path=SYNC, v2=True), await chat(bob, path=SYNC, v2=True), await chat(path=SYNC)
    timeline = await playing_room(steered, leader, stalled)
    await waits(old, steered)
    await says(stalled, "buffering", steered, timeline)
    for socket in (leader, stalled):
        waiting = await socket.next("sync", state="waiting")
        assert (waiting["waiting_for"], waiting["reason"], waiting["paused"]) == ([bob.username], "buffering", True)
        assert waiting["wait_until"] == waiting["at"] + 10_000
    await says(stalled, "ready", steered, timeline)
    await says(stalled, "ready", steered, waiting)
    for socket in (leader, stalled, old):
        resumed = await socket.next("sync", state="playing")
        assert (resumed["current_time"], resumed["reason"]) == (waiting["current_time"], "ready")
        assert resumed["at"] > waiting["at"]
    await old.silent(0.1, "sync")


@pytest.mark.embedded_only
async def test_a_wait_ends_by_itself(alice: Person, bob: Person, steered: Place, chat: Open) -> None:
    leader, stalled = await chat(alice, path=SYNC, v2=True), await chat(bob, path=SYNC, v2=True)
    timeline = await playing_room(steered, leader, stalled)
    await says(stalled, "buffering", steered, timeline)
    waiting = await leader.next("sync", state="waiting")
    for socket in (leader, stalled):
        resumed = await socket.next("sync", state="playing")
        assert (resumed["at"], resumed["reason"], resumed["rev"]) == (waiting["wait_until"], "deadline", waiting["rev"] + 1)
        assert resumed["waiting_for"] == []


async def test_a_host_starts_without_those_it_waits_for(alice: Person, bob: Person, steered: Place, chat: Open) -> None:
    leader, stalled = await chat(alice, path=SYNC, v2=True), await chat(bob, path=SYNC, v2=True)
    timeline = await playing_room(steered, leader, stalled)
    await says(stalled, "buffering", steered, timeline)
    waiting = await leader.next("sync", state="waiting")
    started = await given(leader, steered, "play", base_rev=waiting["rev"])
    assert (started["state"], started["waiting_for"]) == ("playing", [])


@pytest.mark.parametrize("goes", ["leaves", "closes"])
async def test_who_leaves_is_waited_for_no_more(goes: str, alice: Person, bob: Person, steered: Place, chat: Open) -> None:
    leader, stalled = await chat(alice, path=SYNC, v2=True), await chat(bob, path=SYNC, v2=True)
    timeline = await playing_room(steered, leader, stalled)
    await says(stalled, "buffering", steered, timeline)
    await leader.next("sync", state="waiting")
    if goes == "leaves":
        await stalled.say({"type": "leave", "room_id": steered.room_id})
    else:
        await stalled.close()
    resumed = await leader.next("sync", state="playing")
    assert resumed["reason"] == "ready"


async def test_a_load_waits_for_those_who_can_say_that_they_are_ready(
    alice: Person, bob: Person, steered: Place, chat: Open
) -> None:
    leader, watcher, silent = [await chat(who, path=SYNC, v2=True) for who in (alice, bob, None)]
    timeline = await playing_room(steered, leader, watcher, silent)
    for socket in (leader, watcher):
        await says(socket, "progress", steered, timeline, state="playing", rtt=30, drift=0.01)
    playing = {"drift": 0.01, "rtt": 30.0, "state": "playing"}
    await told_of(leader, {"user": alice.username, **playing}, {"user": bob.username, **playing})
    loaded = await given(leader, steered, "load", movie_id=steered.movie_id)
    assert (loaded["state"], loaded["reason"]) == ("waiting", "load")
    assert set(loaded["waiting_for"]) == {alice.username, bob.username}
    assert loaded["wait_until"] == loaded["at"] + 20_000
    await says(leader, "ready", steered, loaded)
    await watcher.next("sync", waiting_for=[bob.username])
    await says(watcher, "ready", steered, loaded)
    assert (await silent.next("sync", state="playing", epoch=loaded["epoch"]))["current_time"] == 0.0


async def test_words_about_states_that_never_were(alice: Person, steered: Place, chat: Open) -> None:
    player, stranger = await chat(alice, path=SYNC, v2=True), await chat(path=SYNC, v2=True)
    timeline = await playing_room(steered, player)
    for named, field in (({"epoch": 2}, "epoch"), ({"epoch": -1}, "epoch"), ({"rev": 99}, "rev"), ({"rev": -1}, "rev")):
        for type in ("buffering", "ready"):
            await says(player, type, steered, {**timeline, **named})
            assert list((await refused(player, 400, "invalid"))["errors"]) == [field]
    for type in ("buffering", "ready", "progress"):
        await says(player, type, steered, {**timeline, "current_time": -1}, state="playing")
        assert list((await refused(player, 400, "invalid"))["errors"]) == ["current_time"]
        await says(stranger, type, steered, timeline, state="playing")
        await refused(stranger, 404, "not_found")
    for name, value in (
        ("rtt", -1),
        ("rtt", 1e9),
        ("drift", 1e300),
        ("buffered_ahead", -0.1),
        ("state", ""),
        ("state", "x" * 17),
    ):
        await says(player, "progress", steered, timeline, **{"state": "playing", name: value})
        assert list((await refused(player, 400, "invalid"))["errors"]) == [name]
    # What is older than what moved the room last is no mistake, and nothing.
    await says(player, "buffering", steered, {**timeline, "rev": 0})
    await says(player, "buffering", steered, {**timeline, "epoch": 0})
    assert version(await given(player, steered, "play")) == version(timeline)


async def test_how_players_keep_together_is_told_once_a_second(alice: Person, bob: Person, steered: Place, chat: Open) -> None:
    one, two, old = await chat(alice, path=SYNC, v2=True), await chat(bob, path=SYNC, v2=True), await chat(path=SYNC)
    timeline = await playing_room(steered, one, two)
    await waits(old, steered, "old")
    for number in range(20):
        await says(one, "progress", steered, timeline, state="playing", rtt=40, drift=0.01 * number, buffered_ahead=12.5)
        await says(two, "progress", steered, timeline, state="stalled", rtt=None, drift=-1.5)
    for socket in (one, two):
        frames = await told_of(
            socket,
            {"user": alice.username, "drift": 0.19, "rtt": 40.0, "state": "playing"},
            {"user": bob.username, "drift": -1.5, "rtt": None, "state": "stalled"},
        )
        assert len(frames) < 10, "what gathers within a second is told together"
        assert all(set(frame) == {"type", "room_id", "members"} for frame in frames)
    await old.silent(0.1, "quality")
    assert version(await given(one, steered, "play")) == version(timeline), "none of it moved anything"


async def test_a_slow_member_gives_everyone_more_time(alice: Person, steered: Place, chat: Open) -> None:
    player = await chat(alice, path=SYNC, v2=True)
    timeline = await playing_room(steered, player)
    await says(player, "progress", steered, timeline, state="playing", rtt=450)
    await player.next("quality")
    sought = await given(player, steered, "seek", current_time=60)
    paused = await given(player, steered, "pause")
    resumed = await given(player, steered, "play")
    assert resumed["at"] - paused["at"] >= 550
    assert sought["at"] - timeline["at"] > 0


# Parties --------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def brief(house: House, start_module_server: Starter) -> Server:
    """A server of the house where an owner who left is waited for one second."""
    return start_module_server(beside=house.server, OWNER_GRACE_SECONDS=1, PRESENCE_GRACE_SECONDS=1)


@pytest.fixture
def party(house: House) -> Party:
    return house.party()


async def test_an_owner_who_is_lost_is_acted_for_and_gets_it_back(brief: Server, party: Party, chat: Open) -> None:
    owner, member, host = [
        await chat(who, path=SYNC, v2=True, server=brief) for who in (party.owner, party.member, party.host)
    ]
    roles = [(await joined(socket, party.place))["roles"]["you"] for socket in (owner, member, host)]
    assert roles == ["owner", "member", "host"]
    started = await given(owner, party.place, "play")
    await refused(member, 403, "forbidden", ref=await order(member, party.place, "seek", current_time=9))
    await owner.close()
    # A host before a member who has been there longer.
    acting = await member.next("snapshot", within=30)
    while acting["roles"]["host"] != party.host.username:
        acting = await member.next("snapshot")
    assert acting["roles"]["you"] == "member"
    assert version(acting["sync"]) == version(started), "a person who leaves stops nothing"
    await host.next("snapshot", roles={"host": party.host.username, "verified": True, "you_are_host": True, "you": "owner"})
    await host.close()
    await member.next(
        "snapshot", roles={"host": party.member.username, "verified": True, "you_are_host": True, "you": "owner"}
    )
    assert (await given(member, party.place, "seek", current_time=9))["current_time"] == 9.0
    back = await chat(party.owner, path=SYNC, v2=True, server=brief)
    assert (await joined(back, party.place))["roles"]["you_are_host"] is True
    snapshot = await member.next("snapshot", roles={
        "host": party.owner.username, "verified": True, "you_are_host": False, "you": "member",
    })  # fmt: skip
    assert snapshot["policy"] == {"control": "pause", "wait": "soft", "may": ["pause"]}
    await refused(member, 403, "forbidden", ref=await order(member, party.place, "seek", current_time=8))
    assert (await given(member, party.place, "pause"))["state"] == "paused"


async def test_a_party_goes_on_to_another_film(party: Party, house: House, chat: Open) -> None:
    owner, member, old = await chat(party.owner, path=SYNC, v2=True), await chat(party.member, path=SYNC, v2=True), await chat(
        party.host, path=SYNC
    )  # fmt: skip
    for socket in (owner, member):
        await joined(socket, party.place)
    await waits(old, party.place)
    before, other = await given(owner, party.place, "play"), house.place()
    loaded = await given(owner, party.place, "load", movie_id=other.movie_id)
    assert (loaded["movie_id"], loaded["epoch"], loaded["duration"]) == (other.movie_id, before["epoch"] + 1, None)
    await refused(member, 403, "forbidden", ref=await order(member, party.place, "load", movie_id=other.movie_id))
    late = await chat(party.host, path=SYNC, v2=True)
    assert (await joined(late, party.place))["sync"]["movie_id"] == other.movie_id
    # The room ends with the film that it shows.
    await asyncio.to_thread(house.desk.unpublish, other)
    await member.next("removed", room_id=party.place.room_id)


async def test_an_appointed_start_comes_by_itself(party: Party, chat: Open) -> None:
    owner, member = await chat(party.owner, path=SYNC, v2=True), await chat(party.member, path=SYNC, v2=True)
    for socket in (owner, member):
        await joined(socket, party.place)
    await member.say({"type": "ping", "t0": 1})
    starts_at = (await member.next("pong"))["t2"] + 2_500
    path = f"/api/rooms/{party.place.room_id}"
    await asyncio.to_thread(party.owner.call_here, "PATCH", path, {"starts_at": written(starts_at)})
    for socket in (owner, member):
        waiting = await socket.next("sync", state="waiting")
        assert (waiting["reason"], waiting["wait_until"], waiting["waiting_for"]) == ("scheduled", starts_at, [])
    late = await chat(party.host, path=SYNC, v2=True)
    assert (await joined(late, party.place))["sync"]["wait_until"] in (starts_at, None)
    for socket in (owner, member):
        started = await socket.next("sync", state="playing")
        assert (started["at"], started["current_time"], started["reason"]) == (starts_at, 0.0, "deadline")


def written(t_ms: int) -> str:
    return datetime.fromtimestamp(t_ms / 1000, UTC).isoformat(timespec="milliseconds")


async def test_an_old_host_of_a_party_is_not_its_leader(party: Party, chat: Open) -> None:
    owner, old = await chat(party.owner, path=SYNC, v2=True), await chat(party.host, path=SYNC)
    await joined(owner, party.place)
    await waits(old, party.place)
    await report(old, party.place, 99)
    await waits(old, party.place)
    await owner.silent(0.2, "sync")
