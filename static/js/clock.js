// The server's clock, as this page can know it: pings, and the offset of the quickest of them.

const KEPT = 8;
const OLDEST_MS = 10 * 60 * 1000;
const SLOWEST_MS = 1500;

/** Pure: the best sample's offset (ms to add to local time), or null. A quick answer leaves least room for error. */
export function bestOffset(samples, now) {
  const usable = samples.filter((sample) => now - sample.taken <= OLDEST_MS && sample.trip <= SLOWEST_MS);
  if (usable.length === 0) return null;
  return usable.reduce((best, sample) => (sample.trip < best.trip ? sample : best)).offset;
}

export class ServerClock {
  #socket;
  #samples = [];
  #timer = null;

  constructor(socket) {
    this.#socket = socket;
    socket.addEventListener("open", () => this.burst());
    socket.addEventListener("frame", ({ detail }) => detail.type === "pong" && this.#pong(detail));
    document.addEventListener("visibilitychange", () => document.hidden || this.burst());
  }

  /** Five pings at once-ish, then one every 15 s. */
  burst() {
    clearTimeout(this.#timer);
    let left = 5;
    const ask = () => {
      this.#socket.send({ type: "ping", t0: performance.now() });
      left -= 1;
      this.#timer = setTimeout(ask, left > 0 ? 200 : 15000);
    };
    ask();
  }

  /** Milliseconds of server time, or null before the first answer. */
  now() {
    const local = performance.now();
    const offset = bestOffset(this.#samples, local);
    return offset === null ? null : local + offset;
  }

  /** A frame that says what time it was when sent serves until the first answer is here. */
  hint(serverTime) {
    if (this.#samples.length > 0 || typeof serverTime !== "number") return;
    const local = performance.now();
    this.#samples.push({ offset: serverTime - local, trip: SLOWEST_MS, taken: local });
  }

  #pong({ t0, t1, t2 }) {
    const t3 = performance.now();
    if (typeof t0 !== "number" || t0 > t3) return;
    this.#samples.push({ offset: (t1 - t0 + (t2 - t3)) / 2, trip: t3 - t0 - (t2 - t1), taken: t3 });
    if (this.#samples.length > KEPT) this.#samples.shift();
  }
}
