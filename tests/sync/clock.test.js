import assert from "node:assert/strict";
import { test } from "node:test";

import { LocalTime, VirtualTime } from "../../sim/virtual.js";
import { Clock } from "../../static/js/sync/clock.js";
import { Pinger } from "../../static/js/sync/pinger.js";

const SERVER = 1_800_000_000_000; // the server's time when ours is 0

/** A ping that left at `t0` by a local clock `ahead` ms before the server's, `up` and `down` ms on its way. */
function asked(clock, t0, { up, down, ahead = 0 }) {
  const t1 = SERVER + t0 - ahead + up;
  clock.pong({ t0, t1, t2: t1 }, t0 + up + down);
}

test("nothing is known before the first answer, and a frame's own time serves until then", () => {
  const clock = new Clock();
  assert.equal(clock.at(0), null);
  assert.equal(clock.trip, null);
  clock.hint(undefined, 0);
  assert.equal(clock.at(0), null);
  clock.hint(SERVER + 90, 0);
  clock.hint(SERVER + 900, 10);
  assert.equal(clock.at(5), SERVER + 95);
  asked(clock, 100, { up: 20, down: 20 });
  assert.equal(clock.at(200), SERVER + 200);
});

test("a clock that is a minute wrong, either way, knows the server's time", () => {
  for (const ahead of [-60000, 0, 60000]) {
    const clock = new Clock();
    asked(clock, 70000, { up: 30, down: 30, ahead });
    assert.equal(clock.at(80000), SERVER + 80000 - ahead);
  }
});

test("the quickest answer counts, so a slow way back spoils little", () => {
  const clock = new Clock();
  asked(clock, 0, { up: 20, down: 800 });
  assert.equal(clock.at(1000), SERVER + 1000 - 390, "half of the asymmetry");
  asked(clock, 1000, { up: 20, down: 30 });
  assert.equal(clock.at(2000), SERVER + 2000 - 5);
  asked(clock, 2000, { up: 400, down: 20 });
  assert.equal(clock.at(3000), SERVER + 3000 - 5);
});

test("answers after more than 1.5 s, from the future or without sense are dropped", () => {
  const clock = new Clock();
  asked(clock, 0, { up: 1000, down: 501 });
  clock.pong({ t0: 100, t1: SERVER, t2: SERVER }, 50);
  clock.pong({ t0: "soon", t1: SERVER, t2: SERVER }, 50);
  assert.equal(clock.at(2000), null);
  asked(clock, 0, { up: 750, down: 750 });
  assert.equal(clock.at(2000), SERVER + 2000);
});

test("the last eight are kept, so an old lucky one goes", () => {
  const clock = new Clock();
  asked(clock, 0, { up: 1, down: 3 });
  for (let number = 1; number <= 7; number += 1) asked(clock, number * 1000, { up: 40, down: 60 });
  assert.equal(clock.at(9000), SERVER + 9000 - 1);
  asked(clock, 8000, { up: 40, down: 60 });
  assert.equal(clock.at(9000), SERVER + 9000 - 10);
  assert.equal(clock.trip, 100);
});

test("what is older than ten minutes counts no more", () => {
  const clock = new Clock();
  asked(clock, 0, { up: 1, down: 3 });
  asked(clock, 500_000, { up: 40, down: 60 });
  assert.equal(clock.at(600_000), SERVER + 600_000 - 1);
  assert.equal(clock.at(600_005), SERVER + 600_005 - 10);
});

test("after a jump of the local clock what was measured serves only until there is better", () => {
  const clock = new Clock();
  asked(clock, 0, { up: 1, down: 1 });
  clock.forget();
  assert.equal(clock.at(100), SERVER + 100);
  // It slept for an hour in which its own clock stood still.
  asked(clock, 200, { up: 300, down: 300, ahead: -3_600_000 });
  assert.equal(clock.at(1000), SERVER + 3_601_000);
});

class Socket extends EventTarget {
  pings = [];

  constructor(time) {
    super();
    this.time = time;
  }

  ping() {
    this.pings.push(this.time.t);
  }

  open() {
    this.dispatchEvent(new Event("open"));
  }
}

function pinging(page = new EventTarget()) {
  const time = new VirtualTime();
  const local = new LocalTime(time);
  const socket = new Socket(time);
  const clock = new Clock();
  new Pinger({ socket, clock, time: local, page });
  return { time, local, socket, clock, page };
}

test("five pings 200 ms apart when it opens, then one every 15 s", async () => {
  const { time, socket } = pinging();
  socket.open();
  await time.run(40000);
  assert.deepEqual(socket.pings, [0, 200, 400, 600, 800, 15800, 30800]);
});

test("it asks again when the line comes back and when the page is looked at again", async () => {
  const { time, socket, page } = pinging();
  socket.open();
  await time.run(10000);
  socket.open();
  await time.run(11000);
  page.hidden = false;
  page.dispatchEvent(new Event("visibilitychange"));
  await time.run(20000);
  assert.deepEqual(socket.pings.slice(5), [10000, 10200, 10400, 10600, 10800, 11000, 11200, 11400, 11600, 11800]);
  page.hidden = true;
  page.dispatchEvent(new Event("visibilitychange"));
  await time.run(20100);
  assert.equal(socket.pings.length, 15);
});

test("after a gap it asks again; a clock that stood still meanwhile is not believed", async () => {
  for (const stoodStill of [false, true]) {
    const { time, local, socket, clock } = pinging();
    socket.open();
    clock.pong({ t0: 0, t1: SERVER, t2: SERVER }, 0);
    await time.run(10500);
    // The page sleeps for a minute: no timer runs.
    const now = local.now;
    local.now = () => now() + (stoodStill ? 0 : 60000);
    local.wall = () => now() + 60000;
    await time.run(12000);
    assert.equal(socket.pings.length, 10, `stood still: ${stoodStill}`);
    clock.pong({ t0: 0, t1: SERVER + 7, t2: SERVER + 7 }, 900);
    assert.equal(clock.at(900), stoodStill ? SERVER + 457 : SERVER + 900);
  }
});

test("a steady clock is not asked more often than it must", async () => {
  const { time, socket } = pinging();
  socket.open();
  await time.run(3_600_000);
  assert.equal(socket.pings.length, 5 + 239);
});
