"""What a socket is owed, with a clock that only the test moves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from realtime import frames
from realtime.outbox import MAX_BYTES, MAX_FRAMES, MAX_HELD, TICK, Flusher, Outbox
from realtime.wire import Frame, server_frame


class Loop:
    """The little of a loop that an outbox on a server of ours needs."""

    def __init__(self) -> None:
        self.now = 100.0
        self.due: list[Callable[[], None]] = []
        self.soon: list[Callable[[], None]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, step: Callable[[], None]) -> None:
        assert 0 < seconds < 2 * TICK
        self.due.append(step)

    def call_soon(self, step: Callable[[], None]) -> None:
        self.soon.append(step)

    def run(self) -> None:
        """What runs now has ended."""
        soon, self.soon = self.soon, []
        for step in soon:
            step()

    def tick(self) -> None:
        """One tick passes."""
        self.run()
        self.now += 1.1 * TICK
        due, self.due = self.due, []
        for step in due:
            step()


class Transport:
    """Where prepared frames go. `full` is a reader who does not read."""

    def __init__(self) -> None:
        self.writable = asyncio.Event()
        self.writable.set()
        self.on_writable: Callable[[], None] | None = None
        self.writes: list[bytes] = []

    def write_prepared(self, data: bytes) -> bool:
        self.writes.append(data)
        return True

    def resume(self) -> None:
        self.writable.set()
        assert self.on_writable is not None
        self.on_writable()


class Case:
    """An outbox with everything around it."""

    def __init__(self) -> None:
        self.loop, self.transport = Loop(), Transport()
        self.cut = 0
        self.flusher = Flusher(self.loop)  # type: ignore[arg-type]
        self.outbox = Outbox(self.flusher, self._send, self.transport, self._too_slow)  # type: ignore[arg-type]

    async def _send(self, message: dict[str, Any]) -> None:
        raise AssertionError("prepared frames do not take the plain way")

    def _too_slow(self) -> None:
        self.cut += 1

    def put(self, *numbers: int, **more: Any) -> None:
        for number in numbers:
            self.outbox.put(numbered(number, **more))

    @property
    def written(self) -> list[list[int]]:
        """The numbers of each write."""
        return [numbers_in(data) for data in self.transport.writes]

    @property
    def told(self) -> list[int]:
        return [number for write in self.written for number in write]


def numbered(number: int, *, key: str | None = None, mark: tuple[int, int] | None = None, size: int = 0) -> Frame:
    return Frame(frames.Resync(reason=f"{number:06d}" + "x" * size), key=key, mark=mark)


def numbers_in(data: bytes) -> list[int]:
    """The frames of one write; they are all short, or all of one size."""
    found, rest = [], data
    while rest:
        head = 2 if rest[1] < 126 else 4 if rest[1] == 126 else 10
        length = rest[1] if head == 2 else int.from_bytes(rest[2:head], "big")
        payload, rest = rest[head : head + length], rest[head + length :]
        found.append(int(json.loads(payload)["reason"][:6]))
    return found


@pytest.fixture
def case() -> Case:
    return Case()


def test_a_batch_leaves_at_once_and_together_and_then_one_write_a_tick(case: Case) -> None:
    case.put(1, 2)
    case.loop.run()
    assert case.written == [[1, 2]]
    case.put(3)
    case.loop.run()
    case.put(4, 5)
    case.loop.run()
    assert case.written == [[1, 2]]
    case.loop.tick()
    assert case.written == [[1, 2], [3, 4, 5]]
    case.loop.tick()
    case.put(6)
    case.loop.run()
    assert case.written == [[1, 2], [3, 4, 5], [6]]


def test_one_frame_alone_is_written_as_it_is(case: Case) -> None:
    frame = numbered(1)
    case.outbox.put(frame)
    case.loop.run()
    assert case.transport.writes == [server_frame(frame.payload)]
    assert case.transport.writes[0] is frame.wire


def test_however_much_happens_in_one_moment_a_ready_reader_gets_all_of_it(case: Case) -> None:
    case.put(*range(10 * MAX_FRAMES))
    case.put(*range(20), size=100_000)
    case.loop.tick()
    assert (case.cut, case.outbox.closed) == (0, False)
    assert case.told == [*range(10 * MAX_FRAMES), *range(20)]


def test_a_full_transport_is_waited_for(case: Case) -> None:
    case.transport.writable.clear()
    for number in range(10):
        case.put(number)
        case.loop.tick()
    assert case.written == []
    case.transport.resume()
    assert case.written == [list(range(10))]


def test_beyond_half_of_the_bound_only_the_newest_of_a_kind_is_kept(case: Case) -> None:
    case.transport.writable.clear()
    case.put(1, key="status 7")
    case.put(*range(100, 100 + MAX_FRAMES // 2 - 2))
    case.put(2, key="status 7")
    case.put(3, key="status 8")
    case.transport.resume()
    assert 1 not in case.told
    assert [number for number in case.told if number < 100] == [2, 3]
    assert [number for number in case.told if number >= 100] == list(range(100, 100 + MAX_FRAMES // 2 - 2))


def test_up_to_half_of_the_bound_nothing_is_dropped(case: Case) -> None:
    case.transport.writable.clear()
    case.put(*range(MAX_FRAMES // 2), key="status 7")
    case.transport.resume()
    assert case.told == list(range(MAX_FRAMES // 2))


def test_replaceable_frames_never_make_a_reader_too_slow(case: Case) -> None:
    case.transport.writable.clear()
    case.put(*range(20 * MAX_FRAMES), key="position 1 alice")
    assert (case.cut, case.outbox.closed) == (0, False)
    case.transport.resume()
    assert case.told[-1] == 20 * MAX_FRAMES - 1
    assert len(case.told) <= MAX_FRAMES


@pytest.mark.parametrize(("count", "size"), [(MAX_FRAMES, 0), (MAX_BYTES // 10_000 - 1, 10_000 - 40)])
def test_at_the_bound_the_reader_is_too_slow(case: Case, count: int, size: int) -> None:
    case.transport.writable.clear()
    case.put(*range(count), size=size)
    assert (case.cut, case.outbox.closed) == (0, False)
    case.put(*range(3), size=size)
    assert (case.cut, case.outbox.closed) == (1, True)
    case.put(*range(3), size=size)
    case.transport.resume()
    assert (case.cut, case.written) == (1, [])


def test_what_is_live_waits_for_what_was_missed(case: Case) -> None:
    case.outbox.hold()
    case.put(1, mark=(7, 4))
    case.put(2, mark=(7, 5))
    case.put(3, mark=(7, 6))
    case.put(4, mark=(8, 1))
    case.put(5)
    for number in (104, 105):
        case.outbox.put_missed(numbered(number))
    case.loop.tick()
    assert case.told == [104, 105]
    case.outbox.release({7: 5})
    case.loop.tick()
    assert case.told == [104, 105, 3, 4, 5]
    case.put(6, mark=(7, 5))
    case.put(7, mark=(7, 7))
    case.loop.tick()
    assert case.told == [104, 105, 3, 4, 5, 7], "announced late, but told already"


def test_what_is_held_has_a_bound_too(case: Case) -> None:
    case.outbox.hold()
    case.put(*range(MAX_HELD))
    assert (case.cut, case.outbox.closed) == (0, False)
    case.put(1)
    assert (case.cut, case.outbox.closed) == (1, True)
    case.outbox.release({})
    case.loop.tick()
    assert case.written == []


def test_closing_writes_what_is_owed_and_takes_no_more(case: Case) -> None:
    case.put(1)
    case.loop.run()
    case.put(2, 3)
    case.outbox.close()
    case.put(4)
    case.outbox.put_missed(numbered(5))
    case.loop.tick()
    assert case.written == [[1], [2, 3]]


class Plain:
    """A server that takes one frame after the other, when the test lets it."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.cut = 0
        self.may_send = asyncio.Event()
        self.outbox = Outbox(Flusher(asyncio.get_running_loop()), self.send, None, self.too_slow)

    async def send(self, message: dict[str, Any]) -> None:
        await self.may_send.wait()
        assert message["type"] == "websocket.send"
        self.sent.append(json.loads(message["text"])["reason"][:6])

    def too_slow(self) -> None:
        self.cut += 1


async def test_on_any_other_server_frames_are_sent_one_by_one_in_order() -> None:
    plain = Plain()
    for number in range(50):
        plain.outbox.put(numbered(number))
    plain.may_send.set()
    plain.outbox.close()
    await plain.outbox.drained()
    assert plain.sent == [f"{number:06d}" for number in range(50)]


async def test_on_any_other_server_a_slow_reader_is_bounded_too() -> None:
    plain = Plain()
    plain.outbox.put(numbered(0))
    plain.outbox.flush()
    for number in range(MAX_FRAMES + 2):
        plain.outbox.put(numbered(number))
    assert (plain.cut, plain.outbox.closed) == (1, True)


async def test_a_client_that_is_gone_is_owed_nothing() -> None:
    async def broken(message: dict[str, Any]) -> None:
        raise RuntimeError("Unexpected ASGI message 'websocket.send'")

    outbox = Outbox(Flusher(asyncio.get_running_loop()), broken, None, lambda: None)
    outbox.put(numbered(1))
    async with asyncio.timeout(20):
        while not outbox.closed:
            await asyncio.sleep(0.001)
    outbox.put(numbered(2))
    await outbox.drained()
