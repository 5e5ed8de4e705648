// The room's timeline as this page knows it, and where it says that everyone is.

const NEAR_END = 0.5; // s: so near its end a film is left to end by itself

/** Where a timeline is at server time `now` (ms), in seconds. */
export function expectedPosition(timeline, now) {
  let position = timeline.current_time;
  if (timeline.state === "playing") position += (Math.max(0, now - timeline.at) / 1000) * timeline.rate;
  return Math.max(0, Math.min(timeline.duration ?? Infinity, position));
}

export function isNewer(timeline, known) {
  return timeline.epoch > known.epoch || (timeline.epoch === known.epoch && timeline.rev > known.rev);
}

export class RoomTimeline {
  #clock;
  #time;
  #before = null; // what holds until the moment of the current one has come

  current = null;

  constructor({ clock, time }) {
    this.#clock = clock;
    this.#time = time;
  }

  /** Take over what the room says, unless it is known or older. `isTruth`: whatever was known. Whether it is news. */
  take(timeline, isTruth = false) {
    const known = this.current;
    this.#clock.hint(timeline.server_time, this.#time.now());
    if (known && !isTruth && !isNewer(timeline, known)) return false;
    this.#before = known?.epoch === timeline.epoch ? this.#holding() : null;
    this.current = timeline;
    return known === null || timeline.epoch !== known.epoch || timeline.rev !== known.rev;
  }

  clear() {
    this.current = this.#before = null;
  }

  /** "idle", "waiting", "playing", "paused" or "ended". */
  get state() {
    return this.#reached?.state ?? "idle";
  }

  /** Whose players everyone waits for. */
  get waitingFor() {
    return this.state === "waiting" ? this.current.waiting_for : [];
  }

  /** The server's time (ms); null while it is not known. */
  get now() {
    return this.#clock.at(this.#time.now());
  }

  /** ms until everyone plays: 0 once they do, null if nothing says when, or the time is not known. */
  get soon() {
    const { now, current } = this;
    if (now === null || current === null) return null;
    const at = current.state === "playing" ? current.at : current.state === "waiting" ? current.wait_until : null;
    return at === null ? null : Math.max(0, at - now);
  }

  /** How it plays right now: what begins in a moment does not yet. */
  get stateNow() {
    return this.#holding()?.state ?? "idle";
  }

  get rateNow() {
    return this.#holding()?.rate ?? 1;
  }

  /** Where everyone is (s), or will be `ahead` seconds from now; null while that is not known or nothing has begun. */
  expected(ahead = 0) {
    const now = this.now;
    if (now === null || this.state === "idle") return null;
    return expectedPosition(this.#holding(ahead), now + ahead * 1000);
  }

  /** The players stand still until it begins. */
  forgetBefore() {
    this.#before = null;
  }

  /** Whether what plays now leads to the beginning of the current one, as when only the rate changes. */
  get goesOn() {
    const { state, at, current_time: position } = this.current;
    if (this.#before?.state !== "playing" || state !== "playing") return false;
    return Math.abs(expectedPosition(this.#before, at) - position) < 0.1;
  }

  /** Whether the film is over where it now is. `duration` (s): what the player found, where the room does not know. */
  isOver(duration = null) {
    if (this.state === "ended") return true;
    const end = this.current?.duration ?? duration;
    return this.state === "playing" && end !== null && (this.expected() ?? 0) >= end - NEAR_END;
  }

  /** What the current one has become by itself: a wait is over. */
  get #reached() {
    const { current } = this;
    const isOver = current?.state === "waiting" && current.wait_until !== null && this.now >= current.wait_until;
    return isOver ? { ...current, state: "playing", at: current.wait_until, waiting_for: [] } : current;
  }

  #holding(ahead = 0) {
    const now = this.now;
    return this.#before !== null && now !== null && now + ahead * 1000 < this.current.at ? this.#before : this.#reached;
  }
}
