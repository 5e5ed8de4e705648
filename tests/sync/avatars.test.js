import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { page } from "./served.js";

const { vouch } = await import("../../static/js/avatars.js");

const PICTURE = "http://elsewhere.test/media/avatars/a.webp";
let [now, asked, answer] = [];

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  [now, asked] = [0, []];
  answer = () => PICTURE;
  mock.method(performance, "now", () => now);
  mock.method(console, "info", () => {});
  page.document.createElement = () => ({ setAttribute(name, value) { this[name] = value; }, append() {} });
  globalThis.fetch = async (address) => {
    asked.push(address);
    const names = new URL(address, page.location.href).searchParams.getAll("username");
    return { ok: true, json: async () => ({ avatars: Object.fromEntries(names.map((name) => [name, answer(name)])) }) };
  };
});

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

/** A person's sign, as far as it is looked at. */
function signOf() {
  const marks = new Set();
  return {
    picture: null,
    hasAttribute: (name) => marks.has(name),
    toggleAttribute: (name, isOn) => void (isOn ? marks.add(name) : marks.delete(name)),
    querySelector() { return this.picture; },
    append(picture) { this.picture = picture; },
  };
}

async function draw(signs) {
  for (const [name, sign] of signs) vouch(sign, name, true);
  mock.timers.tick(50);
  await new Promise((resolve) => setImmediate(resolve));
}

test("a crowd with the longest names is asked for in addresses that a web server takes", async () => {
  const letter = "𠮷";
  const signs = new Map(Array.from({ length: 90 }, (_, number) => [letter.repeat(30) + (10 + number), signOf()]));
  await draw(signs);
  assert.ok([...signs.values()].every(({ picture }) => picture.src === "/media/avatars/a.webp"));
  assert.ok(Math.max(...asked.map((address) => address.length)) < 8000);
});

test("what was not answered is asked for again when it is drawn later, and not each time", async () => {
  const signs = new Map([["alice", signOf()]]);
  answer = () => { throw new Error("503"); };
  await draw(signs);
  answer = () => PICTURE;
  for (now of [2000, 9000]) await draw(signs);
  assert.equal(asked.length, 1);
  now = 10_000;
  await draw(signs);
  assert.equal(signs.get("alice").picture.src, "/media/avatars/a.webp");
  now = 200_000;
  await draw(signs);
  assert.equal(asked.length, 2, "an answer is enough");
});
