// A whole player in a room: the real modules over a simulated element, a line without a server, and a virtual clock.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { SimVideo } from "../../sim/video.js";
import { LocalTime, VirtualTime, seeded } from "../../sim/virtual.js";
import { RoomPlayer } from "../../static/js/sync/follower.js";
import { VideoPlayer } from "../../static/js/sync/video.js";

const SERVER = 1_800_000_000_000;
const GONE = 404;
const EVERYTHING = ["play", "pause", "seek", "rate", "load"];

class Line extends EventTarget {
  isOpen = false;
  sent = [];

  constructor(time) {
    super();
    this.time = time;
  }

  send(frame) {
    if (this.isOpen) this.sent.push(frame);
    return this.isOpen;
  }

  /** Answered at once by a server whose clock starts at SERVER. */
  ping() {
    const t = SERVER + this.time.t;
    this.time.after(0, () => this.tell({ type: "pong", t0: this.time.t, t1: t, t2: t }));
    return this.time.t;
  }

  open() {
    this.isOpen = true;
    this.dispatchEvent(new Event("open"));
  }

  close({ final = false, code = 1006 } = {}) {
    this.isOpen = false;
    this.dispatchEvent(new CustomEvent("down", { detail: { final, code } }));
  }

  tell(frame) {
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
    return "promised";
  }

  /** What was sent of one type, and taken off the list. */
  take(type) {
    const found = this.sent.filter((frame) => frame.type === type);
    this.sent = this.sent.filter((frame) => frame.type !== type);
    return found;
  }
}

let [time, video, line, room, player, asked, refusals] = [];

beforeEach(() => {
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: {} });
  asked = [];
  refusals = 0;
  time = new VirtualTime();
  video = new SimVideo(time, seeded(1), { noise: 0, seekCost: [300, 300], startCost: [40, 40] });
  const local = new LocalTime(time);
  line = new Line(time);
  player = new VideoPlayer(video, local);
  room = new RoomPlayer({
    socket: line, roomId: "movie-1", name: () => "alice", player, film: 1, time: local, page: null,
    lookUp: async (movieId) => {
      asked.push(movieId);
      if (refusals-- > 0) throw new TypeError("no network");
      if (movieId === GONE) throw Object.assign(new Error("gone"), { status: 404 });
      return { address: `/media/${movieId}.m3u8`, title: `film ${movieId}` };
    },
  });
});

const later = (ms) => time.run(time.t + ms);

function sync(keys) {
  return {
    type: "sync", room_id: "movie-1", username: "bob", current_time: 0, at: SERVER + time.t, server_time: SERVER + time.t,
    state: "playing", paused: false, rate: 1, rev: 1, epoch: 1, movie_id: 1, duration: 10800, action: null, cmd_id: null,
    reason: null, waiting_for: [], wait_until: null, ...keys,
  };
}

function welcome({ may = [], ...keys } = {}) {
  const roles = { host: "bob", verified: true, you_are_host: false, you: "member" };
  line.open();
  line.tell({
    type: "snapshot", room_id: "movie-1", members: {}, roles, policy: { control: "hosts", wait: "soft", may },
    sync: keys.state === "idle" ? null : sync(keys),
  });
}

const apart = () => Math.abs(video.exact - room.expected);

test("who comes late is where the room is, and stays there", async () => {
  welcome({ current_time: 300 });
  assert.deepEqual(line.take("join"), [{ type: "join", room_id: "movie-1", username: "alice" }]);
  await later(5000);
  assert.equal(room.room, "playing");
  assert.ok(apart() < 0.1, `${apart()}`);
  assert.equal(video.paused, false);
  assert.equal(line.take("sync").length, 0, "nothing that it did itself is a command");
});

test("who was not let in tries again with a password, and gives it again after a reconnect", async () => {
  line.open();
  line.tell({ type: "error", code: 403, ref: "join" });
  assert.equal(room.standing, "out");
  room.enter({ password: "sesame" });
  line.close();
  welcome({ current_time: 300 });
  assert.equal(room.standing, "in");
  room.enter({ password: "another" });
  assert.deepEqual(line.take("join").map(({ password }) => password), [undefined, "sesame", "sesame"]);
});

test("a guest says another name without leaving, which may be refused, and also who was not let in by the last", () => {
  let name = "Guest 1";
  line = new Line(time);
  room = new RoomPlayer({ socket: line, roomId: "movie-1", name: () => name, player, time: new LocalTime(time), page: null });
  const said = () => line.sent.splice(0).map(({ type, username }) => [type, username]).filter(([type]) => type !== "ping");
  welcome();
  assert.deepEqual(said(), [["join", "Guest 1"]]);
  name = "Bob";
  room.renamed();
  assert.deepEqual(said(), [["join", "Bob"]]);
  line.tell({ type: "error", code: 403, error: "name_taken", ref: "join" });
  assert.equal(room.standing, "in", "by the old name");
  line.close();
  line.open();
  line.tell({ type: "error", code: 403, error: "name_taken", ref: "join" });
  assert.equal(room.standing, "out");
  said();
  name = "Robert";
  room.renamed();
  assert.deepEqual(said(), [["join", "Robert"]]);
});

test("a start that lies ahead is one: everyone plays at that moment", async () => {
  welcome({ state: "paused", current_time: 20 });
  await later(2000);
  line.tell(sync({ rev: 2, current_time: 20, at: SERVER + time.t + 500 }));
  await later(400);
  assert.equal(video.exact, 20, "not yet");
  await later(600);
  assert.ok(apart() < 0.05, `${apart()}`);
});

test("a jump that lies ahead: it waits there", async () => {
  welcome({ current_time: 300 });
  await later(5000);
  line.tell(sync({ rev: 2, current_time: 1000, at: SERVER + time.t + 600 }));
  await later(500);
  assert.equal(video.exact, 1000);
  await later(1500);
  assert.ok(apart() < 0.05, `${apart()}`);
  assert.equal(line.take("sync").length, 0);
});

test("another rate begins without a jump", async () => {
  welcome({ current_time: 300 });
  await later(5000);
  const seeks = video.seeks;
  const at = SERVER + time.t + 600;
  line.tell(sync({ rev: 2, rate: 1.5, current_time: 305.6, at }));
  await later(500);
  assert.equal(video.playbackRate < 1.2, true);
  await later(5000);
  assert.ok(Math.abs(video.playbackRate - 1.5) < 0.1);
  assert.ok(apart() < 0.05, `${apart()}`);
  assert.equal(video.seeks, seeks);
});

test("a pause stops it at the same picture as everyone's", async () => {
  welcome({ current_time: 300 });
  await later(5000);
  line.tell(sync({ rev: 2, state: "paused", current_time: 304.5 }));
  await later(1000);
  assert.deepEqual([video.paused, video.exact], [true, 304.5]);
});

for (const state of ["paused", "waiting"]) {
  test(`${state} where everyone just was: it stops at once, and then rests`, async () => {
    welcome({ current_time: 300 });
    await later(5000);
    line.tell(sync({ rev: 2, state, current_time: 305, wait_until: state === "waiting" ? SERVER + time.t + 10000 : null }));
    await later(20);
    assert.equal(video.paused, true);
    let planned = 0;
    const { at } = time;
    time.at = (...what) => ((planned += 1), at.apply(time, what));
    await later(1000);
    assert.ok(planned < 20, `${planned} things planned in a second`);
    assert.ok(Math.abs(video.exact - 305) < 0.1, `${video.exact}`);
  });
}

test("what a leader does becomes a command; the player comes to where the room then is", async () => {
  welcome({ may: EVERYTHING, current_time: 300 });
  await later(5000);
  video.pause();
  await later(100);
  const [pause] = line.take("sync");
  assert.deepEqual([pause.action, pause.base_rev, pause.room_id], ["pause", 1, "movie-1"]);
  assert.ok(Math.abs(pause.current_time - video.exact) < 0.01);
  line.tell(sync({ rev: 2, state: "paused", current_time: pause.current_time, cmd_id: pause.cmd_id }));

  video.currentTime = 600;
  await later(1000);
  const [seek] = line.take("sync");
  assert.deepEqual([seek.action, seek.current_time, seek.base_rev], ["seek", 600, 2]);
  line.tell(sync({ rev: 3, state: "paused", current_time: 600, cmd_id: seek.cmd_id }));

  video.play();
  await later(10);
  const [play] = line.take("sync");
  assert.deepEqual([play.action, "current_time" in play], ["play", false]);
  assert.equal(video.paused, true, "it waits for the others");
  line.tell(sync({ rev: 4, current_time: 600, at: SERVER + time.t + 300, cmd_id: play.cmd_id }));
  await later(3000);
  assert.ok(apart() < 0.05, `${apart()}`);
  assert.equal(room.isAlone, false);
  assert.equal(line.take("sync").length, 0);
});

test("a refused command, and one without an answer, lead back to the room", async () => {
  welcome({ may: EVERYTHING, current_time: 300 });
  await later(5000);
  const refusals = [];
  room.addEventListener("refused", ({ detail }) => refusals.push([detail.action, detail.frame.code]));
  room.seek(9);
  const [seek] = line.take("sync");
  line.tell({ type: "error", code: 409, ref: seek.cmd_id, sync: sync({ rev: 2, state: "paused", current_time: 50 }) });
  await later(500);
  assert.deepEqual(refusals, [["seek", 409]]);
  assert.deepEqual([video.paused, video.exact, room.timeline.rev], [true, 50, 2]);

  video.currentTime = 700;
  await later(3000);
  assert.equal(Math.round(video.exact), 700, "it waits for the answer");
  await later(2000);
  assert.equal(Math.round(video.exact), 50);
});

test("errors of other frames are not taken for an answer", async () => {
  welcome({ may: EVERYTHING, current_time: 300 });
  room.addEventListener("refused", () => assert.fail("not refused"));
  room.play();
  line.tell({ type: "error", code: 400, ref: "progress" });
  assert.equal(room.standing, "in");
});

test("who may not pause for all is alone, and comes back when they want", async () => {
  welcome({ current_time: 300 });
  await later(5000);
  video.pause();
  await later(60000);
  assert.deepEqual([room.isAlone, line.take("sync").length], [true, 0]);
  assert.ok(Math.abs(video.exact - 305) < 0.2, "never dragged back");
  line.tell(sync({ rev: 2, current_time: 900 }));
  await later(5000);
  assert.ok(Math.abs(video.exact - 305) < 0.2, "not by a change either");
  room.backToLive();
  await later(5000);
  assert.equal(room.isAlone, false);
  assert.ok(apart() < 0.1, `${apart()}`);
});

test("where anyone may pause, everyone's pause is a command and a member's seek is not", async () => {
  welcome({ may: ["pause"], current_time: 300 });
  await later(5000);
  assert.deepEqual(["play", "pause", "seek"].map((action) => room.may(action)), [false, true, false]);
  video.pause();
  await later(100);
  assert.deepEqual(line.take("sync").map(({ action }) => action), ["pause"]);
  line.tell(sync({ rev: 2, state: "paused", current_time: 305 }));
  await later(100);
  video.currentTime = 900;
  await later(1000);
  assert.deepEqual([room.isAlone, line.take("sync").length], [true, 0]);
});

test("without a line a leader's gesture moves nobody: they are alone", async () => {
  welcome({ may: EVERYTHING, current_time: 300 });
  await later(5000);
  line.close();
  await later(1000);
  assert.equal(room.standing, "coming");
  assert.ok(apart() < 0.1, "it keeps playing");
  video.pause();
  await later(100);
  assert.equal(room.isAlone, true);
});

test("after a reconnect what the server says is right, even where its numbers went back", async () => {
  welcome({ current_time: 300, rev: 50 });
  await later(2000);
  line.close();
  await later(1000);
  welcome({ current_time: 40, rev: 3 });
  await later(5000);
  assert.equal(room.timeline.rev, 3);
  assert.ok(apart() < 0.1, `${apart()}`);
});

test("old timelines and other people's positions move nothing", async () => {
  welcome({ current_time: 300, rev: 5 });
  await later(3000);
  line.tell(sync({ rev: 4, current_time: 900 }));
  line.tell({ type: "sync", room_id: "movie-1", username: "charlie", current_time: 900 });
  await later(3000);
  assert.ok(Math.abs(video.exact - 306) < 0.2, `${video.exact}`);
});

test("who stalls tells it, is waited for by name, and goes on with everyone", async () => {
  welcome({ current_time: 300 });
  await later(5000);
  line.take("progress");
  video.stall(4000);
  await later(1500);
  const [buffering] = line.take("buffering");
  assert.deepEqual([buffering.epoch, buffering.rev], [1, 1]);
  line.tell(sync({ rev: 2, state: "waiting", current_time: 305.2, waiting_for: ["alice"], wait_until: SERVER + time.t + 10000 }));
  assert.deepEqual(room.waitingFor, ["alice"]);
  assert.equal(room.room, "waiting");
  await later(4000);
  assert.deepEqual(line.take("ready").map(({ rev }) => rev), [2]);
  line.tell(sync({ rev: 3, current_time: 305.2, at: SERVER + time.t + 300 }));
  await later(3000);
  assert.deepEqual(room.waitingFor, []);
  assert.ok(apart() < 0.1, `${apart()}`);
  assert.equal(room.isAlone, false, "a stall is no gesture");
  assert.equal(line.take("sync").length, 0);
});

test("a wait that nobody ends is over at its deadline, for everyone at once and without a word", async () => {
  welcome({ current_time: 300 });
  await later(5000);
  line.tell(sync({ rev: 2, state: "waiting", current_time: 305, waiting_for: ["charlie"], wait_until: SERVER + time.t + 10000 }));
  await later(9800);
  assert.deepEqual([video.paused, Math.round(video.exact), room.room], [true, 305, "waiting"]);
  line.close();
  await later(3000);
  assert.deepEqual([room.room, room.waitingFor], ["playing", []]);
  assert.ok(apart() < 0.05, `${apart()}`);
  const seeks = video.seeks;
  line.tell(sync({ rev: 3, current_time: 305, at: SERVER + time.t - 2800, reason: "deadline" }));
  await later(3000);
  assert.ok(apart() < 0.05, `${apart()}`);
  assert.equal(video.seeks, seeks);
});

test("an appointed start is kept to the moment", async () => {
  welcome({ state: "waiting", current_time: 0, reason: "scheduled", wait_until: SERVER + time.t + 3_600_000 });
  await later(3_600_000 - 100);
  assert.equal(video.exact, 0);
  await later(1100);
  assert.ok(Math.abs(video.exact - 1) < 0.05, `${video.exact}`);
});

test("a film that nobody began is left alone, and begun by who may", async () => {
  welcome({ may: EVERYTHING, state: "idle" });
  await later(5000);
  assert.deepEqual([room.room, video.paused, line.sent.length], ["idle", true, 1]);
  video.play();
  await later(100);
  const [play] = line.take("sync");
  assert.deepEqual([play.action, "base_rev" in play], ["play", false]);
});

test("who is not waited for catches up with one seek", async () => {
  welcome({ current_time: 300 });
  await later(5000);
  const seeks = video.seeks;
  video.stall(6000);
  await later(1000);
  assert.equal(room.isTogether, false);
  await later(11000);
  assert.equal(video.seeks, seeks + 1);
  assert.equal(room.isTogether, true);
  assert.ok(apart() < 0.2, `${apart()}`);
});

test("how it is, is told every five seconds", async () => {
  welcome({ current_time: 300 });
  await later(12000);
  const progress = line.take("progress");
  assert.deepEqual(progress.map(({ state }) => state), ["buffering", "playing", "playing", "playing"]);
  const { state, drift, buffered_ahead: ahead, rtt, epoch, rev, room_id: roomId } = progress.at(-1);
  assert.deepEqual([state, epoch, rev, roomId, rtt], ["playing", 1, 1, "movie-1", 0]);
  assert.ok(Math.abs(drift) < 0.1);
  assert.ok(ahead > 10000);
});

test("another film is fetched, and played from where the room is", async () => {
  const loaded = [];
  player.load = (address) => loaded.push(address);
  player.unload = () => loaded.push("nothing");
  welcome({ current_time: 300 });
  await later(1000);
  line.tell(sync({ epoch: 2, rev: 2, movie_id: 8, state: "waiting", current_time: 0 }));
  await later(1000);
  assert.deepEqual([asked, loaded], [[8], ["nothing", "/media/8.m3u8"]]);
});

test("a film whose address did not come is asked for again", async () => {
  player.load = (address) => asked.push(address);
  welcome({ current_time: 300 });
  const { warn } = console;
  console.warn = () => {};
  refusals = 1;
  line.tell(sync({ epoch: 2, rev: 2, movie_id: 8, state: "waiting", current_time: 0 }));
  await later(10000);
  console.warn = warn;
  assert.deepEqual(asked, [8, 8, "/media/8.m3u8"]);
});

test("what is known of another film is handed on, and one that is gone is not asked for again", async () => {
  player.load = () => {};
  welcome({ current_time: 300 });
  const shown = [];
  room.addEventListener("film", ({ detail }) => shown.push(detail.title));
  room.addEventListener("no-film", () => shown.push("none"));
  line.tell(sync({ epoch: 2, rev: 2, movie_id: 8, state: "waiting", current_time: 0 }));
  await later(1000);
  line.tell(sync({ epoch: 3, rev: 3, movie_id: GONE, state: "waiting", current_time: 0 }));
  await later(60000);
  assert.deepEqual(shown, ["film 8", "none"]);
  assert.deepEqual(asked.filter((film) => film === GONE), [GONE]);
});

test("who is dismissed knows nothing of the room any more", async () => {
  welcome({ current_time: 300 });
  await later(5000);
  line.tell({ type: "removed", room_id: "movie-1", reason: "banned" });
  assert.deepEqual([room.standing, room.room, room.timeline, room.roles], ["out", null, null, null]);
  await later(60000);
  assert.equal(line.take("progress").length, 2, "those before");
});

test("a film that is over is left alone", async () => {
  welcome({ current_time: 10798, duration: 10800 });
  await later(5000);
  assert.equal(room.room, "ended");
  assert.equal(video.ended, true);
  assert.equal(line.take("sync").length, 0);
  assert.equal(room.isAlone, false);
});

test("the page is told when something changes, and not otherwise", async () => {
  const words = [];
  room.addEventListener("state", () => words.push(room.room));
  welcome({ current_time: 300 });
  await later(10000);
  const before = words.length;
  await later(60000);
  assert.equal(words.length, before);
  line.tell(sync({ rev: 2, state: "paused", current_time: 370 }));
  await later(1000);
  assert.equal(words.at(-1), "paused");
});
