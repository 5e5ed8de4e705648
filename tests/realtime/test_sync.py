"""/ws/sync: positions of old clients, the room's timeline for new ones, and who leads."""

from __future__ import annotations

import json

import pytest

from tests.realtime.house import House, Person, Place
from tests.realtime.people import Open
from tests.realtime.steering import given, joined, report, waits
from tests.realtime.talking import refused
from tests.rig.servers import Server, Starter


@pytest.fixture(scope="module")
def quick(house: House, start_module_server: Starter) -> Server:
    """A server of the house where a host who left is waited for one second."""
    return start_module_server(beside=house.server, PRESENCE_GRACE_SECONDS=1)


async def test_positions_reach_the_other_old_clients_as_they_were_sent(place: Place, chat: Open) -> None:
    one, two, three = [await chat(path="/ws/sync") for _ in range(3)]
    for socket, name in ((one, "one"), (two, "two"), (three, "three")):
        await waits(socket, place, name)
    for written in ("12", "12.0", "12.5", "0", "0.0", "7200.125"):
        await one.say(f'{{"type":"sync","room_id":"{place.room_id}","username":"one","current_time":{written}}}')
        for socket in (two, three):
            heard = await socket.next("sync", username="one")
            assert set(heard) == {"type", "room_id", "username", "current_time"}
            assert json.dumps(heard["current_time"]) == written
    await one.silent(0.1)


async def test_a_signed_in_name_is_the_real_one(alice: Person, place: Place, chat: Open) -> None:
    player, other = await chat(alice, path="/ws/sync"), await chat(path="/ws/sync")
    await waits(other, place)
    await report(player, place, 5, "somebody else")
    assert (await other.next("sync"))["username"] == alice.username


async def test_only_the_hosts_reports_move_the_timeline(alice: Person, bob: Person, place: Place, chat: Open) -> None:
    host, old, new = await chat(alice, path="/ws/sync"), await chat(bob, path="/ws/sync"), await chat(path="/ws/sync", v2=True)
    await waits(host, place)
    await waits(old, place)
    snapshot = await joined(new, place, "new")
    assert snapshot["sync"] is None
    assert snapshot["roles"] == {"host": alice.username, "verified": True, "you_are_host": False, "you": "guest"}
    assert snapshot["members"]["users"][:1] == [alice.username]
    await report(old, place, 999)
    await host.next("sync", username=bob.username, current_time=999)
    await report(host, place, 100)
    timeline = await new.next("sync")
    assert (timeline["username"], timeline["current_time"], timeline["state"], timeline["paused"], timeline["rev"]) == (
        alice.username, 100.0, "playing", False, 1,
    )  # fmt: skip
    assert (timeline["movie_id"], timeline["rate"], timeline["reason"]) == (place.movie_id, 1.0, "report")
    assert abs(timeline["server_time"] - timeline["at"]) < 60_000
    relay = await old.next("sync")
    assert relay == {"type": "sync", "room_id": place.room_id, "username": alice.username, "current_time": 100}
    await report(old, place, 500)
    await host.next("sync", username=bob.username, current_time=500)
    await new.silent(0.2, "sync")
    await old.silent(0.1, "sync")
    late = await chat(path="/ws/sync", v2=True)
    found = (await joined(late, place, "late"))["sync"]
    assert (found["rev"], found["current_time"], found["at"]) == (1, 100.0, timeline["at"])


async def test_the_longest_there_leads_and_people_before_guests(alice: Person, place: Place, chat: Open) -> None:
    guest, new = await chat(path="/ws/sync"), await chat(path="/ws/sync", v2=True)
    await waits(guest, place, "guest")
    assert (await joined(new, place, "new"))["roles"]["host"] == "guest"
    await report(guest, place, 10)
    assert (await new.next("sync"))["username"] == "guest"
    person = await chat(alice, path="/ws/sync", v2=True)
    assert (await joined(person, place))["roles"]["you_are_host"] is True
    await new.next("snapshot", roles={"host": alice.username, "verified": True, "you_are_host": False, "you": "guest"})


async def test_a_host_who_leaves_is_waited_for_and_then_followed_by_the_next(
    quick: Server, alice: Person, bob: Person, place: Place, chat: Open
) -> None:
    first = await chat(alice, path="/ws/sync", server=quick)
    await waits(first, place)
    heir = await chat(bob, path="/ws/sync", server=quick, v2=True)
    watcher = await chat(path="/ws/sync", server=quick, v2=True)
    for socket in (heir, watcher):
        assert (await joined(socket, place, "watcher"))["roles"]["host"] == alice.username
    await report(first, place, 50)
    await watcher.next("sync", current_time=50.0)
    await first.close()
    await heir.next("snapshot", roles={"host": bob.username, "verified": True, "you_are_host": True, "you": "host"})
    snapshot = await watcher.next(
        "snapshot", roles={"host": bob.username, "verified": True, "you_are_host": False, "you": "guest"}
    )
    assert snapshot["sync"]["current_time"] == 50.0
    back = await chat(alice, path="/ws/sync", server=quick)
    await report(back, place, 400)
    await waits(back, place)
    await watcher.silent(0.2, "sync")


async def test_a_guest_who_leads_is_not_waited_for(place: Place, chat: Open) -> None:
    first, watcher = await chat(path="/ws/sync"), await chat(path="/ws/sync", v2=True)
    await waits(first, place, "first")
    assert (await joined(watcher, place, "watcher"))["roles"]["host"] == "first"
    await first.say({"type": "leave", "room_id": place.room_id})
    await watcher.next("snapshot", roles={"host": "watcher", "verified": False, "you_are_host": True, "you": "host"})


async def test_a_guest_who_leads_takes_another_name_and_leads_on(place: Place, chat: Open) -> None:
    leader, other, talk = await chat(path="/ws/sync", v2=True), await chat(path="/ws/sync", v2=True), await chat(v2=True)
    for socket, name in ((leader, "one"), (other, "two"), (talk, "one")):
        await joined(socket, place, name)
    await leader.say({"type": "join", "room_id": place.room_id, "username": "first"})
    for socket, leads in ((leader, True), (other, False)):
        while (roles := (await socket.next("snapshot"))["roles"])["host"] != "first":
            pass
        assert roles["you_are_host"] is leads
    while "first" not in (await other.next("members"))["joined"]:
        pass
    await report(other, place, 999, "two")
    await report(leader, place, 5, "first")
    timeline = await other.next("sync", username="first")
    assert (timeline["current_time"], timeline["rev"]) == (5.0, 1), "nobody else led meanwhile"
    shown = (await joined(talk, place, "first"))["members"]["users"]
    while "first" not in shown:
        shown = (await talk.next("members"))["joined"]
    await leader.say({"type": "join", "room_id": place.room_id, "username": "x" * 33})
    await refused(leader, 400, ref="join")
    assert (await given(leader, place, "pause"))["username"] == "first", "who may not be called so leads on"


async def test_members_come_and_go_on_sync_too(alice: Person, place: Place, chat: Open) -> None:
    watcher, talker = await chat(path="/ws/sync", v2=True), await chat(alice)
    await joined(watcher, place, "watcher")
    await talker.say({"type": "join", "room_id": place.room_id})
    player = await chat(path="/ws/sync")
    await waits(player, place, "player")
    change = await watcher.next("members", joined=["player"])
    assert (change["left"], change["count"]) == ([], 2)
    await player.close()
    assert (await watcher.next("members"))["left"] == ["player"]


@pytest.mark.parametrize("position", ["-1", "-0.001", "1e8", "1e308"])
async def test_absurd_positions_are_refused_and_relayed_to_nobody(place: Place, chat: Open, position: str) -> None:
    player, other = await chat(path="/ws/sync"), await chat(path="/ws/sync")
    await waits(other, place, "other")
    await player.say(f'{{"type":"sync","room_id":"{place.room_id}","username":"x","current_time":{position}}}')
    assert "current_time" in (await refused(player, 400, "invalid"))["errors"]
    await report(player, place, 1, "x")
    assert (await other.next("sync"))["current_time"] == 1


async def test_several_rooms_on_one_socket(house: House, place: Place, chat: Open) -> None:
    other_place = house.place()
    both, one = await chat(path="/ws/sync"), await chat(path="/ws/sync")
    for where in (place, other_place):
        await waits(both, where, "both")
        await report(one, where, 3, "one")
        assert (await both.next("sync"))["room_id"] == where.room_id
    await both.say({"type": "leave", "room_id": place.room_id})
    await waits(both, other_place, "both")
    await report(one, place, 4, "one")
    await report(one, other_place, 5, "one")
    assert (await both.next("sync"))["current_time"] == 5
