// What of the talk needs no page to be decided.

import assert from "node:assert/strict";
import { test } from "node:test";

import { missingIn } from "../../static/js/room/missing.js";
import { Stamps } from "../../static/js/room/stamps.js";

const said = (...seqs) => seqs.map((seq) => ({ seq }));
const upTo = (last) => Array.from({ length: last }, (_, index) => index + 1);

test("what was known and is not told is gone, the newest too, and everything", () => {
  const gone = (messages, known) => upTo(9).filter(missingIn(messages, known));
  assert.deepEqual(gone(said(1, 3, 4), 6), [2, 5, 6]);
  assert.deepEqual(gone(said(1, 3, 8), 4), [2, 4, 5, 6, 7]);
  assert.deepEqual(gone([], 3), [1, 2, 3]);
  assert.deepEqual(gone([], 0), [], "what came after the question is newer than its answer");
});

test("what is older than a full snapshot was only not told", () => {
  const full = said(...upTo(60).filter((seq) => seq > 9 && seq !== 30));
  assert.equal(full.length, 50);
  assert.deepEqual(upTo(62).filter(missingIn(full, 61)), [30, 61]);
});

test("a second can be pressed, and sent again, only while its film is shown", () => {
  const line = (movie, movieTime) => {
    const stamp = movieTime && { hidden: false, disabled: true };
    return { stamp, dataset: movieTime ? { movie, movieTime } : {}, querySelector: () => stamp };
  };
  const [first, second, none] = [line("1", "75.5"), line("2", "0"), line()];
  const stamps = new Stamps({ list: { children: [first, second, none] }, film: 1 });
  const pressable = () => [first, second].map(({ stamp }) => !stamp.hidden && !stamp.disabled);
  const seconds = () => [first, second, none].map((item) => stamps.secondOf(item));
  stamps.follow({ film: 1, mayJump: true });
  assert.deepEqual([pressable(), seconds()], [[true, false], [75.5, null, null]]);
  stamps.follow({ film: 2, mayJump: true });
  assert.deepEqual([pressable(), seconds()], [[false, true], [null, 0, null]]);
  stamps.follow({ film: 2, mayJump: false });
  assert.deepEqual([pressable(), second.stamp.hidden], [[false, false], false]);
});
