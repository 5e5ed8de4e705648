// The layer in which comments fly, on a page that tells in what order it was asked and changed.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { page } from "./served.js";

let [log, frames, layer, sky, tellSize] = [];

/** 50 px wide and 20 px high, wherever it is. */
class Comment {
  setAttribute(name, value) {
    this[name] = value;
  }

  append(words) {
    this.words = words;
  }

  get offsetWidth() {
    log.push("read");
    return 50;
  }

  get offsetHeight() {
    return 20;
  }

  animate(way) {
    log.push("moved");
    this.at = way.map(({ transform }) => transform.match(/-?\d+/g).map(Number));
    return {};
  }

  remove() {
    layer.children = layer.children.filter((child) => child !== this);
  }
}

page.document.createElement = () => new Comment();
globalThis.requestAnimationFrame = (run) => frames.push(run);
globalThis.ResizeObserver = class {
  constructor(tell) {
    tellSize = (width, height) => tell([{ contentRect: { width, height } }]);
  }

  observe() {}
};
globalThis.CSS = { escape: String };
const { Sky } = await import("../../static/js/room/danmaku/sky.js");

beforeEach(() => {
  [log, frames] = [[], []];
  layer = {
    children: [],
    get childElementCount() {
      return this.children.length;
    },
    append(...added) {
      log.push("append");
      this.children.push(...added);
    },
    replaceChildren() {
      this.children = [];
    },
    querySelector: (selector) => layer.children.find((child) => selector.includes(child["data-id"])),
  };
  sky = new Sky(layer);
  tellSize(800, 65);
});

const paint = () => frames.splice(0).forEach((run) => run());
const flying = () => layer.children.map(({ words }) => words);

test("all that sets off in one frame is put there, measured and moved together", () => {
  sky.launch(1, "one");
  sky.launch(2, "two");
  assert.deepEqual([log, frames.length], [[], 1]);
  paint();
  assert.deepEqual(log, ["append", "read", "read", "moved", "moved"]);
  assert.deepEqual(layer.children.map(({ at }) => at), [[[800, 0], [-50, 0]], [[800, 20], [-50, 20]]], "each in a lane of its own");
});

test("where there is no place nobody else's comment flies, and one's own does", () => {
  for (const id of [1, 2, 3, 4]) sky.launch(id, String(id));
  sky.launch(5, "mine", true);
  paint();
  assert.deepEqual(flying(), ["1", "2", "3", "mine"]);
});

test("what is deleted or switched off before it set off never does", () => {
  sky.launch(1, "one");
  sky.launch(2, "two");
  sky.take(1);
  paint();
  assert.deepEqual(flying(), ["two"]);
  sky.launch(3, "three");
  sky.clear();
  paint();
  assert.deepEqual(flying(), []);
});
