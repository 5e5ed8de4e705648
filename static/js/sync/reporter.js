// Looks at the player for what the room is to be told about it.

import { START, report } from "./readiness.js";

const END_SLACK = 0.1; // s: a film's last data end a little before its duration

export class Reporter {
  #timeline;
  #player;
  #clock;
  #time;
  #state = START;

  constructor({ timeline, player, clock, time }) {
    this.#timeline = timeline;
    this.#player = player;
    this.#clock = clock;
    this.#time = time;
  }

  /** A new connection knows nothing of what was told on the last one. */
  reset() {
    this.#state = START;
  }

  /** The frames ("buffering", "ready", "progress") that are due, without their address. */
  due({ isAlone, isHidden }) {
    const { epoch, rev } = this.#timeline.current;
    const [types, next] = report(this.#state, this.#sample(isAlone, isHidden));
    this.#state = next;
    const about = { epoch, rev, current_time: rounded(this.#player.position) };
    return types.map((type) => ({ type, ...about, ...(type === "progress" ? this.#progress(isAlone) : {}) }));
  }

  #sample(isAlone, isHidden) {
    const { current, state } = this.#timeline;
    const isRunning = state === "playing" && !this.#timeline.isOver(this.#player.duration);
    return {
      now: this.#time.now(),
      epoch: current.epoch,
      rev: current.rev,
      isWaiting: state === "waiting",
      isWanted: !isAlone && (state === "waiting" || isRunning),
      readyState: this.#player.readyState,
      isSeeking: this.#player.isSeeking,
      ahead: this.#player.ahead,
      left: Math.max(0, (this.#player.duration ?? Infinity) - this.#player.position - END_SLACK),
      isHidden,
      condition: this.#condition(isAlone),
    };
  }

  #progress(isAlone) {
    const expected = this.#timeline.expected();
    return {
      state: this.#condition(isAlone),
      buffered_ahead: rounded(this.#player.ahead),
      rtt: rounded(this.#clock.trip),
      drift: rounded(expected === null ? null : this.#player.position - expected),
    };
  }

  #condition(isAlone) {
    if (isAlone) return "solo";
    if (this.#player.readyState < 3) return "buffering";
    return this.#player.isPaused ? "paused" : "playing";
  }
}

const rounded = (value) => (value === null ? null : Math.round(value * 1000) / 1000);
