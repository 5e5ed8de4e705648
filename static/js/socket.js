// One live connection of the room's page, and an outbox that loses and doubles nothing.

import { Line, backOff, isFinal } from "../clients/matinee.js";
import { Gathered } from "./gathered.js";

export { backOff, isFinal };

/** The close code of a login that has ended. */
export const SIGNED_OUT = 4501;

const ANSWER_MS = 2500; // So long an ack may take before we ask whether anybody is there, and so long the answer to that.
const AT_ONCE = 10; // of what waits goes out together, and the rest one by one: more is refused as a flood.
const PACE_MS = 1000;
const GATHER_MS = 100; // So long what is said waits at most, where more is said than anybody reads.

/**
 * Events: "open" (connected, as the one whose page this is), "frame" (detail: the frame), "down" (detail: {final, code}),
 * "silent" (open, but nothing answers), "heard".
 * After "open" the user of this class says who it is (a join); `resend` then repeats what nobody has acknowledged.
 */
export class LiveSocket extends Line {
  /** Who is logged in by now, if that is somebody else than whose page this is. */
  other = null;
  #username;
  #isGreeted = false;
  #outbox = new Map();
  #sentHere = new Set(); // Of the outbox: what this very connection has carried. Its answer is on the way.
  #pacing = null;
  #heardAt = 0;
  #isSilent = false;
  #frames = new Gathered((frame) => super.received(frame), GATHER_MS);

  /** `username`: who was logged in when the page was made, null for a guest. */
  constructor(path, { username = null, ...options } = {}) {
    super(path, options);
    this.#username = username;
  }

  opened() {
    this.#sentHere.clear();
    this.#heardAt = performance.now();
  }

  received(frame) {
    this.#heardAt = performance.now();
    this.#setSilent(false);
    if (frame.type === "hello" && !this.#greeted(frame)) return;
    if (frame.type === "message") return void this.#frames.add(frame);
    this.#frames.handOn(); // What was said before it comes before it; and it is no flood of its own.
    super.received(frame);
  }

  lost(code) {
    this.#frames.handOn();
    this.#isGreeted = false;
    this.#stopPacing();
    this.#setSilent(false);
    super.lost(code);
  }

  /** A login may end, or begin, while the line is down: nothing of this page is said in another's name. */
  #greeted({ user }) {
    if (user !== this.#username) {
      this.other = user;
      this.close(SIGNED_OUT);
      return false;
    }
    this.#isGreeted = true;
    super.opened();
    return true;
  }

  /** Send now if connected; what is stale a moment later (pings, positions) is not kept. */
  send(frame) {
    return this.#isGreeted && this.say(frame);
  }

  /** Send and keep until `settle`: after a reconnect it goes out again under the same client_id, so it arrives once. */
  deliver(frame) {
    this.#outbox.set(frame.client_id, frame);
    if (this.#pacing === null) this.#carry(frame); // Else it goes after those that wait already.
  }

  settle(clientId) {
    return this.#outbox.delete(clientId);
  }

  /** The server cannot take it yet: it goes out again after so many seconds, and what else waits after it. */
  putOff(clientId, seconds) {
    this.#sentHere.delete(clientId);
    this.#stopPacing();
    this.#pacing = setTimeout(() => this.#pass(1), Math.max(PACE_MS, seconds * 1000));
  }

  get waiting() {
    return [...this.#outbox.values()];
  }

  resend() {
    if (this.#pacing === null) this.#pass(AT_ONCE); // Else it is on its way, or put off.
  }

  #pass(count) {
    this.#stopPacing();
    const unsent = this.waiting.filter(({ client_id: clientId }) => !this.#sentHere.has(clientId));
    for (const frame of unsent.slice(0, count)) this.#carry(frame);
    if (unsent.length > count) this.#pacing = setTimeout(() => this.#pass(1), PACE_MS);
  }

  #stopPacing() {
    clearTimeout(this.#pacing);
    this.#pacing = null;
  }

  #carry(frame) {
    if (!this.send(frame)) return;
    this.#sentHere.add(frame.client_id);
    setTimeout(() => this.#sentHere.has(frame.client_id) && this.#outbox.has(frame.client_id) && this.#doubt(), ANSWER_MS);
  }

  /** The line gives the connection up by itself when this is not answered for long; the person learns of it sooner. */
  #doubt() {
    if (!this.isOpen || this.#isSilent) return;
    const asked = this.ping();
    setTimeout(() => this.isOpen && this.#heardAt < asked && this.#setSilent(true), ANSWER_MS);
  }

  #setSilent(isSilent) {
    if (this.#isSilent === isSilent) return;
    this.#isSilent = isSilent;
    const name = isSilent ? "silent" : "heard";
    this.dispatchEvent(new Event(name));
  }
}
