import assert from "node:assert/strict";
import { test } from "node:test";

import { laneFor, oldestLane, speed } from "../../static/js/room/danmaku/lanes.js";
import { Replay } from "../../static/js/room/danmaku/replay.js";
import { read, write } from "../../static/js/room/danmaku/settings.js";

const PICTURE = { across: 1000, seconds: 8, gap: 20 };

test("comments take the first free lane, and none when all are taken", () => {
  const comment = { width: 200, now: 10 };
  assert.equal(laneFor([null, null], comment, PICTURE), 0);
  assert.equal(laneFor([{ width: 200, at: 10 }, null], comment, PICTURE), 1);
  assert.equal(laneFor([{ width: 200, at: 10 }, { width: 100, at: 10 }], comment, PICTURE), -1);
  assert.equal(laneFor([{ width: 200, at: 2 }], comment, PICTURE), 0, "the last one has left");
  assert.equal(oldestLane([{ width: 9, at: 3 }, { width: 9, at: 1 }, { width: 9, at: 2 }]), 1);
});

test("whatever sets off in a lane never touches the one before it", () => {
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  for (let round = 0; round < 2000; round += 1) {
    const last = { width: 20 + random() * 900, at: 0 };
    const next = { width: 20 + random() * 900, now: random() * 9 };
    if (laneFor([last], next, PICTURE) === -1) continue;
    for (let now = next.now; now <= PICTURE.seconds; now += 0.05) {
      const end = PICTURE.across - speed(last.width, PICTURE) * now + last.width;
      const head = PICTURE.across - speed(next.width, PICTURE) * (now - next.now);
      assert.ok(head >= Math.min(end, PICTURE.across) - 1e-6 || end <= 0, `${JSON.stringify([last, next])} touch at ${now}`);
    }
  }
});

test("a long comment does not follow a short one that it would run into", () => {
  const behind = { width: 900, now: 2 };
  assert.equal(laneFor([{ width: 50, at: 0 }], behind, PICTURE), -1);
  assert.equal(laneFor([{ width: 50, at: 0 }], { width: 50, now: 2 }, PICTURE), 0);
});

const said = (id, time) => ({ id, movie_time: time, content: `${id}` });

/** A replay of those messages, and what it asked for. */
function replayOf(messages) {
  const asked = [];
  const ask = async (from, to) => {
    asked.push(from);
    return messages.filter(({ movie_time: time }) => time >= from && time < to);
  };
  return { replay: new Replay({ ask, later: () => {} }), asked };
}

/** Let the film run, as the page looks at it; the ids in the order in which they fly. */
async function run(replay, from, to) {
  const flown = [];
  for (let position = from; position <= to; position += 0.25) {
    flown.push(...replay.at(position).map(({ id }) => id));
    await Promise.resolve();
    await Promise.resolve();
  }
  return flown;
}

test("each comment flies once at its second, and the film is asked for in parts, ahead of time", async () => {
  const { replay, asked } = replayOf([said(3, 31), said(1, 0), said(2, 29.9), said(4, 80)]);
  assert.deepEqual(await run(replay, 0, 40), [1, 2, 3]);
  assert.deepEqual(asked, [0, 30]);
});

test("after a jump it flies from there on; after going back, again", async () => {
  const { replay } = replayOf([said(1, 5), said(2, 50), said(3, 61)]);
  assert.deepEqual(await run(replay, 0, 6), [1]);
  assert.deepEqual(await run(replay, 60, 62), [3], "what was jumped over does not fly");
  assert.deepEqual(await run(replay, 58, 62), [], "a player's own correction shows nothing twice");
  assert.deepEqual(await run(replay, 0, 6), [1], "who goes back sees it again");
  assert.deepEqual(await run(replay, 60, 62), [3]);
});

test("what is said now flies now and not a second time; what is said of a far part of the film waits for it", async () => {
  const stored = [];
  const { replay } = replayOf(stored);
  await run(replay, 0, 10);
  assert.equal(replay.hear(said(7, 10.2)), true);
  assert.equal(replay.hear(said(7, 10.2)), false);
  assert.equal(replay.hear({ id: 8, content: "from a phone" }), true);
  assert.equal(replay.hear(said(9, 25)), false);
  stored.push(said(7, 10.2), said(9, 25));
  replay.refresh();
  assert.deepEqual(await run(replay, 10, 26), [9]);
});

test("what was said of a part that was not asked for comes with that part, and is not kept before", async () => {
  const { replay, asked } = replayOf([said(9, 95)]);
  await run(replay, 0, 3);
  assert.equal(replay.hear(said(8, 95)), false);
  assert.deepEqual(await run(replay, 90, 96), [9]);
  assert.deepEqual(asked, [0, 90]);
});

test("after going far away and back it flies again", async () => {
  const { replay } = replayOf([said(1, 5)]);
  assert.deepEqual(await run(replay, 0, 6), [1]);
  await run(replay, 900, 901);
  assert.deepEqual(await run(replay, 0, 6), [1]);
});

test("a deleted comment does not fly, and an edited one as it now is", async () => {
  const { replay } = replayOf([said(1, 5), said(2, 6)]);
  await run(replay, 0, 1);
  replay.change({ ...said(1, 5), deleted: true });
  replay.change({ ...said(2, 6), content: "edited" });
  const flown = [];
  for (let position = 1; position < 8; position += 0.25) flown.push(...replay.at(position));
  assert.deepEqual(flown.map(({ content }) => content), ["edited"]);
});

test("what could not be fetched is asked for again, not at once", async () => {
  let tries = 0;
  let again = null;
  const ask = async () => {
    tries += 1;
    if (tries === 1) throw new Error("503");
    return [said(1, 5)];
  };
  const replay = new Replay({ ask, later: (run) => (again = run) });
  await run(replay, 0, 3);
  assert.equal(tries, 1);
  again();
  assert.deepEqual(await run(replay, 3, 6), [1]);
});

test("settings are remembered; nonsense is not; less motion means none unless chosen", () => {
  let kept = null;
  const storage = { getItem: () => kept, setItem: (_, value) => (kept = value) };
  assert.deepEqual(read(storage, false), { isOn: true, opacity: 0.9, speed: "normal", area: "half" });
  assert.equal(read(storage, true).isOn, false);
  write({ isOn: true, opacity: 0.4, speed: "fast", area: "full" }, storage);
  assert.deepEqual(read(storage, true), { isOn: true, opacity: 0.4, speed: "fast", area: "full" });
  kept = '{"isOn": "x", "opacity": 9, "speed": "toString", "area": 1}';
  assert.deepEqual(read(storage, false), { isOn: true, opacity: 0.9, speed: "normal", area: "half" });
  kept = "{";
  assert.equal(read(storage, false).area, "half");
  assert.equal(read(null, false).speed, "normal");
});

test("a room full of people does not ask for the next part all at once, and each has it before it begins", () => {
  const asks = Array.from({ length: 50 }, (_, person) => {
    const seconds = [];
    const replay = new Replay({ ask: async (from) => void seconds.push([from, now]), random: () => person / 50 });
    let now = 0;
    for (; now < 30; now += 0.25) replay.at(now);
    return seconds.find(([from]) => from === 30)[1];
  });
  assert.ok(Math.min(...asks) >= 20 && Math.max(...asks) <= 28, String(asks));
  assert.ok(new Set(asks).size > 25, "they are spread over the time that there is");
});
