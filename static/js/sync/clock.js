// The server's clock, as this page can know it: the offset of the quickest of the last pings.

const KEPT = 8;
const OLDEST_MS = 10 * 60 * 1000;
const SLOWEST_MS = 1500;

const middle = (values) => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)];

/** Local times are monotonic milliseconds, and are passed in. */
export class Clock {
  #samples = [];
  #guess = null; // ms; what serves until there is a sample

  /** The answer to a ping that left at `t0` and came back at `t3` (local); `t1` and `t2` are the server's. */
  pong({ t0, t1, t2 }, t3) {
    const trip = t3 - t0 - (t2 - t1);
    if (!Number.isFinite(trip) || t0 > t3 || trip > SLOWEST_MS) return;
    this.#samples.push({ trip, offset: (t1 - t0 + (t2 - t3)) / 2, taken: t3 });
    if (this.#samples.length > KEPT) this.#samples.shift();
  }

  /** A frame that says when it left (server, ms) serves until the first answer is here. */
  hint(serverTime, local) {
    if (typeof serverTime === "number") this.#guess ??= serverTime - local;
  }

  /** The local clock stood still or jumped, so what was measured before is wrong; it serves until there is better. */
  forget() {
    this.#guess = this.#best()?.offset ?? this.#guess;
    this.#samples = [];
  }

  /** The server's time (ms) at this local one; null while nothing is known. */
  at(local) {
    // The quickest answer leaves the least room for error.
    const offset = this.#best(local)?.offset ?? this.#guess;
    return offset === null ? null : local + offset;
  }

  /** How long a round trip usually takes (ms); null before the first. */
  get trip() {
    return this.#samples.length > 0 ? middle(this.#samples.map((sample) => sample.trip)) : null;
  }

  #best(local = -Infinity) {
    const usable = this.#samples.filter(({ taken }) => local - taken <= OLDEST_MS);
    return usable.length > 0 ? usable.reduce((best, one) => (one.trip < best.trip ? one : best)) : null;
  }
}
