import assert from "node:assert/strict";
import { test } from "node:test";

import { START, report } from "../../static/js/sync/readiness.js";

const GOOD = {
  epoch: 1, rev: 5, isWaiting: false, isWanted: true, readyState: 4, isSeeking: false, ahead: 20, left: 1000, isHidden: false,
  condition: "playing",
};
const DRY = { readyState: 2, ahead: 0 };

/** What is told at which moment (ms) while `at(now)` is how the player is; without the progress. */
function told(ms, at, more = {}) {
  let state = { ...START, ...more };
  const lines = [];
  for (let now = 0; now <= ms; now += 250) {
    const [types, next] = report(state, { now, ...GOOD, ...at(now) });
    state = next;
    for (const type of types) if (type !== "progress") lines.push([type, now]);
  }
  return lines;
}

test("a player that runs tells nothing", () => {
  assert.deepEqual(told(10000, () => ({})), []);
});

test("it tells of waiting after a second, once, and when it can go on", () => {
  assert.deepEqual(told(10000, (now) => (now < 5000 ? DRY : { ahead: 1.9 })), [["buffering", 1000]]);
  assert.deepEqual(told(10000, (now) => (now < 5000 ? DRY : {})), [["buffering", 1000], ["ready", 5000]]);
  assert.deepEqual(told(10000, (now) => (now < 5000 ? { isSeeking: true } : {})), [["buffering", 1000], ["ready", 5000]]);
});

test("less than a second is nobody's business", () => {
  assert.deepEqual(told(10000, (now) => (now % 1250 < 1000 ? DRY : {})), []);
});

test("near the end of the film there cannot be two seconds more", () => {
  assert.deepEqual(told(3000, (now) => (now < 2000 ? DRY : { ahead: 0.8, left: 0.7 })), [["buffering", 1000], ["ready", 2000]]);
});

test("each names what it answers: after a change of the timeline both are told anew", () => {
  const changing = (now) => ({ ...(now < 4000 ? DRY : {}), rev: now < 2000 ? 5 : 6 });
  assert.deepEqual(told(6000, changing), [["buffering", 1000], ["buffering", 2000], ["ready", 4000]]);
  const waiting = (now) => ({ isWaiting: true, rev: now < 1000 ? 5 : 6 });
  assert.deepEqual(told(3000, waiting), [["ready", 0], ["ready", 1000]]);
});

test("a room that waits is told by everyone who is ready, once", () => {
  assert.deepEqual(told(3000, () => ({ isWaiting: true })), [["ready", 0]]);
});

test("who is alone, or in a room that rests, is not waited for", () => {
  assert.deepEqual(told(5000, () => ({ ...DRY, isWanted: false })), []);
});

test("how it is, a second later when that changes", () => {
  let state = START;
  const times = [];
  for (let now = 0; now < 8000; now += 250) {
    const [types, next] = report(state, { now, ...GOOD, condition: now < 500 ? "paused" : "playing" });
    state = next;
    if (types.includes("progress")) times.push(now);
  }
  assert.deepEqual(times, [0, 1000, 6000]);
});

test("how it is, every five seconds, ten when hidden", () => {
  for (const [isHidden, expected] of [[false, [0, 5000, 10000, 15000]], [true, [0, 10000]]]) {
    let state = START;
    const times = [];
    for (let now = 0; now < 20000; now += 250) {
      const [types, next] = report(state, { now, ...GOOD, isHidden });
      state = next;
      if (types.includes("progress")) times.push(now);
    }
    assert.deepEqual(times, expected);
  }
});
