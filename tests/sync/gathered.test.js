// What comes in a flood, under a clock that the tests move.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { page } from "./served.js";

const { Gathered } = await import("../../static/js/gathered.js");

let [gathered, taken, timers] = [];

beforeEach(() => {
  [taken, timers] = [[], []];
  page.document.hidden = false;
  gathered = new Gathered((thing) => taken.push(thing), 100, (run, ms) => timers.push({ run, ms }));
});

const add = (...things) => things.forEach((thing) => gathered.add(thing));
const wait = () => timers.shift().run();

test("few are handed on at once, and a flood now and then, in its order", () => {
  add(1);
  assert.deepEqual([taken, timers.map(({ ms }) => ms)], [[1], [100]]);
  add(2, 3);
  assert.deepEqual(taken, [1]);
  wait();
  assert.deepEqual([taken, timers.length], [[1, 2, 3], 1], "and the next wait their turn");
  add(4);
  wait();
  wait();
  assert.deepEqual([taken, timers.length], [[1, 2, 3, 4], 0], "nothing goes on when nothing comes");
  add(5);
  assert.deepEqual(taken, [1, 2, 3, 4, 5]);
});

test("what cannot wait takes along what came before it", () => {
  add(1, 2);
  gathered.handOn();
  assert.deepEqual([taken, timers.length], [[1, 2], 1]);
  add(3);
  assert.deepEqual(taken, [1, 2], "and no sooner than before comes the next");
  wait();
  assert.deepEqual(taken, [1, 2, 3]);
});

test("what comes while one is handed on comes after it", () => {
  gathered = new Gathered((thing) => taken.push(thing) === 1 && add(2), 100, (run, ms) => timers.push({ run, ms }));
  add(1);
  wait();
  assert.deepEqual(taken, [1, 2]);
});

test("a page that nobody sees is told everything as it comes", () => {
  page.document.hidden = true;
  add(1, 2, 3);
  assert.deepEqual(taken, [1, 2, 3]);
});
