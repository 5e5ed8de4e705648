"""Commands on /ws/sync: who may give them, what everyone hears, and that every one is answered."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.realtime.house import House, Person, Place
from tests.realtime.people import Open
from tests.realtime.steering import given, joined, order, report, version, waits
from tests.realtime.talking import refused
from tests.rig.sockets import Frame, Socket

SYNC = "/ws/sync"


@pytest.fixture
def steered(house: House) -> Place:
    """A room that everyone may steer, of a film of ten minutes."""
    return house.steered_place()


def where(playing: Frame, at: int) -> Any:
    """The second of the film at which everyone is at that moment (ms)."""
    return pytest.approx(playing["current_time"] + max(0, at - playing["at"]) / 1000 * playing["rate"], abs=0.001)


async def test_all_hear_a_command_once_and_its_giver_is_answered(
    alice: Person, bob: Person, steered: Place, chat: Open
) -> None:
    giver, watcher, old = await chat(alice, path=SYNC, v2=True), await chat(bob, path=SYNC, v2=True), await chat(path=SYNC)
    for socket in (giver, watcher):
        await joined(socket, steered)
    await waits(old, steered)
    await giver.say({"type": "ping", "t0": 1})
    before = (await giver.next("pong"))["t2"]
    answer = await given(giver, steered, "play")
    assert (answer["state"], answer["paused"], answer["current_time"], answer["rev"]) == ("playing", False, 0.0, 1)
    assert (answer["username"], answer["action"], answer["reason"]) == (alice.username, "play", "command")
    assert answer["at"] >= before + 200, "it starts together, a moment later"
    heard = await watcher.next("sync")
    assert {**heard, "server_time": 0} == {**answer, "server_time": 0}
    relay = await old.next("sync")
    assert (relay["room_id"], relay["username"], relay["current_time"]) == (steered.room_id, alice.username, 0.0)
    answers = []
    for action, more in (("seek", {"current_time": 60}), ("rate", {"rate": 1.5}), ("pause", {})):
        answers.append(await given(giver, steered, action, **more))
        for socket in (watcher, old):
            assert version(await socket.next("sync")) == version(answers[-1])
    sought, faster, paused = answers
    assert (sought["current_time"], faster["current_time"]) == (60.0, where(sought, faster["at"]))
    assert (paused["state"], paused["rate"], paused["current_time"]) == ("paused", 1.5, where(faster, paused["at"]))
    for socket in (giver, watcher, old):
        await socket.silent(0.2, "sync")


async def test_a_guests_command_is_refused_and_changes_nothing(alice: Person, place: Place, chat: Open) -> None:
    host, guest = await chat(alice, path=SYNC, v2=True), await chat(path=SYNC, v2=True)
    assert (await joined(host, place))["policy"] == {
        "control": "hosts", "wait": "soft", "may": ["play", "pause", "seek", "rate", "load"],
    }  # fmt: skip
    snapshot = await joined(guest, place, "visitor")
    assert (snapshot["roles"]["you"], snapshot["policy"]["may"]) == ("guest", [])
    started = await given(host, place, "play")
    for action in ("play", "pause", "seek", "rate", "load"):
        ref = await order(guest, place, action, current_time=5, rate=2.0, movie_id=place.movie_id)
        await refused(guest, 403, "forbidden", ref=ref)
    await guest.say({"type": "ping", "t0": 1})
    await guest.next("pong")
    again = await given(host, place, "play")
    assert version(again) == version(started)


async def test_staff_steer_a_public_room_beside_its_host(house: House, alice: Person, place: Place, chat: Open) -> None:
    host, staff = await chat(alice, path=SYNC, v2=True), await chat(house.staff, path=SYNC, v2=True)
    await joined(host, place)
    roles = (await joined(staff, place))["roles"]
    assert (roles["host"], roles["you"], roles["you_are_host"]) == (alice.username, "host", False)
    await given(staff, place, "play")
    assert (await host.next("sync"))["username"] == "staff"


async def test_a_late_joiner_finds_it_running_and_stops_nobody(alice: Person, steered: Place, chat: Open) -> None:
    giver, late = await chat(alice, path=SYNC, v2=True), await chat(path=SYNC, v2=True)
    await joined(giver, steered)
    started = await given(giver, steered, "seek", current_time=30)
    started = await given(giver, steered, "play")
    found = (await joined(late, steered, "late"))["sync"]
    for name in ("epoch", "rev", "state", "current_time", "at", "rate", "movie_id", "duration", "username"):
        assert found[name] == started[name], name
    # It has never been ready: loading is not running dry.
    await late.say({"type": "buffering", "room_id": steered.room_id, "epoch": 1, "rev": found["rev"], "current_time": 30})
    assert (await given(late, steered, "play"))["state"] == "playing"
    await giver.silent(0.2, "sync")


async def test_a_command_that_came_too_late_is_told_what_it_missed(
    alice: Person, bob: Person, steered: Place, chat: Open
) -> None:
    one, two = await chat(alice, path=SYNC, v2=True), await chat(bob, path=SYNC, v2=True)
    for socket in (one, two):
        await joined(socket, steered)
    known = await given(one, steered, "play")
    await given(one, steered, "seek", current_time=60)
    ref = await order(two, steered, "seek", current_time=90, base_rev=known["rev"])
    error = await refused(two, 409, "stale", ref=ref)
    now = error["sync"]
    assert (now["rev"], now["current_time"], now["state"]) == (known["rev"] + 1, 60.0, "playing")
    assert (await given(two, steered, "seek", current_time=90, base_rev=now["rev"]))["current_time"] == 90.0
    assert (await given(one, steered, "pause", base_rev=known["rev"]))["state"] == "paused", "a pause is never too late"


async def test_a_repeated_command_changes_nothing_also_after_a_reconnect(
    alice: Person, bob: Person, steered: Place, chat: Open
) -> None:
    giver, watcher = await chat(alice, path=SYNC, v2=True), await chat(bob, path=SYNC, v2=True)
    for socket in (giver, watcher):
        await joined(socket, steered)
    first = await given(giver, steered, "seek", current_time=60, cmd_id="once")
    await watcher.next("sync", cmd_id="once")
    await giver.close()
    back = await chat(alice, path=SYNC, v2=True)
    await joined(back, steered)
    assert version(await given(back, steered, "seek", current_time=60, cmd_id="once")) == version(first)
    # Another person's ids are their own.
    other = await given(watcher, steered, "seek", current_time=61, cmd_id="once")
    assert version(other) > version(first)
    await watcher.silent(0.1, "sync")


async def test_two_who_race_end_with_the_same_timeline_everywhere(
    alice: Person, bob: Person, steered: Place, chat: Open
) -> None:
    sockets = [await chat(who, path=SYNC, v2=True) for who in (alice, bob, None)]
    for socket in sockets:
        await joined(socket, steered, "watcher")
    one, two, watcher = sockets

    async def steer(socket: Socket, start: int) -> list[str]:
        asked = []
        for number in range(12):
            asked.append(await order(socket, steered, ("play", "pause")[number % 2]))
            asked.append(await order(socket, steered, "seek", current_time=start + number))
        return asked

    asked = await asyncio.gather(steer(one, 100), steer(two, 300))
    answers = [
        await socket.next("sync", cmd_id=cmd_id) for socket, ids in zip((one, two), asked, strict=True) for cmd_id in ids
    ]
    last = max(version(answer) for answer in answers)
    late = await chat(path=SYNC, v2=True)
    fresh = (await joined(late, steered, "late"))["sync"]
    assert version(fresh) == last
    heard = await watcher.next("sync", rev=last[1])
    assert {name: heard[name] for name in ("state", "current_time", "at")} == {
        name: fresh[name] for name in ("state", "current_time", "at")
    }
    revisions = [frame["rev"] for frame in watcher.kept if frame["type"] == "sync"]
    assert revisions == sorted(set(revisions)), "each newer than the one before"


async def test_a_storm_of_seeks_is_few_and_all_are_answered(alice: Person, bob: Person, steered: Place, chat: Open) -> None:
    giver, watcher = await chat(alice, path=SYNC, v2=True), await chat(bob, path=SYNC, v2=True)
    for socket in (giver, watcher):
        await joined(socket, steered)
    await given(giver, steered, "play")
    await watcher.next("sync")
    asked = [await order(giver, steered, "seek", current_time=number, base_rev=1) for number in range(60)]
    answers = [await giver.next("sync", cmd_id=cmd_id) for cmd_id in asked]
    assert answers[-1]["current_time"] == 59.0
    revisions = {answer["rev"] for answer in answers}
    assert len(revisions) < 20
    heard: list[Frame] = []
    while not heard or heard[-1]["rev"] < max(revisions):
        heard.append(await watcher.next("sync"))
    assert [frame["rev"] for frame in heard] == sorted(revisions)
    # And what comes after them comes after them.
    seek, pause = await order(giver, steered, "seek", current_time=200), await order(giver, steered, "pause")
    assert (await giver.next("sync", cmd_id=seek))["rev"] < (await giver.next("sync", cmd_id=pause))["rev"]


IMPOSSIBLE: list[tuple[str, str]] = [
    ('"action":"dance"', "action"), ('"action":""', "action"), ('"action":5', "action"),
    ('"action":"seek"', "current_time"), ('"action":"seek","current_time":-1', "current_time"),
    ('"action":"seek","current_time":1e308', "current_time"), ('"action":"seek","current_time":602', "current_time"),
    ('"action":"pause","current_time":1e308', "current_time"), ('"action":"seek","current_time":"5"', "current_time"),
    ('"action":"rate"', "rate"), ('"action":"rate","rate":0', "rate"), ('"action":"rate","rate":4.5', "rate"),
    ('"action":"rate","rate":-1', "rate"), ('"action":"rate","rate":"2"', "rate"),
    ('"action":"load"', "movie_id"), ('"action":"load","movie_id":999999999', "movie_id"),
    ('"action":"load","movie_id":1e30', "movie_id"), ('"action":"load","movie_id":-1', "movie_id"),
    ('"action":"play","base_rev":"x"', "base_rev"), ('"action":"play","base_rev":99999999999999999999', "base_rev"),
    ('"action":"play","cmd_id":""', "cmd_id"), (f'"action":"play","cmd_id":"{"x" * 65}"', "cmd_id"),
    ('"action":"play","cmd_id":7', "cmd_id"),
]  # fmt: skip


@pytest.mark.embedded_only
async def test_impossible_commands_are_refused_and_change_nothing(
    alice: Person, bob: Person, steered: Place, chat: Open
) -> None:
    giver, watcher = await chat(alice, path=SYNC, v2=True), await chat(bob, path=SYNC, v2=True)
    for socket in (giver, watcher):
        await joined(socket, steered)
    started = await given(giver, steered, "play")
    await watcher.next("sync")
    for body, field in IMPOSSIBLE:
        named = "" if "cmd_id" in body else '"cmd_id":"k",'
        await giver.say(f'{{"type":"sync","room_id":"{steered.room_id}","client_id":"odd",{named}{body}}}')
        error = await refused(giver, 400, "invalid", ref="odd")
        assert list(error["errors"]) == [field], (body, error)
    for body in ('"current_time":NaN', '"current_time":Infinity', '"current_time":1e999'):
        await giver.say(f'{{"type":"sync","room_id":"{steered.room_id}","cmd_id":"k","action":"seek",{body}}}')
        assert (await giver.next("error"))["code"] == 400
    await giver.say({"type": "sync", "room_id": steered.room_id, "action": "play"})
    assert "cmd_id" in (await refused(giver, 400, "invalid"))["errors"]
    assert version(await given(giver, steered, "play")) == version(started)
    await watcher.silent(0.1, "sync")


async def test_a_room_that_closed_a_moment_ago(house: House, alice: Person, chat: Open) -> None:
    place = house.place()
    giver = await chat(alice, path=SYNC, v2=True)
    await joined(giver, place)
    await given(giver, place, "play")
    await asyncio.to_thread(house.desk.unpublish, place)
    await giver.next("removed", room_id=place.room_id)
    await refused(giver, 404, "not_found", ref=await order(giver, place, "pause"))
    await refused(giver, 404, "not_found", ref=await order(giver, place, "seek", current_time=5))


async def test_a_command_enters_a_room_as_a_position_does(alice: Person, steered: Place, chat: Open) -> None:
    giver = await chat(alice, path=SYNC, v2=True)
    cmd_id = await order(giver, steered, "play")
    await giver.next("snapshot", room_id=steered.room_id)
    assert (await giver.next("sync", cmd_id=cmd_id))["state"] == "playing"


async def test_another_film_in_its_own_room_only_begins_anew(alice: Person, steered: Place, place: Place, chat: Open) -> None:
    giver = await chat(alice, path=SYNC, v2=True)
    await joined(giver, steered)
    before = await given(giver, steered, "seek", current_time=300)
    loaded = await given(giver, steered, "load", movie_id=steered.movie_id)
    assert (loaded["epoch"], loaded["current_time"], loaded["state"]) == (before["epoch"] + 1, 0.0, "playing")
    ref = await order(giver, steered, "load", movie_id=place.movie_id)
    assert list((await refused(giver, 400, ref=ref))["errors"]) == ["movie_id"]


async def test_old_and_new_clients_in_one_room(alice: Person, house: House, steered: Place, chat: Open) -> None:
    """An old host leads a new client by positions, and follows its commands; nobody is told twice."""
    old, other = await chat(alice, path=SYNC), await chat(path=SYNC)
    await waits(old, steered)
    await waits(other, steered, "other")
    new = await chat(house.staff, path=SYNC, v2=True)
    await joined(new, steered)
    await report(old, steered, 100)
    led = await new.next("sync")
    assert (led["current_time"], led["state"], led["reason"], led["username"]) == (100.0, "playing", "report", alice.username)
    assert (await other.next("sync")) == {
        "type": "sync", "room_id": steered.room_id, "username": alice.username, "current_time": 100,
    }  # fmt: skip
    await given(new, steered, "seek", current_time=400)
    for socket in (old, other):
        followed = await socket.next("sync")
        assert (followed["username"], followed["current_time"]) == ("staff", 400.0)
    # It follows: its next reports are where the room is, and move nothing. Paused, so that it may take its time to say so.
    paused = await given(new, steered, "pause")
    for socket in (old, other):
        followed = await socket.next("sync")
        assert (followed["username"], followed["current_time"]) == ("staff", paused["current_time"])
    near = paused["current_time"] + 0.4
    await report(old, steered, near)
    await other.next("sync", current_time=near)
    await new.silent(0.2, "sync")
    await old.silent(0.1, "sync")
    await other.silent(0.1, "sync")


async def test_to_an_old_client_a_command_is_a_position_or_nothing(steered: Place, chat: Open) -> None:
    old, other = await chat(path=SYNC), await chat(path=SYNC)
    await waits(other, steered, "other")
    frame: dict[str, Any] = {"type": "sync", "room_id": steered.room_id, "username": "old", "action": "pause", "cmd_id": 7}
    await old.say({**frame, "current_time": 5})
    assert (await other.next("sync"))["current_time"] == 5
    await old.say(frame)
    await refused(old, 400, "unknown_type")


async def test_the_end_of_the_film_is_told_in_time_by_itself(alice: Person, bob: Person, steered: Place, chat: Open) -> None:
    giver, watcher, old = await chat(alice, path=SYNC, v2=True), await chat(bob, path=SYNC, v2=True), await chat(path=SYNC)
    for socket in (giver, watcher):
        await joined(socket, steered)
    await waits(old, steered)
    await given(giver, steered, "seek", current_time=599.5)
    started = await given(giver, steered, "play")
    for socket in (giver, watcher):
        ended = await socket.next("sync", state="ended")
        assert (ended["current_time"], ended["reason"], ended["rev"]) == (600.0, "deadline", started["rev"] + 1)
        assert ended["at"] == started["at"] + 500
    late = await chat(path=SYNC, v2=True)
    assert (await joined(late, steered, "late"))["sync"]["state"] == "ended"
    assert (await given(giver, steered, "play"))["current_time"] == 0.0
