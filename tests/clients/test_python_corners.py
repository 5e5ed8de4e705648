"""The Python client where the real server hardly ever brings it."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from typing import Any

import pytest

from clients.python.matinee_client import LONGEST_WAIT, Refused, Unsure, back_off, is_final
from tests.clients.conftest import PATIENCE, Connect, Listener
from tests.clients.scripted import Line, scripted

pytestmark = pytest.mark.embedded_only  # Nothing here depends on the stores.


def told(listener: Listener) -> list[int]:
    """The changes that were told, in order."""
    return [frame["change"] for frame in listener.frames if frame["type"] in ("message", "change")]


async def test_what_is_live_before_the_replay_waits_for_it(connect: Connect) -> None:
    since: list[Any] = []

    async def script(line: Line) -> None:
        await line.hello()
        if line.number == 2:
            await line.message(9)
        since.append((await line.next("resume"))["since"])
        if line.number == 2:
            for change in (6, 7, 8, 9):
                await line.message(change)
        await line.say("synced", conversations={"1": 5 if line.number == 1 else 9, "2": 40})
        if line.number == 2:
            await line.message(10)
            await line.message(41, conversation_id=2)
            await line.until_closed()

    async with scripted(script) as address:
        listener = Listener()
        client = await connect(address, token="a.b.c", on_frame=listener)
        await listener.until(lambda: len(told(listener)) == 6)
        assert told(listener) == [6, 7, 8, 9, 10, 41]
        assert since == [{}, {"1": 5, "2": 40}]
        assert client.cursors == {1: 10, 2: 41}


async def test_an_ack_does_not_move_the_cursor_past_what_is_on_its_way(connect: Connect) -> None:
    """2 is ours and is acknowledged before 1 arrives; the line breaks; the replay brings both, and only 1 is told."""
    since: list[Any] = []

    async def script(line: Line) -> None:
        await line.hello()
        since.append((await line.next("resume"))["since"])
        if line.number == 1:
            await line.say("synced", conversations={})
            await line.ack(await line.next("message"), 2)
            return
        await line.message(1)
        await line.message(2, sender="alice", client_id="mine")
        await line.message(3)
        await line.say("synced", conversations={"1": 3})
        await line.until_closed()

    async with scripted(script) as address:
        listener = Listener()
        client = await connect(address, token="a.b.c", on_frame=listener)
        ack = await client.send(recipient="bob", content="hi", client_id="mine")
        assert ack["change"] == 2
        await listener.until(lambda: len(told(listener)) == 2)
        assert told(listener) == [1, 3]
        assert since == [{}, {}]


async def test_a_send_is_repeated_once_and_only_if_the_replay_lacks_it(connect: Connect) -> None:
    repeated: list[str] = []

    async def script(line: Line) -> None:
        await line.hello()
        await line.next("resume")
        if line.number == 1:
            await line.say("synced", conversations={})
            for _ in range(2):
                await line.next("message")
            return
        await line.message(1, sender="alice", client_id="stored")
        await line.say("synced", conversations={"1": 1})
        again = await line.next("message")
        repeated.append(again["client_id"])
        await line.ack(again, 2, duplicate=True)
        repeated.append((await line.next("message"))["client_id"])

    async with scripted(script) as address:
        listener = Listener()
        client = await connect(address, token="a.b.c", on_frame=listener)
        stored = asyncio.create_task(client.send(recipient="bob", content="one", client_id="stored"))
        lost = asyncio.create_task(client.send(recipient="bob", content="two", client_id="lost"))
        async with asyncio.timeout(PATIENCE):
            assert (await stored)["seq"] == 1
            assert (await lost)["duplicate"] is True
        third = asyncio.create_task(client.send(recipient="bob", content="three", client_id="three"))
        async with asyncio.timeout(PATIENCE):
            while len(repeated) < 2:
                await asyncio.sleep(0.01)
        assert repeated == ["lost", "three"]
        assert told(listener) == []
        third.cancel()


async def test_too_far_behind_asks_for_the_lists(connect: Connect) -> None:
    since: list[Any] = []

    async def script(line: Line) -> None:
        await line.hello()
        since.append((await line.next("resume"))["since"])
        await line.message(900)
        await line.say("resync", reason="too_far_behind")
        since.append((await line.next("resume"))["since"])
        await line.message(901)
        await line.say("synced", conversations={"1": 901})
        await line.until_closed()

    async def read_the_lists(frame: dict[str, Any]) -> dict[int, int]:
        assert frame["reason"] == "too_far_behind"
        return {1: 900}

    async with scripted(script) as address:
        listener = Listener()
        await connect(address, token="a.b.c", on_frame=listener, on_resync=read_the_lists, cursors={1: 5})
        await listener.until(lambda: told(listener) == [901])
        assert since == [{"1": 5}, {"1": 900}]


async def test_a_guests_send_under_way_is_unsure_and_what_waited_is_sent(connect: Connect) -> None:
    async def script(line: Line) -> None:
        await line.hello(user=None)
        sent = await line.next("message")
        if line.number == 2:
            await line.ack(sent, 1)
            await line.until_closed()

    async with scripted(script) as address:
        client = await connect(address)
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(Unsure):
                await client.send(room_id="movie-1", username="charlie", content="one")
            ack = await client.send(room_id="movie-1", username="charlie", content="two")
        assert ack["seq"] == 1


async def test_it_waits_as_long_as_it_is_told_to(connect: Connect) -> None:
    began: list[float] = []

    async def script(line: Line) -> None:
        began.append(time.monotonic())
        if line.number == 1:
            await line.error(429, "too_many_sockets", retry_after=1.5)
            await line.connection.close(4029)
        await line.hello()
        await line.next("resume")
        await line.say("synced", conversations={})
        await line.until_closed()

    async with scripted(script) as address:
        listener = Listener()
        await connect(address, token="a.b.c", on_frame=listener)
        await listener.until(lambda: any(frame["type"] == "hello" for frame in listener.frames))
        assert began[1] - began[0] >= 1.5


async def test_what_answers_a_send_puts_no_reconnect_off(connect: Connect) -> None:
    async def script(line: Line) -> None:
        await line.hello()
        await line.next("resume")
        await line.say("synced", conversations={})
        sent = await line.next("message")
        if line.number == 2:
            await line.ack(sent, 1)
            await line.until_closed()
        await line.error(429, "slow_mode", ref=sent["client_id"], retry_after=300)

    async with scripted(script) as address:
        client = await connect(address, token="a.b.c")
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(Refused) as refused:
                await client.send(room_id="movie-1", content="too soon")
            assert refused.value.retry_after == 300
            assert (await client.send(room_id="movie-1", content="over another line"))["seq"] == 1


async def test_a_frame_that_the_server_closes_over_is_given_up(connect: Connect) -> None:
    async def script(line: Line) -> None:
        await line.hello()
        await line.next("resume")
        await line.say("synced", conversations={})
        sent = await line.next("message")
        if line.number == 1:
            await line.next("message")
            await line.connection.close(4009)
        await line.ack(sent, 1)
        await line.until_closed()

    async with scripted(script) as address:
        client = await connect(address, token="a.b.c")
        small = asyncio.create_task(client.send(recipient="bob", content="small"))
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(Refused) as refused:
                await client.send(recipient="bob", content="large" * 100)
            assert (await small)["seq"] == 1
        assert refused.value.error == "too_large"


async def test_a_token_is_renewed_before_it_ends_and_the_servers_clock_is_known(connect: Connect) -> None:
    renewed = asyncio.Event()
    tokens = iter([_token(12), _token(3600)])
    used: list[str] = []

    async def renew() -> str:
        used.append(next(tokens))
        return used[-1]

    async def script(line: Line) -> None:
        assert used[0] in line.connection.request.headers["Sec-WebSocket-Protocol"]  # type: ignore[union-attr]
        await line.hello()
        await line.next("resume")
        await line.say("synced", conversations={})
        if (await line.next("auth"))["token"] == used[1]:
            renewed.set()
        await line.until_closed()

    async with scripted(script) as address:
        client = await connect(address, renew=renew)
        async with asyncio.timeout(PATIENCE):
            await renewed.wait()
        # The script's clock is ten seconds ahead of ours, so the token's end was nearer than it looked.
        assert 5_000 < client.server_now() - time.time() * 1000 < 15_000


def _token(seconds: float) -> str:
    payload = base64.urlsafe_b64encode(json.dumps({"exp": time.time() + seconds}).encode()).rstrip(b"=").decode()
    return f"e30.{payload}.c2ln"


def test_coming_back_waits_longer_each_time() -> None:
    waits = [(back_off(tries, lambda: 0), back_off(tries, lambda: 1)) for tries in (0, 1, 5, 5000)]
    assert waits == [(0.25, 0.5), (0.5, 1), (LONGEST_WAIT / 2, LONGEST_WAIT), (LONGEST_WAIT / 2, LONGEST_WAIT)]
    assert [is_final(code) for code in (1006, 1012, 4008, 4029, 4500, 4501, 4503, 4999)] == [False] * 4 + [True] * 4
