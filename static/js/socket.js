// One live connection of the room's page, and an outbox that loses and doubles nothing.

import { Line, backOff, isFinal } from "../clients/matinee.js";

export { backOff, isFinal };

/**
 * Events: "open", "frame" (detail: the frame), "down" (detail: {final, code}).
 * After "open" the user of this class says who it is (a join); `resend` then repeats what nobody has acknowledged.
 */
export class LiveSocket extends Line {
  #outbox = new Map();
  #sentHere = new Set(); // Of the outbox: what this very connection has carried. Its answer is on the way.

  opened() {
    this.#sentHere.clear();
    super.opened();
  }

  /** Send now if connected; what is stale a moment later (pings, positions) is not kept. */
  send(frame) {
    return this.say(frame);
  }

  /** Send and keep until `settle`: after a reconnect it goes out again under the same client_id, so it arrives once. */
  deliver(frame) {
    this.#outbox.set(frame.client_id, frame);
    if (this.send(frame)) this.#sentHere.add(frame.client_id);
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
}
