// Films that the browser plays by itself, over an element that fails as real ones do, under a clock that the tests move.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { NativeFilm } from "../../static/js/player/native.js";

const [NETWORK, DECODE, UNSUPPORTED] = [2, 3, 4];
const window = new EventTarget();
globalThis.location = { href: "http://matinee.test/watch/movie-1", origin: "http://matinee.test" };
globalThis.addEventListener = window.addEventListener.bind(window);

class Element extends EventTarget {
  readyState = 0;
  networkState = 2;
  currentTime = 0;
  paused = false;
  seeking = false;
  error = null;
  loads = 0;

  load() {
    Object.assign(this, { error: null, readyState: 0, currentTime: 0, paused: true });
    this.loads += 1;
  }

  removeAttribute() {}

  // What a browser does.
  tell(name, state = {}) {
    Object.assign(this, state);
    this.dispatchEvent(new Event(name));
  }

  fail(code) {
    this.tell("error", { error: { code } });
    this.tell("pause", { paused: true });
  }

  playTo(position) {
    if (this.readyState === 0) this.tell("loadedmetadata", { readyState: 1 });
    this.tell("progress", { readyState: 4, paused: false });
    this.tell("timeupdate", { currentTime: position });
  }
}

let [video, film, told, status, asked] = [];

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(Math, "random", () => 1);
  [told, asked, status] = [[], 0, 200];
  globalThis.fetch = async () => {
    asked += 1;
    if (status === null) throw new TypeError("Failed to fetch");
    return { status };
  };
});

afterEach(() => {
  film.release();
  mock.timers.reset();
  mock.restoreAll();
});

function begin(source = "/media/film.mp4") {
  video = new Element();
  film = new NativeFilm(video, source, {
    failed: () => told.push("failed"),
    back: () => told.push("back"),
    cut: (isCut) => told.push(isCut),
  });
}

/** Timers, and what was asked. */
async function later(ms) {
  mock.timers.tick(ms);
  for (let turn = 0; turn < 10; turn += 1) await null;
}

test("after a network failure it is asked for, ever more rarely, and begins anew where it was", async () => {
  begin();
  video.playTo(70);
  status = null;
  video.fail(NETWORK);
  for (const wait of [500, 1000, 2000, 4000, 8000, 8000]) {
    const before = asked;
    await later(wait - 1);
    assert.equal(asked, before, `not before ${wait} ms`);
    await later(1);
    assert.equal(asked, before + 1);
  }
  assert.deepEqual([video.loads, video.currentTime, told], [0, 70, [true]], "the last picture stays");
  status = 200;
  await later(8000);
  assert.deepEqual([video.loads, video.currentTime], [1, 70]);
  video.playTo(71);
  assert.deepEqual(told, [true, false, "back"]);
});

test("the network's return, or that of a socket, is waited for no longer", async () => {
  for (const comesBack of [() => window.dispatchEvent(new Event("online")), () => film.goOn()]) {
    begin();
    film.goOn();
    assert.equal(asked, 0, "there is nothing to be mended");
    video.playTo(70);
    video.fail(NETWORK);
    comesBack();
    await later(0);
    assert.equal(video.loads, 1);
    film.release();
    asked = 0;
  }
});

test("a server that is not well is asked again; what it refuses is given up", async () => {
  begin();
  for (status of [503, 502, 429]) {
    video.fail(UNSUPPORTED);
    await later(0);
    assert.deepEqual([video.loads, told], [0, [true]]);
  }
  status = 404;
  await later(8000);
  assert.deepEqual([video.loads, told], [0, [true, "failed"]]);
  const before = asked;
  film.goOn();
  await later(60_000);
  assert.equal(asked, before);
});

test("what is there and still cannot be read is given up, at once", async () => {
  begin();
  video.fail(UNSUPPORTED);
  await later(0);
  assert.deepEqual([video.loads, told], [1, []], "the server may have been away for the browser only");
  video.fail(UNSUPPORTED);
  await later(0);
  assert.deepEqual([video.loads, told], [1, ["failed"]]);
});

test("a server that goes away once more is no film that cannot be read", async () => {
  begin();
  video.playTo(20);
  video.fail(NETWORK);
  await later(500);
  status = null;
  video.fail(UNSUPPORTED);
  await later(0);
  status = 200;
  await later(1000);
  assert.deepEqual([video.loads, video.currentTime, told], [2, 20, [true]]);
  video.playTo(21);
  video.fail(UNSUPPORTED);
  await later(0);
  assert.equal(video.loads, 3, "and it was loaded meanwhile");
});

test("decoders get a second try", async () => {
  begin();
  video.playTo(70);
  video.fail(DECODE);
  assert.deepEqual([video.loads, video.currentTime], [1, 70]);
  video.playTo(80);
  video.fail(DECODE);
  assert.deepEqual([video.loads, told, asked], [1, ["back", "failed"], 0]);
});

test("of another server nobody knows whether it is away or not to be asked, until it gave the film once", async () => {
  status = null;
  begin("http://films.test/film.mp4");
  video.fail(UNSUPPORTED);
  await later(0);
  assert.deepEqual(told, ["failed"]);
  told = [];
  begin("http://films.test/film.mp4");
  video.playTo(70);
  video.fail(NETWORK);
  await later(500);
  assert.deepEqual(told, [true]);
  status = 0; // is all that it tells
  await later(1000);
  assert.deepEqual([video.loads, video.currentTime], [1, 70]);
});

test("a line that carries nothing is given up once the film has run dry, and not before", async () => {
  begin();
  video.playTo(70);
  video.tell("stalled");
  await later(10_000);
  assert.deepEqual([asked, told], [0, [true]], "it plays on");
  Object.assign(video, { readyState: 2 });
  await later(10_000);
  assert.deepEqual([asked, video.loads, video.currentTime], [1, 1, 70]);

  video.playTo(71);
  video.tell("stalled", { readyState: 2 });
  await later(9000);
  video.tell("progress");
  await later(10_000);
  assert.deepEqual([video.loads, told.at(-1)], [1, false], "it came after all");
});

test("a film for which the room waits, paused, is brought back; one that is paused and fine is left alone", async () => {
  for (const fine of [{ readyState: 4, networkState: 2 }, { readyState: 2, networkState: 1 }]) {
    begin();
    video.playTo(70);
    video.tell("stalled", { ...fine, paused: true });
    await later(60_000);
    assert.deepEqual([asked, video.loads], [0, 0], JSON.stringify(fine));
    film.release();
  }
  begin();
  video.playTo(70);
  video.tell("stalled", { readyState: 2, paused: true });
  await later(10_000);
  assert.deepEqual([asked, video.loads, video.currentTime], [1, 1, 70]);
});

test("a pause while the server is asked ends nothing", async () => {
  begin();
  video.playTo(70);
  video.tell("stalled", { readyState: 2 });
  let answer;
  globalThis.fetch = () => new Promise((resolve) => (answer = () => resolve({ status: 200 })));
  await later(10_000);
  Object.assign(video, { paused: true, networkState: 1 }); // Browsers may load nothing for who is paused.
  answer();
  await later(0);
  assert.equal(video.loads, 0);
  Object.assign(video, { paused: false, networkState: 2 });
  await later(10_000);
  answer();
  await later(0);
  assert.deepEqual([video.loads, video.currentTime], [1, 70]);
});

test("a film that fails at the same place again and again is not asked for all the time", async () => {
  begin();
  for (const [wait, position] of [[500, 70], [1000, 73], [2000, 71]]) {
    video.playTo(position);
    video.fail(NETWORK);
    const before = video.loads;
    await later(wait - 1);
    assert.equal(video.loads, before);
    await later(1);
    assert.equal(video.loads, before + 1);
  }
  video.playTo(77);
  video.fail(NETWORK);
  await later(500);
  assert.equal(video.loads, 4, "elsewhere is another failure");
});

test("who is taken out meanwhile does not come back", async () => {
  begin();
  video.playTo(70);
  video.fail(NETWORK);
  mock.timers.tick(500);
  film.release();
  const { loads } = video;
  await later(60_000);
  assert.deepEqual([asked, video.loads], [1, loads]);
});
