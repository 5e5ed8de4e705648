// The way between a client and the server: it takes its time, a different one for every packet, and keeps the order.

import { between } from "./virtual.js";

/** `trip` (ms) of a quick packet there and back, `upShare` of it on the way there; `jitter` (ms) is what the rest often adds. */
export class Link {
  #time;
  #random;
  #delays;
  #jitter;
  #last = { up: 0, down: 0 };

  constructor(time, random, { trip, upShare, jitter }) {
    this.#time = time;
    this.#random = random;
    this.#delays = { up: trip * upShare, down: trip * (1 - upShare) };
    this.#jitter = jitter;
  }

  carry(way, run) {
    // Most packets are quick, some wait behind others.
    const late = this.#jitter * (this.#random() ** 3) * between(this.#random, [0, 4]);
    const arrives = Math.max(this.#last[way], this.#time.t + this.#delays[way] + late);
    this.#last[way] = arrives;
    this.#time.at(arrives, run);
  }
}

/** A LiveSocket over a link. `hear(frame)` is the server's end; `tell(frame)` arrives here as an event. */
export class SimSocket extends EventTarget {
  #link;
  #local;
  #hear;

  constructor({ link, local, hear }) {
    super();
    this.#link = link;
    this.#local = local;
    this.#hear = hear;
  }

  open() {
    this.dispatchEvent(new Event("open"));
  }

  send(frame) {
    this.#link.carry("up", () => this.#hear(frame));
    return true;
  }

  ping() {
    const t0 = this.#local.now();
    this.send({ type: "ping", t0 });
    return t0;
  }

  tell(frame) {
    this.#link.carry("down", () => {
      this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
      return "promised";
    });
  }
}
