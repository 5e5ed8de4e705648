import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import "./served.js";

const { showWaiting } = await import("../../static/js/room/waiting.js");

const BEGINS = 1_800_000_000_000;
let [room, button, note, told] = [];

beforeEach(() => {
  mock.timers.enable({ apis: ["setInterval"] });
  room = Object.assign(new EventTarget(), {
    room: "waiting", waitingFor: [], serverNow: 0, may: () => true, timeline: { reason: "scheduled", wait_until: BEGINS },
  });
  button = Object.assign(new EventTarget(), { hidden: true });
  [note, told] = [{ textContent: "" }, { textContent: "" }];
  showWaiting({ room, button, note, told });
});

afterEach(() => mock.timers.reset());

/** What is shown, and what is read out, so many seconds before the start. */
function look(seconds) {
  room.serverNow = BEGINS - seconds * 1000;
  mock.timers.tick(1000);
  return [note.textContent, told.textContent];
}

test("a countdown shows every second, and is read out once a minute and near its end", () => {
  const [shown, heard] = [new Set(), []];
  for (let seconds = 272; seconds >= 0; seconds -= 1) {
    const [words, spoken] = look(seconds);
    shown.add(words);
    if (heard.at(-1) !== spoken) heard.push(spoken);
  }
  assert.equal(shown.size, 273);
  const times = ["4:32", "4:00", "3:00", "2:00", "1:00", "0:10"];
  assert.deepEqual(heard, times.map((time) => `Starts: ${time}`));
});

test("a second that nobody looked at takes no minute away", () => {
  for (const seconds of [122, 121, 119]) look(seconds);
  assert.equal(told.textContent, "Starts: 1:59");
});

test("a start far ahead is told with its day, once, and none when it is over", () => {
  const [first, spoken] = look(90_000);
  assert.equal(spoken, first);
  assert.deepEqual(look(80_000), [first, first]);
  assert.equal(button.hidden, false, "who may begins before");
  room.room = "playing";
  room.dispatchEvent(new Event("state"));
  assert.deepEqual([note.textContent, told.textContent, button.hidden], ["", "", true]);
});
