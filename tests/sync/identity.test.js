import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import "./served.js";

const { Identity } = await import("../../static/js/identity.js");

beforeEach(() => {
  const kept = new Map();
  globalThis.localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
});

test("a guest is the same one after a reload, by a made-up name and by a chosen one", () => {
  const first = new Identity(null);
  assert.ok(first.name);
  assert.equal(new Identity(null).name, first.name);
  assert.equal(first.rename("  Bob "), true);
  assert.equal(new Identity(null).name, "Bob");
  assert.equal(first.rename(" "), false);
  assert.equal(first.rename("Bob"), false);
});

test("where nothing can be kept, a guest has a name all the same", () => {
  globalThis.localStorage = {
    getItem() {
      throw new Error("switched off");
    },
    setItem() {
      throw new Error("switched off");
    },
  };
  assert.ok(new Identity(null).name);
});

test("who is logged in has their own name", () => {
  assert.equal(new Identity("alice").name, "alice");
  assert.equal(new Identity("alice").isGuest, false);
});
