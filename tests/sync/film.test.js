// What a film's own page says of its player.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { FakeElement, page, place } from "./served.js";

const video = Object.assign(new FakeElement(), {
  readyState: 0, networkState: 2, currentTime: 0, paused: true, error: null, dataset: { source: "/media/film.mp4", start: "0" },
  parentElement: { classList: { add() {}, remove() {} } },
  hasAttribute: () => false, removeAttribute() {}, load() {},
});
const [cut, unplayable] = [new FakeElement(), new FakeElement()];
place({ video, cut, unplayable, "going-on": new FakeElement(), "play-again": new FakeElement() });
Object.assign(page.location, { origin: "http://matinee.test", search: "" });
globalThis.addEventListener = () => {};
mock.timers.enable({ apis: ["setTimeout"] }); // Nothing goes on after the test.
await import("../../static/js/film.js");

const tell = (name, state = {}) => {
  Object.assign(video, state);
  video.dispatchEvent(new Event(name));
};

test("that a film does not load is written into what is there, once it has run dry, and taken away", () => {
  tell("progress", { readyState: 4 });
  tell("stalled");
  assert.equal(cut.textContent, "", "it plays on");
  tell("waiting", { readyState: 2 });
  assert.deepEqual([cut.textContent, cut.hidden], ["The film does not load.", false]);
  tell("progress", { readyState: 4 });
  assert.deepEqual([cut.textContent, cut.hidden], ["", false]);
  tell("stalled", { readyState: 2 });
  for (let time = 0; time < 2; time += 1) tell("error", { error: { code: 3 } });
  assert.deepEqual([cut.textContent, unplayable.hidden], ["", false], "what is given up is not tried again");
});
