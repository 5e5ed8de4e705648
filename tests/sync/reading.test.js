// Where somebody reads, on a page of which a test says how it is laid out.

import assert from "node:assert/strict";
import { test } from "node:test";

import "./served.js";

let told = () => {}; // as the browser does, between layout and paint
globalThis.ResizeObserver = class {
  constructor(tell) {
    told = tell;
  }

  observe() {}
};
const { Reading } = await import("../../static/js/room/reading.js");

/** A talk of 200 px in which the lines take so many. */
function open(length = 600) {
  const scroller = Object.assign(new EventTarget(), { clientHeight: 200, scrollHeight: length, scrollTop: 0 });
  const list = { offsetHeight: length };
  const words = { textContent: "" };
  const writes = [];
  const button = Object.assign(new EventTarget(), { querySelector: () => words });
  Object.defineProperty(button, "hidden", { set: (hidden) => writes.push(hidden) });
  const reading = new Reading({ scroller, list, button });
  const grow = (px) => {
    scroller.scrollHeight += px;
    list.offsetHeight += px;
  };
  const scroll = (top = scroller.scrollTop) => {
    scroller.scrollTop = top;
    scroller.dispatchEvent(new Event("scroll"));
  };
  told();
  return { reading, scroller, writes, grow, scroll };
}

test("the newest line is in sight when it is painted, however many came, and nothing is written for it", () => {
  const { reading, scroller, writes, grow, scroll } = open();
  for (const px of [40, 400]) {
    grow(px);
    reading.came();
    scroll(); // of before, told late: nobody scrolled away
    told();
    assert.equal(scroller.scrollTop, scroller.scrollHeight);
  }
  assert.equal(reading.follows, true);
  assert.deepEqual(writes, []);
});

test("who scrolled away is left there and told how much came, until they are at the end again", () => {
  const { reading, scroller, writes, grow, scroll } = open();
  scroll(100);
  assert.equal(reading.follows, false);
  for (let count = 0; count < 2; count += 1) {
    grow(40);
    reading.came();
    told();
  }
  assert.equal(scroller.scrollTop, 100);
  assert.deepEqual(writes, [false, false]);
  scroll(scroller.scrollHeight - scroller.clientHeight);
  assert.deepEqual([reading.follows, writes], [true, [false, false, true]]);
});

test("close to the oldest line it asks for more", () => {
  const { reading, scroll } = open(2000);
  let asked = 0;
  reading.addEventListener("top", () => (asked += 1));
  scroll(1000);
  assert.equal(asked, 0);
  scroll(100);
  assert.equal(asked, 1);
});
