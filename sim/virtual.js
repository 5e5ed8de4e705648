// Time that passes as fast as the machine can count, and differently for everyone, as clocks do.

/** Seeded numbers in [0, 1): the same seed, the same world. (mulberry32) */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export const between = (random, [low, high]) => low + random() * (high - low);

/** What is due when, soonest first; what is due together comes in the order it was asked for. */
export class VirtualTime {
  #heap = [];
  #count = 0;

  /** ms */
  t = 0;

  at(t, run) {
    const entry = { t: Math.max(t, this.t), order: (this.#count += 1), run };
    this.#heap.push(entry);
    this.#rise(this.#heap.length - 1);
    return () => (entry.run = null);
  }

  after(ms, run) {
    return this.at(this.t + ms, run);
  }

  /** Until `end` (ms). Promises are kept before time goes on. */
  async run(end) {
    while (this.#heap.length > 0 && this.#heap[0].t <= end) {
      const { t, run } = this.#pop();
      this.t = t;
      if (run !== null && run() === "promised") await new Promise(setImmediate);
    }
    this.t = end;
  }

  #isBefore(one, other) {
    return one.t < other.t || (one.t === other.t && one.order < other.order);
  }

  #rise(index) {
    const heap = this.#heap;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(heap[index], heap[parent])) return;
      [heap[index], heap[parent]] = [heap[parent], heap[index]];
      index = parent;
    }
  }

  #pop() {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length === 0) return first;
    heap[0] = last;
    let index = 0;
    for (;;) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < heap.length && this.#isBefore(heap[child], heap[least])) least = child;
      }
      if (least === index) return first;
      [heap[index], heap[least]] = [heap[least], heap[index]];
      index = least;
    }
  }
}

/** One machine's clocks: `skew` (a share: 0.00005 is 50 ppm) and `offset` (ms) against the true time. As sync/time.js. */
export class LocalTime {
  #true;
  #skew;
  #offset;

  constructor(time, { skew = 0, offset = 0 } = {}) {
    this.#true = time;
    this.#skew = skew;
    this.#offset = offset;
  }

  now = () => this.#true.t * (1 + this.#skew);
  wall = () => this.now() + this.#offset;

  after = (ms, run) => this.#true.after(Math.max(0, ms) / (1 + this.#skew), run);

  every = (ms, run) => {
    let cancel;
    const again = () => {
      cancel = this.after(ms, again);
      return run();
    };
    cancel = this.after(ms, again);
    return () => cancel();
  };
}
