// The <video> adapter and its echo guard, over a simulated element.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { SimVideo } from "../../sim/video.js";
import { LocalTime, VirtualTime, seeded } from "../../sim/virtual.js";
import { EchoGuard } from "../../static/js/sync/echo.js";
import { VideoPlayer } from "../../static/js/sync/video.js";

let [time, video, player, heard] = [];
let isPersonHere = true;
const keys = {};
Object.defineProperty(globalThis, "navigator", {
  configurable: true,
  value: {
    userActivation: { get isActive() { return isPersonHere; } },
    mediaSession: { setActionHandler: (action, handle) => (keys[action] = handle) },
  },
});

beforeEach(() => {
  isPersonHere = true;
  globalThis.document = { hidden: false };
  time = new VirtualTime();
  video = new SimVideo(time, seeded(1), { noise: 0, seekCost: [300, 300], startCost: [40, 40] });
  player = new VideoPlayer(video, new LocalTime(time));
  heard = [];
  player.addEventListener("gesture", ({ detail }) => heard.push([detail.action, Math.round(detail.position)]));
  player.addEventListener("left-alone", () => heard.push("left alone"));
});

const later = (ms) => time.run(time.t + ms);

/** The browser refuses to play, with sound or at all. */
function refuse({ muted }) {
  const play = video.play.bind(video);
  video.play = () => (muted || !video.muted ? Promise.reject(Object.assign(new Error(), { name: "NotAllowedError" })) : play());
  return () => (video.play = play);
}

/** As `player` does in a browser without hls.js. */
function loadNatively() {
  globalThis.location = { href: "http://matinee.test/", origin: "http://matinee.test" };
  globalThis.addEventListener = () => {};
  globalThis.window = {};
  Object.assign(video, { load() {}, removeAttribute() {}, parentElement: { classList: { remove() {} } } });
  player.load("/film.mp4");
}

test("what is expected is an echo once, however late it comes", () => {
  const echo = new EchoGuard();
  echo.expect("seeking");
  echo.expect("seeking");
  echo.expect("pause");
  assert.deepEqual(["play", "seeking", "seeking", "seeking", "pause", "pause"].map((name) => echo.isEcho(name)), [
    false, true, true, false, true, false,
  ]);
  echo.expect("play");
  echo.forget("play");
  assert.equal(echo.isEcho("play"), false);
  echo.expect("seeking");
  echo.reset();
  assert.equal(echo.isEcho("seeking"), false);
});

test("what we do ourselves is no gesture", async () => {
  await player.play();
  player.seek(100);
  player.seek(200);
  await later(1000);
  player.pause();
  player.pause();
  await later(1000);
  assert.deepEqual(heard, []);
  assert.equal(Math.round(player.position), 201);
});

test("what a person does is one", async () => {
  video.play();
  await later(1000);
  video.pause();
  await later(1000);
  video.currentTime = 60;
  await later(1000);
  assert.deepEqual(heard, [["play", 0], ["pause", 1], ["seek", 60]]);
});

test("a person is heard right after we did the same", async () => {
  await player.play();
  await later(100);
  player.pause();
  await later(100);
  video.play();
  await later(100);
  video.pause();
  await later(100);
  assert.deepEqual(heard, [["play", 0], ["pause", 0]]);
});

test("a pause and a start that a browser only tells of are nobody's", async () => {
  await player.play();
  await later(1000);
  for (const name of ["pause", "play", "pause", "play"]) video.dispatchEvent(new Event(name));
  assert.deepEqual(heard, []);
  video.pause();
  video.play();
  await later(100);
  assert.deepEqual(heard, []); // It plays as before.
});

test("another film stands still, which no event says", async () => {
  await player.play();
  await later(1000);
  video.paused = true;
  video.dispatchEvent(new Event("emptied"));
  video.play();
  await later(100);
  assert.deepEqual(heard, [["play", 1]]);
});

test("asking for what is so already is no claim on the next gesture", async () => {
  player.pause();
  await player.play();
  await later(100);
  await player.play();
  await later(100);
  video.pause();
  await later(100);
  video.play();
  await later(100);
  assert.deepEqual(heard, [["pause", 0], ["play", 0]]);
});

test("dragging along the film is one gesture, to where it ends", async () => {
  for (const position of [100, 200, 300, 250]) {
    video.currentTime = position;
    await later(100);
    isPersonHere = false; // The press was long ago; the hand still moves.
    assert.equal(player.isDragged, true);
    assert.deepEqual(heard, []);
  }
  await later(300);
  assert.deepEqual(heard, [["seek", 250]]);
  assert.equal(player.isDragged, false);
});

test("small steps and moves without a person are none: libraries step over gaps", async () => {
  await player.play();
  await later(2000);
  video.currentTime += 0.5;
  await later(2000);
  isPersonHere = false;
  video.currentTime += 30;
  await later(2000);
  assert.deepEqual(heard, []);
});

test("a pause that nobody asked for is told as such; at the end and in hidden tabs it is none", async () => {
  await player.play();
  isPersonHere = false;
  await later(1000);
  video.pause();
  await later(100);
  assert.deepEqual(heard, ["left alone"]);
  await player.play();
  await later(100);
  document.hidden = true;
  isPersonHere = true;
  video.pause();
  await later(100);
  assert.deepEqual(heard, ["left alone"]);
});

test("a headset's keys are gestures, in a hidden tab too", async () => {
  await player.play();
  isPersonHere = false;
  document.hidden = true;
  await later(1000);
  keys.pause();
  await later(100);
  keys.play();
  await later(100);
  assert.deepEqual(heard, [["pause", 1], ["play", 1]]);
  await later(2000);
  video.pause();
  await later(100);
  assert.equal(heard.length, 2, "the browser's own");
});

test("without leave to make a sound it plays muted", async () => {
  refuse({ muted: false });
  await player.play();
  await later(100);
  assert.deepEqual([player.isMuted, player.isBlocked, player.isPaused], [true, false, false]);
  assert.deepEqual(heard, []);
});

test("without leave to play at all it waits for a press, which is no pause and no claim on a later gesture", async () => {
  const allow = refuse({ muted: true });
  await player.play();
  await later(100);
  assert.deepEqual([player.isMuted, player.isBlocked, player.isPaused], [false, true, true]);
  assert.deepEqual(heard, []);
  allow();
  await player.play();
  await later(100);
  assert.deepEqual([player.isBlocked, player.isPaused], [false, false]);
  video.pause();
  await later(100);
  video.play();
  await later(100);
  assert.deepEqual(heard, [["pause", 0], ["play", 0]]);
});

test("an interrupted start is not refused", async () => {
  video.play = () => Promise.reject(Object.assign(new Error(), { name: "AbortError" }));
  await player.play();
  assert.deepEqual([player.isBlocked, player.isMuted], [false, false]);
});

test("what seeks and starts cost is learnt, and counts for 3 s at most", async () => {
  const first = player.seekCost;
  await player.play();
  await later(1000);
  assert.ok(player.startCost < 0.05, `${player.startCost}`);
  for (let number = 1; number <= 20; number += 1) {
    player.seek(number * 50);
    await later(2000);
  }
  assert.ok(Math.abs(player.seekCost - 0.3) < 0.01, `${first} became ${player.seekCost}`);
  video.stall(100_000);
  player.seek(5000);
  await later(110_000);
  assert.ok(player.seekCost < 1.2, `${player.seekCost}`);
});

test("how much is loaded is counted from where it plays", () => {
  const ranges = [[0, 4], [10, 30]];
  Object.defineProperty(video, "buffered", {
    value: { length: 2, start: (index) => ranges[index][0], end: (index) => ranges[index][1] },
  });
  const aheadAt = (position) => {
    Object.defineProperty(video, "currentTime", { configurable: true, value: position });
    return Math.round(player.ahead * 100) / 100;
  };
  assert.deepEqual([1, 4, 7, 9.95, 12, 30].map(aheadAt), [3, 0, 0, 20.05, 18, 0]);
});

test("a browser that pauses for want of data is no person, and what began anew plays as before", async () => {
  loadNatively();
  await player.play();
  await later(1000);
  const breakAndBeginAnew = async () => {
    video.error = { code: 3 };
    video.dispatchEvent(new Event("error"));
    video.pause();
    await later(100);
    video.error = null;
    video.dispatchEvent(new Event("loadedmetadata"));
    await later(100);
  };
  await breakAndBeginAnew();
  assert.deepEqual([player.isPaused, heard], [false, []]);

  player.load("/film.mp4");
  player.pause();
  await later(100);
  await breakAndBeginAnew();
  assert.deepEqual([player.isPaused, heard], [true, []], "what stood still stands still");
});

test("a film that was given up is not waited for any more", async () => {
  loadNatively();
  const told = [];
  player.addEventListener("failed", () => told.push(player.isCut));
  video.seeking = true; // It has nothing to show.
  video.dispatchEvent(new Event("stalled"));
  assert.equal(player.isCut, true);
  video.error = { code: 3 };
  for (const name of ["error", "error"]) video.dispatchEvent(new Event(name)); // What decoders fail at twice is given up.
  assert.deepEqual([told, player.isCut], [[false], false]);
});

test("a film that is tried again goes on where it was", async () => {
  loadNatively();
  player.seek(75);
  await later(1000);
  player.reload();
  video.currentTime = 0;
  await later(1000);
  video.dispatchEvent(new Event("loadedmetadata"));
  await later(1000);
  assert.equal(Math.round(player.position), 75);
  assert.deepEqual(heard, []);
});
