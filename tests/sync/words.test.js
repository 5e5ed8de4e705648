import assert from "node:assert/strict";
import { test } from "node:test";

const PHRASES = { host_is: "{name} is the host.", waiting_for: "Waiting for {names}…", link: "The link: {link}" };
globalThis.document = {
  documentElement: { lang: "en" },
  getElementById: () => ({ textContent: JSON.stringify(PHRASES) }),
};
const { say, showTime } = await import("../../static/js/words.js");

test("a name read from the right stays in its place in a sentence", () => {
  assert.equal(say("host_is", { name: "עדן" }), "\u2068עדן\u2069 is the host.");
  assert.equal(say("host_is", { name: "a\u202eb" }), "\u2068a\u202eb\u2069 is the host.");
});

test("what needs no help is left alone, so that it can be copied", () => {
  assert.equal(say("link", { link: "https://example.com/watch/x?invite=y" }), "The link: https://example.com/watch/x?invite=y");
  assert.equal(say("host_is", { name: "小林" }), "小林 is the host.");
});

test("several names are a list in the reader's language, each in its own direction", () => {
  assert.equal(say("waiting_for", { names: ["alice", "سلام", "bob"] }), "Waiting for alice, \u2068سلام\u2069, and bob…");
  assert.equal(say("waiting_for", { names: ["alice"] }), "Waiting for alice…");
});

test("a phrase that is missing shows its name", () => {
  assert.equal(say("nothing", { name: 1 }), "nothing");
});

test("a moment of this year leaves the year out, and has it in its title", () => {
  const year = new Date().getFullYear();
  const [now, then] = [year, year - 1].map((of) => ({ dateTime: `${of}-06-15T12:00:00Z`, dataset: { as: "moment" }, textContent: "" }));
  for (const time of [now, then]) showTime(time);
  assert.ok(now.textContent.startsWith("Jun 15, ") && !now.textContent.includes(String(year)), now.textContent);
  assert.ok(now.title.includes(String(year)) && then.textContent.includes(String(year - 1)));
});
