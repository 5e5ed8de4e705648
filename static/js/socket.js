// One live connection of the room's page, and an outbox that loses and doubles nothing.

import { Line, backOff, isFinal } from "../clients/matinee.js";

export { backOff, isFinal };

/** The close code of a login that has ended. */
export const SIGNED_OUT = 4501;

const ANSWER_MS = 2500; // So long an ack may take before we ask whether anybody is there, and so long the answer to that.

/**
 * Events: "open", "frame" (detail: the frame), "down" (detail: {final, code}), "silent" (open, but nothing answers), "heard".
 * After "open" the user of this class says who it is (a join); `resend` then repeats what nobody has acknowledged.
 */
export class LiveSocket extends Line {
  #outbox = new Map();
  #sentHere = new Set(); // Of the outbox: what this very connection has carried. Its answer is on the way.

  #heardAt = 0;
  #isSilent = false;

  opened() {
    this.#sentHere.clear();
    this.#heardAt = performance.now();
    super.opened();
  }

  received(frame) {
    this.#heardAt = performance.now();
    this.#setSilent(false);
    super.received(frame);
  }

  lost(code) {
    this.#setSilent(false);
    super.lost(code);
  }

  /** Send now if connected; what is stale a moment later (pings, positions) is not kept. */
  send(frame) {
    return this.say(frame);
  }

  /** Send and keep until `settle`: after a reconnect it goes out again under the same client_id, so it arrives once. */
  deliver(frame) {
    this.#outbox.set(frame.client_id, frame);
    if (!this.send(frame)) return;
    this.#sentHere.add(frame.client_id);
    setTimeout(() => this.#sentHere.has(frame.client_id) && this.#outbox.has(frame.client_id) && this.#doubt(), ANSWER_MS);
  }

  settle(clientId) {
    return this.#outbox.delete(clientId);
  }

  get waiting() {
    return [...this.#outbox.values()];
  }

  resend() {
    for (const frame of this.#outbox.values()) if (!this.#sentHere.has(frame.client_id)) this.deliver(frame);
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
