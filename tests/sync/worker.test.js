// The service worker as a browser runs it, over a network and a cache that the tests look into.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import vm from "node:vm";

const SOURCE = readFileSync(new URL("../../static/js/worker.js", import.meta.url), "utf8");
const SHELL = { version: "new", shell: ["/static/css/base.css"] };
const ORIGIN = "http://matinee.test";
let [kept, handlers, isOnline] = []; // kept: cache name -> Map of path -> what was kept

beforeEach(async () => {
  [kept, handlers, isOnline] = [new Map([["shell-old", new Map()]]), {}, true];
  const answer = (asked) => {
    const { pathname } = new URL(asked.url ?? asked, ORIGIN);
    if (!isOnline) throw new TypeError("no network");
    return `live ${pathname}`;
  };
  const keeping = (found) => {
    const put = (asked, what) => found.set(new URL(asked.url ?? asked, ORIGIN).pathname, what);
    const add = async (asked) => put(asked, answer(asked).replace("live", "kept"));
    return { put, add, addAll: (all) => Promise.all(all.map(add)) };
  };
  vm.runInNewContext(SOURCE, {
    SHELL, URL, Promise,
    Request: class { constructor(address) { this.url = ORIGIN + address; } },
    location: { origin: ORIGIN },
    addEventListener: (name, handle) => (handlers[name] = handle),
    skipWaiting: () => {},
    clients: { claim: () => {} },
    fetch: async (asked) => answer(asked),
    caches: {
      open: async (name) => keeping(kept.get(name) ?? kept.set(name, new Map()).get(name)),
      keys: async () => [...kept.keys()],
      delete: async (name) => kept.delete(name),
      match: async (path, { cacheName } = {}) => kept.get(cacheName)?.get(path),
    },
  });
  for (const name of ["install", "activate"]) {
    let done;
    handlers[name]({ waitUntil: (promise) => (done = promise) });
    await done;
  }
});

/** What the worker answers to a page's request; "left alone" where the browser does as without it. */
async function ask(path, { method = "GET", mode = "cors", origin = ORIGIN } = {}) {
  let given = "left alone";
  handlers.fetch({ request: { url: origin + path, method, mode }, respondWith: (promise) => (given = promise) });
  return given;
}

const paths = () => [...kept].map(([name, found]) => [name, [...found.keys()].sort()]);

test("the shell and the page without a network are kept, by the newest worker alone, whatever is asked for", async () => {
  const shell = [["shell-new", ["/offline", "/static/css/base.css"]]];
  assert.deepEqual(paths(), shell);
  for (const path of ["/settings", "/watch/movie-1", "/"]) assert.equal(await ask(path, { mode: "navigate" }), `live ${path}`);
  for (const path of ["/api/user", "/api/rooms/movie-1/messages", "/media/films/1/a.m4s", "/static/css/base.css"]) await ask(path);
  assert.deepEqual(paths(), shell, "nothing that was answered is kept");
});

test("what is somebody's own, what is sent and what is elsewhere is left alone", async () => {
  for (const path of ["/api/user", "/media/avatars/1.webp", "/settings", "/sw.js"]) assert.equal(await ask(path), "left alone");
  assert.equal(await ask("/login", { method: "POST", mode: "navigate" }), "left alone");
  assert.equal(await ask("/static/css/base.css", { origin: "http://elsewhere.test" }), "left alone");
});

test("without a network a page is the one that says so, and the shell is what was kept", async () => {
  assert.equal(await ask("/static/css/base.css"), "live /static/css/base.css", "the network comes first");
  isOnline = false;
  assert.equal(await ask("/settings", { mode: "navigate" }), "kept /offline");
  assert.equal(await ask("/static/css/base.css"), "kept /static/css/base.css");
});
