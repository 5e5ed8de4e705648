"""A process that hears nothing from the others (its Redis name space is another) finds everything in the database instead."""

from __future__ import annotations

import pytest

from tests.cluster.conftest import Cluster
from tests.realtime.house import Desk, Person, Place
from tests.realtime.people import Open
from tests.realtime.talking import enter, fresh, private_message, room_message
from tests.rig.servers import Server, Starter


@pytest.fixture(scope="module")
def deaf(cluster: Cluster, start_module_server: Starter) -> Server:
    """Every hint to it, and every one from it, is lost."""
    return cluster.one_more(start_module_server, REDIS_PREFIX="deaf")


async def test_messages_are_found_in_order_and_once(
    cluster: Cluster, deaf: Server, alice: Person, bob: Person, place: Place, open_at: Open
) -> None:
    speaker, listener, old = await open_at(cluster.first, alice), await open_at(deaf, bob), await open_at(deaf, v2=False)
    await enter(speaker, place.room_id)
    await enter(listener, place.room_id)
    await enter(old, place.room_id)
    for number in range(30):
        await speaker.say(room_message(place.room_id, f"room {number}"))
        await speaker.say(private_message(bob.username, f"private {number}"))
    for socket in (listener, old):
        heard = [await socket.next("message", room_id=place.room_id, username=alice.username) for _ in range(30)]
        seqs = [message["seq"] for message in heard]
        assert seqs == sorted(set(seqs))
        contents = [message["content"] for message in heard if message["content"].startswith("room")]
        assert contents == [f"room {number}" for number in range(len(contents))]
        while len(contents) < 30:
            contents.append((await socket.next("message", username=alice.username))["content"])
        assert contents == [f"room {number}" for number in range(30)]
    private = [(await listener.next("message", sender=alice.username))["content"] for _ in range(30)]
    assert private == [f"private {number}" for number in range(30)]
    # And the other way: what the deaf process says is found by those who cannot hear it.
    await listener.say(private_message(alice.username, "can you hear me?"))
    assert (await speaker.next("message", sender=bob.username))["content"] == "can you hear me?"


async def test_edits_and_deletions_are_found(
    cluster: Cluster, deaf: Server, alice: Person, bob: Person, open_at: Open
) -> None:
    listener = await open_at(deaf, bob)
    body = private_message(bob.username, "typo")
    edited = alice.call(cluster.first, "POST", "/messages/private", body)["id"]
    deleted = alice.call(cluster.first, "POST", "/messages/private", body)["id"]
    for item in (edited, deleted):
        await listener.next("message", id=item)
    alice.call(cluster.first, "PATCH", f"/messages/{edited}", {"content": "mended"})
    alice.call(cluster.first, "DELETE", f"/messages/{deleted}")
    changes = [(await listener.next("change"))["message"] for _ in range(2)]
    assert [(change["id"], change["content"]) for change in changes] == [(edited, "mended"), (deleted, "")]


async def test_a_logout_is_found(cluster: Cluster, deaf: Server, alice: Person, open_at: Open) -> None:
    chat, presence = await open_at(deaf, alice), await open_at(deaf, alice, path="/ws/presence")
    alice.call(cluster.first, "POST", "/auth/logout", {})
    assert await chat.closed() == 4501
    assert await presence.closed() == 4501


async def test_memberships_are_found(cluster: Cluster, deaf: Server, alice: Person, bob: Person, open_at: Open) -> None:
    his = await open_at(deaf, bob)
    group = alice.call(cluster.first, "POST", "/groups", {"name": "ours", "description": ""})["id"]
    alice.call(cluster.first, "POST", f"/groups/{group}/members", {"username": bob.username})
    said = 0
    # Until the pass has found that he is a member, he hears nothing; then everything that was said since he is one.
    while not [frame for frame in his.kept if frame.get("group_id") == group]:
        alice.call(cluster.first, "POST", f"/groups/{group}/messages", {"content": f"hello {said}"})
        said += 1
        await his.say({"type": "ping", "t0": said})
        await his.next("pong", t0=said)
        assert said < 2_000
    heard = [frame["content"] for frame in his.kept if frame.get("group_id") == group]
    assert heard == [f"hello {number}" for number in range(len(heard))]
    alice.call(cluster.first, "DELETE", f"/groups/{group}/members/{bob.username}")
    await his.next("removed", group_id=group)
    his.kept.clear()
    alice.call(cluster.first, "POST", f"/groups/{group}/messages", {"content": "without him"})
    alice.call(cluster.first, "POST", "/messages/private", private_message(bob.username, "you are out"))
    await his.next("message", content="you are out")
    assert not [frame for frame in his.kept if frame.get("group_id") == group]


async def test_a_ban_is_found(cluster: Cluster, deaf: Server, alice: Person, bob: Person, place: Place, open_at: Open) -> None:
    banned, other = await open_at(deaf, alice), await open_at(deaf, bob)
    await enter(banned, place.room_id)
    await enter(other, place.room_id)
    Desk(cluster.first).sanction("ban", user=alice.id, room=place.pk)
    assert await banned.closed() == 4503
    await enter(other, place.room_id)


async def test_kicks_and_closed_parties_are_found(
    cluster: Cluster, deaf: Server, alice: Person, bob: Person, place: Place, open_at: Open
) -> None:
    parties = [alice.call(cluster.first, "POST", "/api/rooms", {"movie_id": place.movie_id})["room"] for _ in range(3)]
    his = await open_at(deaf, bob)
    for party in parties:
        await enter(his, party["room_id"])
    kicked, closed, left = (f"/api/rooms/{party['room_id']}" for party in parties)
    alice.call(cluster.first, "POST", f"{kicked}/sanctions", {"kind": "kick", "username": bob.username})
    alice.call(cluster.first, "DELETE", closed)
    bob.call(cluster.first, "DELETE", f"{left}/members/{bob.username}")
    for party, reason in zip(parties, ("kicked", "closed", "left"), strict=True):
        await his.next("removed", room_id=party["room_id"], reason=reason)


async def test_other_settings_are_found(
    cluster: Cluster, deaf: Server, alice: Person, bob: Person, place: Place, open_at: Open
) -> None:
    party = alice.call(cluster.first, "POST", "/api/rooms", {"movie_id": place.movie_id, "name": "Early"})["room"]
    his, his_player = await open_at(deaf, bob), await open_at(deaf, bob, path="/ws/sync")
    for socket in (his, his_player):
        await socket.say({"type": "join", "room_id": party["room_id"]})
        await socket.next("snapshot")
    alice.call(cluster.first, "PATCH", f"/api/rooms/{party['room_id']}", {"name": "Later", "control": "everyone"})
    told = await his.next("room", room_id=party["room_id"])
    assert (told["room"]["name"], told["room"]["control"]) == ("Later", "everyone")
    while (await his_player.next("snapshot"))["policy"]["control"] != "everyone":
        pass
    alice.call(cluster.first, "PATCH", f"/api/rooms/{party['room_id']}", {"name": "Latest"})
    assert (await his.next("room"))["room"]["name"] == "Latest"


async def test_people_and_rosters_are_found(
    cluster: Cluster, deaf: Server, alice: Person, bob: Person, place: Place, open_at: Open
) -> None:
    alice.call(cluster.first, "POST", "/messages/private", private_message(bob.username, fresh("hello")))
    watching = await open_at(deaf, alice, path="/ws/presence")
    hers = await open_at(deaf, alice)
    await watching.say({"type": "subscribe", "users": [bob.username]})
    assert (await watching.next("status", user=bob.username))["status"] == "offline"
    await hers.say({"type": "join", "room_id": place.room_id})
    assert (await hers.next("snapshot"))["members"]["users"] == [alice.username]
    his = await open_at(cluster.first, bob)
    await enter(his, place.room_id)
    assert (await watching.next("status", user=bob.username))["status"] == "online"
    assert (await hers.next("members"))["joined"] == [bob.username]


async def test_a_new_host_is_found(
    cluster: Cluster, deaf: Server, alice: Person, bob: Person, place: Place, open_at: Open
) -> None:
    leaving = await open_at(cluster.first, bob, path="/ws/sync")
    await leaving.say({"type": "join", "room_id": place.room_id})
    assert (await leaving.next("snapshot"))["roles"]["host"] == bob.username
    hers = await open_at(deaf, alice, path="/ws/sync")
    await hers.say({"type": "join", "room_id": place.room_id})
    assert (await hers.next("snapshot"))["roles"]["host"] == bob.username
    await leaving.close()
    assert (await hers.next("snapshot", within=60))["roles"]["host"] == alice.username
