// What was said at which second of the film, and when it is to fly. Each comment once while the film goes on; again only for
// who goes back to see that part again.

const WINDOW_S = 30; // as much of the film is asked for at a time
const AHEAD_S = 10; // before it begins, at the most: everybody in the room comes to the same second at once
const SPREAD_S = 8;
const KEPT_WINDOWS = 4; // to either side of where the film is
const JUMP_S = 2; // further than the film runs between two looks, at any speed
const BACK_S = 5; // less is a correction of the player's
const LATE_S = 3; // What arrives later than this after its second has missed it.
const NEAR_S = 10; // Who spoke so near in the film spoke about what we see.
const AGAIN_MS = 5000;

/** `ask(from, to)`: a promise of the messages [{id, movie_time, ...}] from one second of the film up to another. */
export class Replay {
  #ask;
  #later;
  #known = new Map();
  #shown = new Set();
  #asked = new Set();
  #start = 0;
  #position = null;
  #round = 0;
  #ahead;

  constructor({ ask, later = (run, ms) => setTimeout(run, ms), random = Math.random }) {
    this.#ask = ask;
    this.#later = later;
    this.#ahead = AHEAD_S - random() * SPREAD_S;
  }

  /** The film is at `position` (s): the messages that fly now, in the film's order. */
  at(position) {
    this.#follow(position);
    this.#askAround(position);
    const since = Math.max(this.#start, position - LATE_S);
    const due = [...this.#known.values()].filter(({ id, movie_time: t }) => t >= since && t < position && !this.#shown.has(id));
    for (const { id } of due) this.#shown.add(id);
    return due.sort((one, other) => one.movie_time - other.movie_time || one.id - other.id);
  }

  /** Somebody says it now: whether it flies at once. If not, it does when the film comes to its second. */
  hear(message) {
    if (this.#shown.has(message.id)) return false;
    const time = message.movie_time ?? null;
    // A part that was not asked for yet comes with all that was said of it.
    if (time !== null && this.#asked.has(windowOf(time))) this.#known.set(message.id, message);
    const isNow = time === null || this.#position === null || Math.abs(time - this.#position) < NEAR_S;
    if (isNow) this.#shown.add(message.id);
    return isNow;
  }

  /** Edited or deleted. */
  change(message) {
    if (message.deleted) this.#known.delete(message.id);
    else if (this.#known.has(message.id)) this.#known.set(message.id, message);
  }

  /** Something may have been said that we did not hear: ask again. */
  refresh() {
    this.#asked.clear();
    this.#round += 1;
  }

  /** Another film. */
  reset() {
    this.refresh();
    this.#known.clear();
    this.#shown.clear();
    this.#position = null;
  }

  #follow(position) {
    const from = this.#position;
    this.#position = position;
    if (from !== null && position >= from - BACK_S && position <= from + JUMP_S) return;
    this.#start = position;
    if (from === null || position > from) return;
    for (const { id, movie_time: time } of this.#known.values()) if (time >= position) this.#shown.delete(id);
  }

  #askAround(position) {
    const here = windowOf(position);
    const next = windowOf(position + this.#ahead);
    for (const number of new Set([here, next])) if (!this.#asked.has(number)) this.#fetch(number, here);
  }

  async #fetch(number, here) {
    this.#asked.add(number);
    this.#forgetFarFrom(here);
    const round = this.#round;
    try {
      const messages = await this.#ask(number * WINDOW_S, (number + 1) * WINDOW_S);
      if (round === this.#round) for (const message of messages) this.#known.set(message.id, message);
    } catch {
      this.#later(() => round === this.#round && this.#asked.delete(number), AGAIN_MS);
    }
  }

  #forgetFarFrom(here) {
    const isFar = (number) => Math.abs(number - here) > KEPT_WINDOWS;
    for (const number of this.#asked) if (isFar(number)) this.#asked.delete(number);
    for (const [id, { movie_time: time }] of this.#known) {
      if (!isFar(windowOf(time))) continue;
      this.#known.delete(id);
      this.#shown.delete(id);
    }
  }
}

function windowOf(second) {
  return Math.floor(second / WINDOW_S);
}
