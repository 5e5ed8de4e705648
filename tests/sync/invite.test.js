// What is said when a link cannot be brought to others, over as much of a page as is needed to say it.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { FakeElement, page } from "./served.js";

let [button, sharing, answer] = [];
page.document.cookie = "";
globalThis.addEventListener = () => {};
Object.defineProperty(globalThis, "navigator", { configurable: true, value: { share: () => sharing() } });
globalThis.fetch = async () => answer();
const { Invite } = await import("../../static/js/room/invite.js");

function begin(room_kind) {
  page.document.body = new FakeElement();
  button = new FakeElement();
  const dialog = { querySelector: (selector) => (selector === "[data-shares]" ? button : null) };
  const config = { room_kind, room_id: "movie-1", public_url: "http://matinee.test" };
  new Invite({ config, identity: { key: {} }, dialog, copy: [], open: new FakeElement() });
}

async function pressShare() {
  button.dispatchEvent(new Event("click"));
  await new Promise(setImmediate);
  return page.document.body.words;
}

beforeEach(() => begin("public"));

const refuse = (name) => () => Promise.reject(Object.assign(new Error("in the browser's words"), { name }));

test("a link that cannot be shared is shown, and nobody speaks of copying", async () => {
  sharing = refuse("NotAllowedError");
  assert.equal(await pressShare(), "Could not share: http://matinee.test/watch/movie-1");
});

test("who shares nothing after all is told nothing", async () => {
  sharing = refuse("AbortError");
  assert.equal(await pressShare(), "");
});

test("a server that gives no link says why", async () => {
  begin("party");
  answer = () => ({ ok: false, status: 403, json: async () => ({ detail: "You are not in this room." }) });
  assert.equal(await pressShare(), "You are not in this room.");
});
