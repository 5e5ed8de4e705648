"""How much one person, one address and one socket may."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest
from websockets.exceptions import InvalidStatus

from tests.realtime.house import House, Person, Place
from tests.realtime.people import Open
from tests.realtime.steering import given, joined, order
from tests.realtime.talking import ended, enter, flood, goes_by, private_message, refused, room_message
from tests.rig.servers import Server, Starter
from tests.rig.sockets import Socket

BURST, PER_USER, PER_ADDRESS = 6, 3, 8


@pytest.fixture(scope="module")
def strict(house: House, start_module_server: Starter) -> Server:
    """A server of the house with tight limits, which are filled up again only after these tests: also tenfold, for an address.

    Tests come from addresses of their own.
    """
    return start_module_server(
        beside=house.server,
        LIMIT_MESSAGES_PER_SECOND="0.0001",
        LIMIT_MESSAGE_BURST=BURST,
        LIMIT_COMMANDS_PER_SECOND="0.0001",
        LIMIT_COMMAND_BURST=3,
        LIMIT_SOCKETS_PER_USER=PER_USER,
        LIMIT_SOCKETS_PER_ADDRESS=PER_ADDRESS,
        LIMIT_FRAME_BYTES=20_000,
        LIMIT_LOGINS_PER_MINUTE=3,
        GUEST_NAMES="free",
        TRUSTED_PROXIES="127.0.0.0/8",
    )


_addresses = count()


def somewhere() -> dict[str, str]:
    """The headers of somebody at an address where nobody was before."""
    number = next(_addresses)
    return {"X-Forwarded-For": f"198.18.{number // 256}.{number % 256}"}


@pytest.fixture
def here() -> dict[str, str]:
    """An address for this test alone."""
    return somewhere()


async def test_sockets_per_person(
    strict: Server, here: dict[str, str], alice: Person, bob: Person, place: Place, chat: Open
) -> None:
    sockets = [await chat(alice, server=strict, headers=here) for _ in range(PER_USER)]
    await ended(await chat(alice, server=strict, headers=here), 4029, "too_many_sockets")
    by_frame = await chat(server=strict, headers=here)
    await by_frame.say({"type": "auth", "token": alice.token})
    await ended(by_frame, 4029, "too_many_sockets")
    await goes_by(await chat(bob, server=strict, headers=here), place.room_id, bob.username)
    await goes_by(sockets[0], place.room_id, alice.username)
    await sockets.pop().close()
    await goes_by(await in_again(strict, alice, chat), place.room_id, alice.username)


async def in_again(strict: Server, person: Person, chat: Open) -> Socket:
    """The server counts a socket out soon after it closed. Who is not let in is told so before they can say anything."""
    async with asyncio.timeout(20):
        while True:
            socket = await chat(person, server=strict, subprotocols=["matinee.v2"], headers=somewhere())
            if (await socket.next())["type"] == "hello":
                return socket
            await ended(socket, 4029)


async def test_sockets_per_address(strict: Server, here: dict[str, str], place: Place, chat: Open) -> None:
    sockets = [await chat(server=strict, headers=here) for _ in range(PER_ADDRESS)]
    for _ in range(3):
        with pytest.raises(InvalidStatus) as refusal:
            await chat(server=strict, headers=here)
        response = refusal.value.response
        assert (response.status_code, response.headers["retry-after"]) == (429, "10")
        assert b'"too_many_sockets"' in response.body
    await chat(server=strict, headers=somewhere())
    await goes_by(sockets[-1], place.room_id, "guest", verified=False)


async def test_messages_of_a_person_whatever_socket(
    strict: Server, here: dict[str, str], alice: Person, bob: Person, place: Place, chat: Open
) -> None:
    one, two = await chat(alice, server=strict, headers=here), await chat(alice, server=strict, headers=here)
    for number in range(BURST):
        await (one, two)[number % 2].say(room_message(place.room_id, f"message {number}", client_id=f"{number}"))
        await (one, two)[number % 2].next("message", content=f"message {number}")
    for socket in (one, two):
        for frame in (
            room_message(place.room_id, "x", client_id="over"),
            private_message(bob.username, "x", client_id="over"),
        ):
            await socket.say(frame)
            error = await refused(socket, 429, "too_many_requests", ref="over")
            assert 0 < error["retry_after"] <= 10_000
    await goes_by(await chat(bob, server=strict, headers=here), place.room_id, bob.username)


async def test_messages_of_a_guest(strict: Server, here: dict[str, str], place: Place, chat: Open) -> None:
    """Per socket, and all guests of an address together ten times that."""
    guest = await chat(server=strict, headers=here)
    for number in range(BURST):
        await guest.say(room_message(place.room_id, f"{number}"))
        await guest.next("message", content=f"{number}")
    await guest.say(room_message(place.room_id, "over"))
    await refused(guest, 429, "too_many_requests")
    await goes_by(await chat(server=strict, headers=here), place.room_id, "guest", verified=False)
    sent = BURST + 1
    while sent < 10 * BURST:
        another = await chat(server=strict, headers=here)
        for _ in range(min(BURST, 10 * BURST - sent)):
            await goes_by(another, place.room_id, "guest", verified=False)
            sent += 1
        await another.close()
    last = await chat(server=strict, headers=here)
    await last.say(room_message(place.room_id, "over"))
    await refused(last, 429, "too_many_requests")
    await goes_by(await chat(server=strict, headers=somewhere()), place.room_id, "guest", verified=False)


async def test_commands_of_a_person_whatever_socket(
    strict: Server, here: dict[str, str], house: House, alice: Person, chat: Open
) -> None:
    place = house.steered_place()
    one, two = [await chat(alice, server=strict, path="/ws/sync", v2=True, headers=here) for _ in range(2)]
    for socket in (one, two):
        await joined(socket, place)
    for socket, action in ((one, "play"), (two, "pause")):
        await given(socket, place, action)
    await given(one, place, "seek", current_time=1)
    await refused(one, 429, ref=await order(one, place, "seek", current_time=2))
    error = await refused(two, 429, "too_many_requests", ref=await order(two, place, "play"))
    assert error["retry_after"] > 1
    guest = await chat(server=strict, path="/ws/sync", v2=True, headers=here)
    await joined(guest, place)
    for _ in range(3):
        await given(guest, place, "play")
    await refused(guest, 429, ref=await order(guest, place, "play"))


async def test_too_many_refusals_end_the_socket(house: House, place: Place, chat: Open) -> None:
    """Fifty within ten seconds are borne."""
    guest, other = await chat(), await chat()
    for number in range(50):
        await guest.say({"type": f"no such type {number}"})
    for number in range(50):
        await refused(guest, 400, "unknown_type", ref=f"no such type {number}")
    await goes_by(guest, place.room_id, "guest", verified=False)
    await flood(guest, "{")
    await ended(guest, 4029, "malformed")
    await goes_by(other, place.room_id, "guest", verified=False)


async def test_large_frames(strict: Server, house: House, chat: Open) -> None:
    for server, limit in ((house.server, 65_536), (strict, 20_000)):
        socket, whole = await chat(server=server, headers=somewhere()), '{"type":"ping","t0":1,"pad":""}'
        fits = whole.replace('""', '"' + "x" * (limit - len(whole)) + '"')
        assert len(fits) == limit
        await socket.say(fits)
        await refused(socket, 400, "unknown_type")
        await socket.say(fits.replace("pad", "pads"))
        await ended(socket, 1009)


async def test_frames_that_are_no_text(place: Place, chat: Open) -> None:
    binary, broken = await chat(), await chat()
    for data in (b"", b"{}", b"\xff" * 100):
        await binary.say(data)
        await refused(binary, 400, "binary")
    await goes_by(binary, place.room_id, "guest", verified=False)
    await broken.connection.send(b'{"type":"\xff\xfe"}', text=True)
    assert await broken.closed() == 1007


async def test_names_of_accounts_are_not_free_for_guests(strict: Server, alice: Person, place: Place, chat: Open) -> None:
    guest = await chat(server=strict, headers=somewhere())
    for name in (alice.username, alice.username.upper(), "ａlice" + alice.username[5:]):
        await guest.say(room_message(place.room_id, "it is me", username=name))
        await refused(guest, 403, "name_taken")
    await guest.say({"type": "join", "room_id": place.room_id, "username": alice.username})
    await refused(guest, 403, "name_taken")
    await goes_by(guest, place.room_id, "guest", verified=False)


async def test_fragments_are_put_together(place: Place, chat: Open) -> None:
    """A frame in pieces is one frame; empty pieces without end are none."""
    guest = await chat()

    async def pieces(text: str) -> None:
        await guest.connection.send(iter_pieces(text))

    await pieces('{"type":"message","room_id":"%s","username":"guest","content":"爱"}' % place.room_id)  # noqa: UP031
    await guest.next("message", content="爱")
    await enter(guest, place.room_id)


def iter_pieces(text: str) -> list[str]:
    return [text[:10], "", text[10:30], "", text[30:]]


async def test_a_flood_ends_while_others_talk(strict: Server, alice: Person, place: Place, chat: Open) -> None:
    flooding, other = await chat(server=strict, headers=somewhere()), await chat(alice, server=strict, headers=somewhere())
    sending = asyncio.create_task(flood(flooding, room_message(place.room_id, "flood", username="flood"), 2_000))
    await goes_by(other, place.room_id, alice.username)
    await ended(flooding, 4029, "too_many_requests")
    await sending
    await goes_by(other, place.room_id, alice.username)


async def test_guesses_at_a_partys_password(strict: Server, alice: Person, place: Place, chat: Open) -> None:
    settings = {"movie_id": place.movie_id, "password": "sesame"}
    party = alice.call(strict, "POST", "/api/rooms", settings)["room"]
    guest = await chat(server=strict, headers=somewhere())
    join = {"type": "join", "room_id": party["room_id"], "username": "guest"}
    for number in range(3):
        await guest.say({**join, "password": f"guess {number}"})
        await refused(guest, 403, "wrong_password")
    await guest.say({**join, "password": "sesame"})
    refusal = await refused(guest, 429, "too_many_requests")
    assert 0 < refusal["retry_after"] <= 60
    elsewhere = await chat(server=strict, headers=somewhere())
    await elsewhere.say({**join, "password": "sesame"})
    await goes_by(elsewhere, party["room_id"], "guest", verified=False)
    await guest.say({**join, "invite": party["invite_link"].partition("?invite=")[2]})
    await goes_by(guest, party["room_id"], "guest", verified=False)
