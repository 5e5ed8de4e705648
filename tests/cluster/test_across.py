"""Whoever is connected where: words, rights and presence are the same on every process."""

from __future__ import annotations

import asyncio

from tests.cluster.conftest import Cluster
from tests.realtime.house import Desk, Person, Place
from tests.realtime.people import Open
from tests.realtime.talking import enter, fresh, private_message, refused, room_message
from tests.rig.sockets import Socket


def whereabouts(socket: Socket) -> str:
    response = socket.connection.response
    assert response is not None
    return response.headers["X-Process"]


async def test_the_front_sends_people_anywhere(cluster: Cluster, alice: Person, place: Place, open_at: Open) -> None:
    """With the documented configuration of nginx: sockets and REST, through either process, are one house."""
    sockets = [await open_at(cluster.front, alice if number % 2 else None) for number in range(8)]
    assert {whereabouts(socket) for socket in sockets} == {f"127.0.0.1:{process.port}" for process in cluster.processes}
    for number, socket in enumerate(sockets):
        await enter(socket, place.room_id, f"guest {number}")
    for socket in sockets:
        content = fresh("through the front")
        await socket.say(room_message(place.room_id, content))
        for other in sockets:
            await other.next("message", content=content)
    for _ in range(4):
        response = cluster.first.client(alice.token).get(f"{cluster.front.url}/api/user")
        assert response.json()["user"]["username"] == alice.username


async def test_everyone_hears_one_order(cluster: Cluster, alice: Person, bob: Person, place: Place, open_at: Open) -> None:
    """Both processes speak into one room and one private conversation at once."""
    hers, his = await open_at(cluster.first, alice), await open_at(cluster.second, bob)
    await enter(hers, place.room_id)
    await enter(his, place.room_id)
    count = 40

    async def speak(socket: Socket, other: Person) -> None:
        for number in range(count):
            await socket.say(room_message(place.room_id, f"room {number}"))
            await socket.say(private_message(other.username, f"private {number}"))

    await asyncio.gather(speak(hers, bob), speak(his, alice))
    heard = {}
    for who, socket in (("alice", hers), ("bob", his)):
        said = [await socket.next("message", room_id=place.room_id) for _ in range(2 * count)]
        heard[who] = [(message["seq"], message["username"], message["content"]) for message in said]
    everything = heard["alice"][-2 * count + 2 :]
    assert [seq for seq, *_ in everything] == sorted({seq for seq, *_ in everything})
    assert everything == [item for item in heard["bob"] if item in everything]
    for socket, other in ((hers, bob), (his, alice)):
        private = [(await socket.next("message", sender=other.username))["content"] for _ in range(count)]
        assert private == [f"private {number}" for number in range(count)]


async def test_what_rest_does_on_one_is_heard_on_the_other(
    cluster: Cluster, alice: Person, bob: Person, open_at: Open
) -> None:
    socket = await open_at(cluster.first, bob)
    body = {"recipient": bob.username, "content": "typo", "message_type": "text", "content_type": "text/plain"}
    item = alice.call(cluster.second, "POST", "/messages/private", body)
    assert (await socket.next("message"))["id"] == item["id"]
    alice.call(cluster.second, "PATCH", f"/messages/{item['id']}", {"content": "mended"})
    assert (await socket.next("change"))["message"]["content"] == "mended"
    alice.call(cluster.second, "DELETE", f"/messages/{item['id']}")
    assert (await socket.next("change"))["message"]["deleted"] is True


async def test_logging_out_on_one_ends_sockets_on_the_other(
    cluster: Cluster, alice: Person, bob: Person, open_at: Open
) -> None:
    """Each login by itself: the same person's other login goes on."""
    ended = await open_at(cluster.first, alice)
    token = cluster.second.client(alice.token).get("/api/user")
    assert token.status_code == 200
    alice.call(cluster.second, "POST", "/auth/logout", {})
    assert await ended.closed() == 4501
    for process in cluster.processes:
        assert process.client(alice.token).get("/api/user").status_code == 401
    # Nobody else was meant.
    other = await open_at(cluster.first, bob)
    await other.say({"type": "ping", "t0": 1})
    await other.next("pong")


async def test_staff_on_one_reach_people_on_the_other(
    cluster: Cluster, alice: Person, bob: Person, place: Place, open_at: Open
) -> None:
    banned, other = await open_at(cluster.first, alice), await open_at(cluster.first, bob)
    await enter(banned, place.room_id)
    await enter(other, place.room_id)
    Desk(cluster.second).sanction("ban", user=alice.id, room=place.pk)
    assert await banned.closed() == 4503
    await enter(other, place.room_id)
    again = await open_at(cluster.second, alice)
    await again.say({"type": "join", "room_id": place.room_id, "username": "x"})
    assert await again.closed() == 4503


async def test_a_removed_member_hears_nothing_more(
    cluster: Cluster, alice: Person, bob: Person, charlie: Person, open_at: Open
) -> None:
    hers, his = await open_at(cluster.first, alice), await open_at(cluster.second, bob)
    group = alice.call(cluster.first, "POST", "/groups", {"name": "ours", "description": ""})["id"]
    alice.call(cluster.first, "POST", f"/groups/{group}/members", {"username": bob.username})
    alice.call(cluster.first, "POST", f"/groups/{group}/members", {"username": charlie.username})
    await hers.say({"type": "message", "group_id": group, "content": "welcome", "message_type": "text"})
    assert (await his.next("message", group_id=group))["content"] == "welcome"
    alice.call(cluster.first, "DELETE", f"/groups/{group}/members/{bob.username}")
    await his.next("removed", group_id=group)
    await hers.say({"type": "message", "group_id": group, "content": "without him", "message_type": "text"})
    await hers.say(private_message(bob.username, "you are out"))
    # What was said after it has arrived, so that would have too.
    await his.next("message", content="you are out")
    assert not [frame for frame in his.kept if frame.get("content") == "without him"]
    await his.say({"type": "message", "group_id": group, "content": "let me in", "message_type": "text"})
    await refused(his, 404)


async def test_presence_and_rosters_span_processes(
    cluster: Cluster, alice: Person, bob: Person, place: Place, open_at: Open
) -> None:
    alice.call(cluster.first, "POST", "/messages/private", dict(private_message(bob.username, "hello")))
    watching = await open_at(cluster.first, alice, path="/ws/presence")
    await watching.say({"type": "subscribe", "users": [bob.username]})
    assert (await watching.next("status", user=bob.username))["status"] == "offline"
    his = await open_at(cluster.second, bob)
    assert (await watching.next("status", user=bob.username))["status"] == "online"

    hers = await open_at(cluster.first, alice)
    await enter(his, place.room_id)
    await hers.say({"type": "join", "room_id": place.room_id})
    members = (await hers.next("snapshot"))["members"]
    assert members == {"users": [bob.username, alice.username], "count": 2}
    await his.say({"type": "leave", "room_id": place.room_id})
    left = await hers.next("members", left=[bob.username])
    assert left["count"] == 1
    guest = await open_at(cluster.second)
    await enter(guest, place.room_id, "visitor")
    assert (await hers.next("members", joined=["visitor"]))["count"] == 2


async def test_typing_and_positions_cross_too(cluster: Cluster, alice: Person, place: Place, open_at: Open) -> None:
    """What is never stored has no other way."""
    hers, guest = await open_at(cluster.first, alice), await open_at(cluster.second)
    await enter(hers, place.room_id)
    await enter(guest, place.room_id)
    await hers.say({"type": "typing", "room_id": place.room_id})
    assert (await guest.next("typing"))["user"] == alice.username
    player = await open_at(cluster.first, alice, v2=False, path="/ws/sync")
    viewer = await open_at(cluster.second, v2=False, path="/ws/sync")
    await viewer.say({"type": "join", "room_id": place.room_id, "username": "viewer"})
    # An answer to the frame after it shows that the join was taken.
    await viewer.say({"type": "nonsense"})
    await refused(viewer, 400, "unknown_type")
    await player.say({"type": "sync", "room_id": place.room_id, "username": "x", "current_time": 12})
    relayed = await viewer.next("sync", username=alice.username)
    assert (relayed["room_id"], relayed["current_time"]) == (place.room_id, 12)
