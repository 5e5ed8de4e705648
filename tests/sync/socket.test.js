// The page's line, from the connection up, under a clock that the tests move.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { FakeSocket, page } from "./served.js";

const { LiveSocket, SIGNED_OUT } = await import("../../static/js/socket.js");

let [line, now, downs, opened] = [];

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  now = 0;
  mock.method(performance, "now", () => now);
  mock.method(Math, "random", () => 0);
  FakeSocket.made.length = 0;
  begin("alice");
});

afterEach(() => {
  line.close();
  mock.timers.reset();
  mock.restoreAll();
});

function begin(username) {
  line = new LiveSocket("/ws/chat", { username });
  [downs, opened] = [[], 0];
  line.addEventListener("down", ({ detail }) => downs.push(detail));
  line.addEventListener("open", () => (opened += 1));
  line.connect();
}

const last = () => FakeSocket.made.at(-1);
const said = (socket = last()) => socket.sent.filter(({ type }) => type !== "ping");
const write = (...ids) => ids.forEach((id) => line.deliver({ type: "message", client_id: id }));
const ids = () => said().map(({ client_id: id }) => id);

function later(ms) {
  now += ms;
  mock.timers.tick(ms);
}

test("a refused message puts no reconnect off; a refused connection does", () => {
  last().hello("alice");
  last().say({ type: "error", code: 429, error: "slow_mode", ref: "m1", retry_after: 300 });
  last().end(1006);
  later(250);
  assert.equal(FakeSocket.made.length, 2);

  last().accept();
  last().say({ type: "error", code: 429, error: "too_many_sockets", retry_after: 10 });
  last().end(4029);
  later(9_999);
  assert.equal(FakeSocket.made.length, 2, "it waits as it was told to");
  later(1);
  assert.equal(FakeSocket.made.length, 3);

  last().accept();
  last().say({ type: "error", code: 429, error: "too_many_sockets", retry_after: 300 });
  last().end(4029);
  page.window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  last().hello("alice");
  last().end(1006);
  later(2_000);
  assert.equal(FakeSocket.made.length, 5, "a connection that opened has ended the waiting");
});

test("nothing is said before it is known as whom", () => {
  last().accept();
  assert.equal(line.send({ type: "join" }), false);
  write("early");
  assert.deepEqual([opened, said()], [0, []]);
  last().say({ type: "hello", user: "alice" });
  assert.equal(opened, 1);
  assert.equal(line.send({ type: "join" }), true);
  line.resend();
  assert.deepEqual(said().map(({ type }) => type), ["join", "message"]);
});

test("a room entered again on the same connection is answered while a message is under way: that goes out once", () => {
  write("early");
  last().hello("alice");
  line.resend();
  write("late");
  line.resend();
  assert.deepEqual(ids(), ["early", "late"]);
  line.settle("early");
  last().end(1012);
  later(250);
  last().hello("alice");
  line.resend();
  line.resend();
  write("newest");
  assert.deepEqual(ids(), ["late", "newest"], "what was not settled, once more on another connection");
});

for (const [who, user, other] of [["alice", null, null], ["alice", "bob", "bob"], [null, "alice", "alice"]]) {
  test(`the page of ${who} says nothing as ${user}`, () => {
    line.close();
    begin(who);
    last().hello(who);
    last().end(1012);
    write("kept");
    later(250);
    last().hello(user);
    assert.deepEqual(downs.at(-1), { final: true, code: SIGNED_OUT });
    assert.equal(line.other, other);
    assert.equal(opened, 1, "only the first was ours");
    assert.deepEqual(said(), []);
    assert.deepEqual(line.waiting.map(({ client_id: id }) => id), ["kept"], "for its page to take back");
    const count = FakeSocket.made.length;
    later(60_000);
    assert.equal(FakeSocket.made.length, count, "it does not come back");
  });
}

test("much that waited goes out without being a flood", () => {
  const all = Array.from({ length: 13 }, (_, number) => `m${number}`);
  write(...all);
  last().hello("alice");
  line.resend();
  assert.deepEqual(ids(), all.slice(0, 10));
  write("new");
  assert.equal(said().length, 10, "what is written meanwhile goes after it");
  for (const count of [11, 12, 13, 14, 14]) {
    later(1_000);
    assert.equal(said().length, count);
  }
  assert.deepEqual(ids(), [...all, "new"]);
  write("newer");
  assert.equal(ids().at(-1), "newer");
});

test("what the server cannot take yet goes out again when it can, and in its order", () => {
  last().hello("alice");
  write("a", "b");
  line.putOff("a", 5);
  line.putOff("b", 5);
  write("c");
  line.resend(); // A guest of another name comes in again on the same connection.
  later(4_999);
  assert.deepEqual(ids(), ["a", "b"]);
  later(1);
  assert.deepEqual(ids(), ["a", "b", "a"]);
  line.settle("a");
  later(1_000);
  line.settle("b");
  later(1_000);
  assert.deepEqual(ids(), ["a", "b", "a", "b", "c"]);
  line.putOff("c", 5);
  last().end(1006);
  later(250);
  last().hello("alice");
  line.resend();
  assert.deepEqual(ids(), ["c"], "another connection asks anew");
});

test("a flood of what is said is told now and then, in the order of everything else, and all of it before the line is lost", () => {
  const told = [];
  line.addEventListener("frame", ({ detail: { type, seq } }) => type !== "hello" && told.push(seq ?? type));
  line.addEventListener("down", () => told.push("down"));
  last().hello("alice");
  const talk = (...seqs) => seqs.forEach((seq) => last().say({ type: "message", seq }));
  later(1_000);
  talk(1, 2);
  assert.deepEqual(told, [1]);
  last().say({ type: "ack" });
  assert.deepEqual(told, [1, 2, "ack"]);
  talk(3, 4);
  later(1_000);
  assert.deepEqual(told.slice(3), [3, 4]);
  talk(5, 6);
  last().end(1006);
  assert.deepEqual(told.slice(5), [5, 6, "down"]);
});

test("what is said alone is told at once, whatever came just before it", () => {
  const told = [];
  line.addEventListener("frame", ({ detail: { type, seq } }) => type !== "hello" && told.push(seq ?? type));
  last().hello("alice");
  for (const frame of [{ type: "typing" }, { type: "ack" }, { type: "message", seq: 1 }]) last().say(frame);
  assert.deepEqual(told, ["typing", "ack", 1]);
});

test("a sign that the server is back ends the wait, unless it was told to wait", () => {
  last().hello("alice");
  line.hurry();
  assert.equal(FakeSocket.made.length, 1, "it is open");
  last().end(1006);
  line.hurry();
  assert.equal(FakeSocket.made.length, 2);
  line.hurry();
  assert.equal(FakeSocket.made.length, 2, "it is trying");
  last().accept();
  last().say({ type: "error", code: 429, error: "too_many_sockets", retry_after: 10 });
  last().end(4029);
  line.hurry();
  assert.equal(FakeSocket.made.length, 2);
  later(10_000);
  assert.equal(FakeSocket.made.length, 3);
});
