// Films that hls.js plays: when it is asked once more, and when not.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { HlsFilm } from "../../static/js/player/hls.js";

const [NETWORK, MEDIA] = ["networkError", "mediaError"];
const ABSENT = { type: NETWORK, details: "manifestLoadError", fatal: true, response: { code: 0 } };

class FakeHls {
  static Events = { ERROR: "error", FRAG_LOADED: "loaded" };
  static ErrorTypes = { NETWORK_ERROR: NETWORK, MEDIA_ERROR: MEDIA };
  levels = [];
  done = [];
  #handles = {};

  on(name, handle) {
    this.#handles[name] = handle;
  }

  tell(name, data) {
    this.#handles[name](name, data);
  }

  attachMedia() {}
}
for (const name of ["loadSource", "startLoad", "recoverMediaError", "destroy"]) {
  FakeHls.prototype[name] = function () {
    this.done.push(name);
  };
}

let [hls, film, told] = [];

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  globalThis.location = { href: "http://matinee.test/watch/movie-1", origin: "http://matinee.test" };
  globalThis.addEventListener = () => {};
  globalThis.window = { Hls: class extends FakeHls { constructor() { super(); hls = this; } } };
});

afterEach(() => {
  film.release();
  mock.timers.reset();
});

function begin(source = "/media/index.m3u8") {
  told = [];
  film = new HlsFilm({}, source, { failed: () => told.push("failed"), cut: (isCut) => told.push(isCut) });
}

test("a playlist that nobody gives is asked for until somebody does; a refused or broken one is not", () => {
  begin();
  hls.tell("error", ABSENT);
  mock.timers.tick(5000);
  assert.deepEqual([hls.done, told], [["loadSource", "loadSource"], [true]]);
  hls.tell("error", { ...ABSENT, response: { code: 503 } });
  film.goOn();
  assert.deepEqual([hls.done.length, told], [3, [true]], "a sign that the server is back is waited for no longer");
  for (const error of [
    { ...ABSENT, response: { code: 404 } }, { ...ABSENT, details: "manifestParsingError", response: { code: 200 } },
  ]) {
    begin();
    hls.tell("error", error);
    assert.deepEqual(told, ["failed"]);
  }
  begin();
  hls.tell("error", ABSENT);
  hls.tell("error", { ...ABSENT, response: { code: 404 } });
  film.goOn();
  assert.deepEqual(hls.done, ["loadSource", "destroy"], "what was given up is left alone");
  begin("http://films.test/index.m3u8");
  hls.tell("error", ABSENT);
  assert.deepEqual(told, ["failed"], "of another server nobody knows whether it may be asked from here");
});

test("pieces that do not come are told once, and asked for again", () => {
  begin();
  hls.levels = [{}];
  film.goOn();
  assert.deepEqual(hls.done, ["loadSource"], "what loads is left alone");
  const lost = { type: NETWORK, details: "fragLoadError", fatal: false, response: { code: 0 } };
  hls.tell("error", lost);
  hls.tell("error", lost);
  assert.deepEqual([hls.done, told], [["loadSource"], [true]], "it tries again by itself");
  film.goOn();
  hls.tell("error", { ...lost, fatal: true });
  mock.timers.tick(5000);
  assert.deepEqual(hls.done, ["loadSource", "startLoad", "startLoad"]);
  hls.tell("loaded", {});
  assert.deepEqual(told, [true, false]);
  hls.tell("error", { ...lost, fatal: true, response: { code: 404 } });
  assert.deepEqual(told, [true, false, "failed"]);
});

test("decoders get a second try", () => {
  begin();
  hls.tell("error", { type: MEDIA, fatal: false });
  hls.tell("error", { type: MEDIA, fatal: true });
  assert.deepEqual([hls.done, told], [["loadSource", "recoverMediaError"], []]);
  hls.tell("error", { type: MEDIA, fatal: true });
  assert.deepEqual(told, ["failed"]);
});
