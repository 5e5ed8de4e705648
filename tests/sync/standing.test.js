import assert from "node:assert/strict";
import { test } from "node:test";

import { standingOf } from "../../static/js/room/standing.js";

const AT = { now: 100_000, since: 0, plays: true, isWaitedFor: false };
const report = (state, drift = 0, at = 99_000) => ({ state, drift, at });

test("how a player keeps with the room, in one word", () => {
  for (const [expected, given] of [
    ["sync", { report: report("playing", 0.49) }],
    ["behind", { report: report("playing", -0.5) }],
    ["behind", { report: report("paused", 3) }],
    ["paused", { report: report("paused", 0.01) }],
    ["paused", { report: report("paused", -32), isOver: true }],
    ["loading", { report: report("buffering", 7) }],
    ["alone", { report: report("solo", 70) }],
    ["sync", { report: report("playing", null) }],
    ["waiting", { report: report("playing"), isWaitedFor: true }],
    ["phone", { plays: false }],
    ["phone", { plays: false, report: report("playing") }],
    [null, { plays: false, since: 96_000 }],
    [null, {}],
    [null, { plays: null, report: report("playing", 0, 70_000) }],
    ["sync", { plays: null, report: report("playing") }],
  ]) {
    assert.equal(standingOf({ ...AT, ...given }), expected, JSON.stringify(given));
  }
});
