import assert from "node:assert/strict";
import { test } from "node:test";

import { seeded } from "../../sim/virtual.js";
import { START, decide } from "../../static/js/sync/drift.js";
import { RoomTimeline, expectedPosition } from "../../static/js/sync/timeline.js";

const NONE = { action: "none" };
const SETTLED = { ...START, correcting: false };

function sample(drift, more = {}) {
  const now = more.now ?? 100_000;
  return { now, player: 50 + drift, expected: 50, base: 1, isReady: true, landedAt: -Infinity, isPaused: false, isAlone: false, ...more };
}

/** What is decided about one look, by a player that has been at ease. */
function decided(drift, more = {}, state = SETTLED) {
  return decide(state, sample(drift, more))[0];
}

const rate = (value) => ({ action: "rate", rate: value });

test("near is near enough, and where it begins to correct is not where it stops", () => {
  assert.deepEqual(decided(0.029), NONE);
  assert.deepEqual(decided(-0.029), NONE);
  assert.equal(decided(0.031).action, "rate");
  const correcting = { ...START, correcting: true };
  assert.equal(decided(0.011, {}, correcting).action, "rate");
  const [decision, next] = decide(correcting, sample(0.009));
  assert.deepEqual(decision, rate(1));
  assert.equal(next.correcting, false);
});

test("who has just come or sought corrects until near once", () => {
  const [decision, next] = decide(START, sample(0.02));
  assert.equal(decision.action, "rate");
  assert.equal(decide({ ...next, drifts: [] }, sample(0.0))[1].correcting, false);
});

test("the rate leans against the drift in steps, by six per cent at most and ten when far", () => {
  const lean = (drift, base = 1) => Number((decided(drift, { base }).rate / base).toFixed(6));
  assert.equal(lean(0.2), 0.975);
  assert.equal(lean(-0.2), 1.025);
  assert.equal(lean(0.035), 0.995);
  assert.equal(lean(-0.031), 1.005);
  assert.equal(lean(0.3), 0.965);
  assert.equal(lean(0.5), 0.94);
  assert.equal(lean(0.99), 0.94);
  assert.equal(lean(1.0), 0.9);
  assert.equal(lean(-1.4), 1.1);
  assert.equal(lean(-0.5, 1.5), 1.06);
});

test("farther than 1.5 s it seeks, once", () => {
  assert.equal(decided(1.5).action, "rate");
  assert.deepEqual(decided(1.51), { action: "seek" });
  assert.deepEqual(decided(-600), { action: "seek" });
  const [, after] = decide(SETTLED, sample(9, { now: 1000 }));
  assert.deepEqual(decide(after, sample(9, { now: 1250 }))[0], NONE);
});

test("one odd reading among three does nothing", () => {
  let state = SETTLED;
  for (const drift of [0, 0.001, 30, 0.002]) {
    const [decision, next] = decide(state, sample(drift));
    assert.deepEqual(decision, NONE, String(drift));
    state = next;
  }
});

test("a player that cannot play, or that landed a moment ago, is left alone and measured anew", () => {
  for (const more of [{ isReady: false }, { landedAt: 100_000 - 1499 }]) {
    const [decision, next] = decide({ ...SETTLED, drifts: [9, 9] }, sample(9, more));
    assert.deepEqual(decision, NONE);
    assert.deepEqual(next.drifts, []);
  }
  assert.equal(decided(9, { landedAt: 100_000 - 1500 }).action, "seek");
});

/** When it seeks (s), looking every 250 ms, if no seek ever brings it nearer. */
function seeksOf(seconds, more = {}) {
  let state = START;
  const seeks = [];
  let lost = null;
  for (let now = 0; now < seconds * 1000; now += 250) {
    const [decision, next] = decide(state, sample(20, { now, ...more }));
    state = next;
    if (decision.action === "seek") seeks.push(now / 1000);
    if (decision.action === "lost") lost ??= now / 1000;
  }
  return { seeks, lost };
}

test("seeks that do not help come 4 s and 8 s apart; after three in a minute it is out of sync", () => {
  assert.deepEqual(seeksOf(300), { seeks: [0, 4, 12], lost: 28 });
});

test("who is out of sync stays so until asked, or until near by itself", () => {
  const lost = { ...SETTLED, isLost: true };
  assert.deepEqual(decided(9, { now: 1e9 }, lost), { action: "lost" });
  assert.equal(decide(lost, sample(0.01))[1].isLost, false);
});

test("the wait between seeks doubles to half a minute, and is forgotten after a quiet minute", () => {
  let state = { ...SETTLED, seeks: [90_000], seekGap: 16000 };
  const [, after] = decide(state, sample(9, { now: 110_000 }));
  assert.equal(after.seekGap, 30000);
  state = { ...SETTLED, seeks: [40_000], seekGap: 30000 };
  const [decision, fresh] = decide(state, sample(9, { now: 100_001 }));
  assert.deepEqual(decision, { action: "seek" });
  assert.equal(fresh.seekGap, 4000);
});

test("a paused picture is put right when more than 0.1 s off, never by the rate, and never out of sync", () => {
  assert.deepEqual(decided(0.09, { isPaused: true }), NONE);
  assert.deepEqual(decided(0.11, { isPaused: true }), { action: "seek" });
  assert.deepEqual(decided(-0.11, { isPaused: true }), { action: "seek" });
  const { seeks, lost } = seeksOf(50, { isPaused: true });
  assert.deepEqual([seeks, lost], [[0, 4, 12], null]);
});

test("who chose to be alone is never dragged back", () => {
  for (const drift of [0.2, 5, -600]) {
    assert.deepEqual(decided(drift, { isAlone: true }), NONE);
    assert.deepEqual(decided(drift, { isAlone: true, isPaused: true }), NONE);
  }
});

/** A player that starts `off` s away, on a clock `skew` wrong, whose seeks cost `cost` s. */
function simulated({ off, skew = 0, noise = 0, cost = 0.3, seconds = 60 }) {
  const random = seeded(7);
  let state = START;
  let player = 100 + off;
  let [playing, seeks, busyUntil, landedAt] = [1, 0, -1, -Infinity];
  const distances = [];
  for (let now = 0; now < seconds * 1000; now += 250) {
    const expected = 100 + now / 1000;
    const isReady = now >= busyUntil;
    const seen = player + (random() * 2 - 1) * noise;
    const [decision, next] = decide(state, sample(0, { now, player: seen, expected, isReady, landedAt }));
    state = next;
    if (decision.action === "rate") playing = decision.rate;
    if (decision.action === "seek") {
      [player, playing, seeks] = [expected + cost, 1, seeks + 1];
      busyUntil = landedAt = now + cost * 1000;
    }
    if (isReady) player += 0.25 * playing * (1 + skew);
    distances.push(Math.abs(player - expected - 0.25));
  }
  return { seeks, last: Math.max(...distances.slice(-40)) };
}

test("players come together without a seek, from near; with one, from afar", () => {
  for (const off of [-1.4, -0.5, -0.1, 0, 0.3, 1.4]) {
    const { seeks, last } = simulated({ off });
    assert.equal(seeks, 0, `${off}`);
    assert.ok(last < 0.05, `${off}: ${last}`);
  }
  for (const off of [-60, -5, 3, 600]) {
    const { seeks, last } = simulated({ off });
    assert.equal(seeks, 1, `${off}`);
    assert.ok(last < 0.05, `${off}: ${last}`);
  }
});

test("a wrong clock and noise do not make it seek", () => {
  const { seeks, last } = simulated({ off: 0.4, skew: 0.0005, noise: 0.02 });
  assert.equal(seeks, 0);
  assert.ok(last < 0.1, `${last}`);
});

test("where a timeline is", () => {
  const playing = { current_time: 10, at: 1000, rate: 2, state: "playing", duration: 100 };
  assert.equal(expectedPosition(playing, 6000), 20);
  assert.equal(expectedPosition(playing, 500), 10, "what begins soon has not begun");
  assert.equal(expectedPosition(playing, 10_000_000), 100);
  assert.equal(expectedPosition({ ...playing, duration: null }, 101_000), 210);
  assert.equal(expectedPosition({ ...playing, state: "paused" }, 6000), 10);
});

/** A room's timeline at server time 5000 that can be set with `time.t`. */
function timelineAt(t) {
  const time = { t, now: () => time.t };
  const timeline = new RoomTimeline({ clock: { at: (local) => local, hint() {} }, time });
  return { time, timeline };
}

const base = { epoch: 1, rev: 1, current_time: 10, at: 1000, rate: 1, state: "playing", duration: 100, movie_id: 1 };

test("older and known timelines are no news, a new epoch is, and a new connection is believed", () => {
  const { timeline } = timelineAt(5000);
  assert.equal(timeline.take(base), true);
  assert.equal(timeline.take(base), false);
  assert.equal(timeline.take({ ...base, rev: 0 }), false);
  assert.equal(timeline.take({ ...base, epoch: 2, rev: 0 }), true);
  assert.equal(timeline.take({ ...base, rev: 9 }), false);
  assert.equal(timeline.take({ ...base, rev: 9 }, true), true);
  assert.equal(timeline.current.rev, 9);
});

test("until a change of rate takes effect, the old one holds", () => {
  const { time, timeline } = timelineAt(5000);
  timeline.take(base);
  timeline.take({ ...base, rev: 2, rate: 2, at: 5500, current_time: 14.5 });
  assert.equal(timeline.goesOn, true);
  assert.deepEqual([timeline.expected(), timeline.rateNow, timeline.soon], [14, 1, 500]);
  time.t = 6000;
  assert.deepEqual([timeline.expected(), timeline.rateNow, timeline.soon], [15.5, 2, 0]);
});

test("a jump does not go on from where it is", () => {
  const { timeline } = timelineAt(5000);
  timeline.take(base);
  timeline.take({ ...base, rev: 2, at: 5500, current_time: 60 });
  assert.equal(timeline.goesOn, false);
});

test("a film is over when its timeline says so, or at its end", () => {
  const { time, timeline } = timelineAt(5000);
  timeline.take(base);
  assert.equal(timeline.isOver(), false);
  time.t = 90_600;
  assert.equal(timeline.isOver(), true);
  timeline.take({ ...base, rev: 2, state: "paused", current_time: 100 });
  assert.equal(timeline.isOver(), false);
  timeline.take({ ...base, rev: 3, state: "ended" });
  assert.equal(timeline.isOver(), true);
  timeline.take({ ...base, rev: 4, duration: null });
  assert.equal(timeline.isOver(50), true);
  assert.equal(timeline.isOver(null), false);
});
