import assert from "node:assert/strict";
import { test } from "node:test";

import { parts } from "../../static/js/room/addresses.js";

const links = (text) => parts(text).filter(({ href }) => href).map(({ href }) => href);

test("addresses are found, and what ends the sentence is not part of them", () => {
  assert.deepEqual(links("see https://example.org/a?b=1&c=2#d, and (http://example.org/x_(y)). Done"), [
    "https://example.org/a?b=1&c=2#d", "http://example.org/x_(y)",
  ]);
  assert.deepEqual(links("看这里：https://example.org/电影。好看"), ["https://example.org/%E7%94%B5%E5%BD%B1"]);
  assert.deepEqual(links("HTTPS://EXAMPLE.ORG"), ["https://example.org/"]);
});

test("nothing else is a link", () => {
  for (const text of ["javascript:alert(1)", "data:text/html,x", "ftp://example.org", "https://", "http://?", "www.example.org", ""]) {
    assert.deepEqual(links(text), [], text);
  }
  assert.deepEqual(links('<a href="https://example.org/">x'), ["https://example.org/"], "markup is text around it");
});

test("the parts are the text, all of it", () => {
  for (const text of ["a https://example.org/(a)) b http://x.y. 👩‍👩‍👧 https://", "https://example.org", "", "‮https://example.org/‬"]) {
    assert.equal(parts(text).map((part) => part.text).join(""), text);
  }
});

test("a long text takes no long time", () => {
  const long = `https://${"(".repeat(4000)}${")".repeat(4000)}`;
  assert.equal(parts(long).map((part) => part.text).join(""), long);
});
