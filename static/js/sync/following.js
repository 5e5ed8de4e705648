// Bringing a player to where the room is, and keeping it there.

import { START, decide } from "./drift.js";

const STILL = 0.1; // s that a paused picture may be off
const SOON_MS = 2000; // A start so near is planned to the millisecond; until then the loop looks after it.
const NEAR = 0.5; // s that a player may be off when the timeline changes, before it seeks at once

/** `timeline`: a RoomTimeline, `player`: a VideoPlayer. */
export class Following {
  #timeline;
  #player;
  #time;
  #drift = START;
  #cancelPlan = null; // also once it has been carried out: until something else is planned

  /** The person chose a place of their own. */
  isAlone = false;

  constructor({ timeline, player, time }) {
    this.#timeline = timeline;
    this.#player = player;
    this.#time = time;
  }

  /** Seeking did not help. */
  get isLost() {
    return this.#drift.isLost;
  }

  /** Begin anew, at the base rate; nothing that was planned happens. */
  reset() {
    this.#drift = START;
    this.rest();
    this.#player.rate = this.#timeline.rateNow;
  }

  /** Nothing that was planned happens. */
  rest() {
    this.#cancelPlan?.();
    this.#cancelPlan = null;
  }

  /** To where the room is, at once. */
  align() {
    this.rest();
    if (!this.#isCalled) return;
    const { soon, goesOn } = this.#timeline;
    if (soon === 0) this.#run();
    else if (goesOn) this.#plan(soon + 1, () => this.align()); // Timers may be a little early.
    else {
      this.#timeline.forgetBefore();
      this.#stop();
      if (this.#startsSoon) this.#planStart();
    }
  }

  /** One turn of the drift loop. */
  stay() {
    if (!this.#isCalled || this.#timeline.isOver(this.#player.duration)) return;
    if (this.#startsSoon && !this.#timeline.goesOn) {
      if (this.#cancelPlan === null) this.#planStart();
      return;
    }
    const shouldPlay = this.#timeline.stateNow === "playing";
    if (shouldPlay && this.#player.isPaused) this.#rejoin();
    else if (!shouldPlay && !this.#player.isPaused) this.#stop();
    else this.#correct(!shouldPlay);
  }

  /** Whether there is anywhere to be. */
  get #isCalled() {
    return !this.isAlone && this.#player.isLoaded && this.#timeline.expected() !== null;
  }

  get #startsSoon() {
    return this.#timeline.soon > 0 && this.#timeline.soon < SOON_MS;
  }

  /** Everyone starts at the same moment, so that the way the frame took does not matter. */
  #planStart() {
    this.#plan(Math.max(0, this.#timeline.soon - this.#player.startCost * 1000), () => this.#player.play());
  }

  #plan(ms, run) {
    this.#cancelPlan = this.#time.after(ms, run);
  }

  /** Paused, waiting, ended: the same picture for everyone. */
  #stop() {
    this.#player.pause();
    this.#player.rate = this.#timeline.current.rate;
    if (this.#timeline.state !== "ended") this.#moveTo(this.#timeline.current.current_time, STILL);
  }

  #run() {
    if (this.#timeline.isOver(this.#player.duration)) return;
    this.#player.rate = this.#timeline.rateNow;
    const off = Math.abs(this.#player.position - this.#timeline.expected());
    if (off > (this.#player.isPaused ? STILL : NEAR)) this.#player.seek(this.#timeline.expected(this.#player.seekCost));
    if (this.#player.isPaused) this.#player.play();
  }

  #moveTo(position, tolerance) {
    if (Math.abs(this.#player.position - position) > tolerance) this.#player.seek(position);
  }

  /** The room goes on while this player stands still and its person did not stop it: it loaded, or the tab was hidden. */
  #rejoin() {
    if (!this.#player.isStarting && !this.#player.isBlocked) this.#run();
  }

  #correct(isPaused) {
    const expected = this.#timeline.expected();
    const base = this.#timeline.rateNow;
    const [decision, next] = decide(this.#drift, {
      now: this.#time.now(),
      player: this.#player.position,
      expected,
      base,
      isReady: !this.#player.isSeeking && !this.#player.isStarting && this.#player.readyState >= 3,
      landedAt: this.#player.landedAt,
      isPaused,
      isAlone: this.isAlone,
    });
    this.#drift = next;
    if (decision.action === "rate") this.#player.rate = decision.rate;
    if (decision.action !== "seek") return;
    this.#player.rate = base;
    this.#player.seek(isPaused ? expected : this.#timeline.expected(this.#player.seekCost));
  }
}
