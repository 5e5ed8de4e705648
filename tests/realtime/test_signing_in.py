"""Every way to say who one is, each wrong one, and how long it lasts."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import jwt
import pytest
from websockets.exceptions import InvalidStatus

from tests.contract.tokens import bad_tokens
from tests.realtime.house import HTTP, House, Person, Place
from tests.realtime.people import Open
from tests.realtime.talking import ended, enter, goes_by, private_message, refused
from tests.rig.servers import PASSWORD, Server
from tests.rig.sockets import Socket


def ends_in(house: House, person: Person, seconds: float) -> str:
    """The person's token, but shorter."""
    claims = jwt.decode(person.token, options={"verify_signature": False})
    return jwt.encode(claims | {"exp": int(time.time() + seconds)}, house.server.env["SECRET_KEY"], algorithm="HS256")


def renewed(house: House, person: Person) -> str:
    answer = HTTP.post(f"{house.server.url}/auth/refresh", json={"refresh_token": person.refresh})
    token: str = answer.json()["access_token"]
    return token


# Ways in --------------------------------------------------------------------------------------------------------------


async def test_header_subprotocol_frame_and_join(house: House, alice: Person, place: Place, chat: Open) -> None:
    by_header = await chat(alice)
    by_subprotocol = await chat(subprotocols=["bearer", alice.token])
    by_subprotocol_too = await chat(subprotocols=["matinee.v2", "bearer", alice.token])
    by_frame, by_join = await chat(), await chat()
    await by_frame.say({"type": "auth", "token": alice.token})
    await by_join.say({"type": "join", "room_id": place.room_id, "username": "somebody", "token": alice.token})
    for socket in (by_header, by_subprotocol, by_subprotocol_too, by_frame, by_join):
        await goes_by(socket, place.room_id, alice.username)
    assert [by_header.subprotocol, by_subprotocol.subprotocol, by_subprotocol_too.subprotocol] == [
        None,
        "bearer",
        "matinee.v2",
    ]


async def test_the_cookie_counts_with_our_own_origin_only(house: House, place: Place, chat: Open) -> None:
    cookie = {"Cookie": f"sessionid={house.desk.http.cookies['sessionid']}"}
    ours = await chat(headers=cookie | {"Origin": house.server.url})
    await goes_by(ours, place.room_id, "staff")
    port = house.server.port
    foreign = [
        "null", "https://evil.example", f"{house.server.url}.evil.org", f"http://127.0.0.1:{port + 1}", f"https://127.0.0.1:{port}",
    ]  # fmt: skip
    for headers in ({}, *({"Origin": origin} for origin in foreign)):
        guest = await chat(headers=cookie | headers)
        await goes_by(guest, place.room_id, "guest", verified=False)
        await guest.say(private_message("bob", "in staff's name"))
        await refused(guest, 401, "not_authenticated")


async def test_a_session_that_ended_is_a_guest(house: House, place: Place, chat: Open) -> None:
    socket = await chat(headers={"Cookie": "sessionid=neverwas", "Origin": house.server.url})
    await goes_by(socket, place.room_id, "guest", verified=False)


async def test_a_guest_who_signs_in_within_a_room_is_that_person_there(alice: Person, place: Place, chat: Open) -> None:
    watcher, socket = await chat(v2=True), await chat()
    await watcher.say({"type": "join", "room_id": place.room_id, "username": "watcher"})
    await watcher.next("snapshot")
    await enter(socket, place.room_id, "somebody")
    await socket.say({"type": "auth", "token": alice.token})
    await goes_by(socket, place.room_id, alice.username)
    there = {"watcher"}
    while there != {"watcher", alice.username}:
        frame = await watcher.next("members")
        there = (there - set(frame["left"])) | set(frame["joined"])


async def test_the_same_person_renews_and_nobody_else_takes_over(
    house: House, alice: Person, bob: Person, place: Place, chat: Open
) -> None:
    socket = await chat(alice)
    await socket.say({"type": "auth", "token": renewed(house, alice)})
    await goes_by(socket, place.room_id, alice.username)
    await socket.say({"type": "auth", "token": bob.token, "client_id": "take over"})
    await refused(socket, 409, "conflict", ref="take over")
    await goes_by(socket, place.room_id, alice.username)


# Wrong tokens ---------------------------------------------------------------------------------------------------------


async def test_wrong_tokens_by_any_other_way_than_the_header_close_4501(
    house: House, alice: Person, bob: Person, place: Place, chat: Open
) -> None:
    bob.call(house.server, "POST", "/auth/logout")
    wrong = bad_tokens(house.server, alice) | {"revoked": bob.token, "none": ""}  # type: ignore[arg-type]
    for token in wrong.values():
        by_frame, by_join = await chat(), await chat()
        await by_frame.say({"type": "auth", "token": token})
        await by_join.say({"type": "join", "room_id": place.room_id, "username": "x", "token": token})
        await ended(by_frame, 4501, "bad_token")
        await ended(by_join, 4501, "bad_token")
    for kind in ("expired", "tampered signature", "refresh", "revoked"):
        await ended(await chat(subprotocols=["bearer", wrong[kind]]), 4501, "bad_token")
        await ended(await chat(subprotocols=["matinee.v2", "bearer", wrong[kind]], path="/ws/sync"), 4501, "bad_token")


@pytest.mark.parametrize("path", ["/ws/chat", "/ws/sync", "/ws/presence"])
async def test_wrong_tokens_in_the_header_are_refused_before_the_socket_opens(
    house: House, alice: Person, bob: Person, chat: Open, path: str
) -> None:
    alice.call(house.server, "POST", "/auth/logout")
    for headers in (
        {"Authorization": f"Bearer {alice.token}"},
        {"Authorization": f"Bearer {bob.refresh}"},
        {"Authorization": "Basic YWxpY2U6cGFzcw=="},
        {"Authorization": "Bearer"},
    ):
        with pytest.raises(InvalidStatus) as refusal:
            await chat(path=path, headers=headers)
        response = refusal.value.response
        assert (response.status_code, response.headers["content-type"]) == (401, "application/json")
    await chat(bob, path=path)


# Ends -----------------------------------------------------------------------------------------------------------------


async def everywhere(chat: Open, who: Person) -> list[Socket]:
    """The person's sockets on every path, each known to be open and signed in."""
    sockets = [await chat(who, v2=True, path=path) for path in ("/ws/chat", "/ws/sync", "/ws/presence")]
    for socket in sockets:
        await socket.say({"type": "ping", "t0": 1})
        await socket.next("pong")
    return sockets


WAYS_OUT = ["logout", "logout everywhere", "device removed", "deactivated", "deleted", "stolen refresh"]


@pytest.mark.parametrize("way", WAYS_OUT)
async def test_what_ends_a_login_ends_its_sockets(house: House, alice: Person, bob: Person, chat: Open, way: str) -> None:
    other = await chat(bob)
    body = {"device_id": "phone", "device_name": "n", "device_type": "t"}
    alice.call(house.server, "POST", "/devices", body)
    sockets = await everywhere(chat, alice)
    match way:
        case "logout":
            alice.call(house.server, "POST", "/auth/logout")
        case "logout everywhere":
            alice.call(house.server, "POST", "/auth/logout-everywhere")
        case "device removed":
            alice.call(house.server, "DELETE", "/devices/phone")
        case "deactivated":
            house.desk.deactivate(alice)
        case "deleted":
            house.desk.delete(alice)
        case "stolen refresh":
            renewed(house, alice)
            stolen = HTTP.post(f"{house.server.url}/auth/refresh", json={"refresh_token": alice.refresh})
            assert stolen.status_code == 401
    for socket in sockets:
        await ended(socket, 4501, "bad_token")
    await other.silent(0.1)
    with pytest.raises(InvalidStatus):
        await chat(alice)


async def test_a_new_password_ends_the_other_logins(house: House, place: Place, chat: Open) -> None:
    owner = house.server.register("alice")
    thief = Person(owner.id, owner.username, house.server.log_in(owner.username), "", house.server)
    here: Any = owner
    kept, lost = await chat(here), await chat(thief)
    await goes_by(kept, place.room_id, owner.username)
    body = {"old_password": PASSWORD, "new_password": "another horse, another battery"}
    assert owner.http.post("/auth/password", json=body).status_code == 200
    await ended(lost, 4501, "bad_token")
    await goes_by(kept, place.room_id, owner.username)


async def test_a_new_name_is_heard_at_once(house: House, alice: Person, place: Place, chat: Open) -> None:
    socket = await chat(alice)
    await enter(socket, place.room_id)
    name = f"{alice.username}-anew"
    alice.call(house.server, "PATCH", "/api/user", {"username": name})
    await goes_by(socket, place.room_id, name)


async def test_what_time_ends(house: House, alice: Person, place: Place, chat: Open) -> None:
    """A token that runs out, one renewed in time, and a guest who never says who they are on /ws/presence."""
    nobody = await chat(path="/ws/presence")
    await nobody.say({"type": "subscribe", "users": ["bob"]})
    await refused(nobody, 401, "not_authenticated")
    # Who never says it is waited for as long anyway.
    short = ends_in(house, alice, 6)
    lost, kept = await chat(), await chat()
    for socket in (lost, kept):
        await socket.say({"type": "auth", "token": short})
        await goes_by(socket, place.room_id, alice.username)
    await kept.say({"type": "auth", "token": alice.token})
    await goes_by(kept, place.room_id, alice.username)
    await ended(lost, 4501, "bad_token")
    await goes_by(kept, place.room_id, alice.username)
    await ended(nobody, 4501, "not_authenticated")


async def test_nothing_is_heard_after_the_end(house: House, alice: Person, bob: Person, chat: Open) -> None:
    """What arrives between the end of a login and the close of its socket is not told any more."""
    socket, sender = await chat(alice), await chat(bob, v2=True)
    await sender.say(private_message(alice.username, "before", client_id="before"))
    await socket.next("message", content="before")
    await asyncio.gather(asyncio.to_thread(alice.call, house.server, "POST", "/auth/logout"), socket.closed())
    await sender.say(private_message(alice.username, "after", client_id="after"))
    await sender.next("ack", client_id="after")
    assert not [frame for frame in socket.kept if frame.get("content") == "after"]


def test_the_log_holds_no_token(server: Server, house: House) -> None:
    """Tokens travel in headers, subprotocols and frames; none of them is written down."""
    assert "eyJ" not in server.log.read_text(errors="replace")
