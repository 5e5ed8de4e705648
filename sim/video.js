// A <video> on a virtual clock, with the faults of real ones. What static/js/sync/video.js asks of an element, this has.

import { between } from "./virtual.js";

/** Times in ms, positions in s. `noise`: how far `currentTime` lies; `skew`: how wrong its own clock runs, as a share. */
export const GOOD = Object.freeze({
  noise: 0.02, skew: 0, seekCost: [120, 450], landing: [0, 0], startCost: [15, 60], ignoresRate: false, duration: 10800,
});

export class SimVideo extends EventTarget {
  #time;
  #random;
  #traits;
  #position = 0;
  #since = 0; // when #position was where it is
  #rate = 1;
  #runs = false; // frames go by
  #cancel = () => {};
  #cancelSeek = () => {};
  #isStalled = false;

  paused = true;
  seeking = false;
  muted = false;
  seeks = 0;

  constructor(time, random, traits = {}) {
    super();
    this.#time = time;
    this.#random = random;
    this.#traits = { ...GOOD, ...traits };
  }

  get duration() {
    return this.#traits.duration;
  }

  /** Where it really is (s). */
  get exact() {
    const passed = this.#runs ? (this.#time.t - this.#since) / 1000 : 0;
    const rate = this.#traits.ignoresRate ? 1 : this.#rate;
    return Math.min(this.duration, this.#position + passed * rate * (1 + this.#traits.skew));
  }

  /** Whether pictures go by: it neither stands still nor waits for data nor seeks. */
  get runs() {
    return this.#runs;
  }

  get currentTime() {
    return Math.max(0, this.exact + (this.#random() * 2 - 1) * this.#traits.noise);
  }

  get ended() {
    return this.exact >= this.duration;
  }

  get readyState() {
    return this.seeking || this.#isStalled ? 1 : 4;
  }

  get buffered() {
    return { length: 1, start: () => 0, end: () => (this.readyState >= 3 ? this.duration : this.exact) };
  }

  get playbackRate() {
    return this.#rate;
  }

  set playbackRate(rate) {
    this.#hold();
    this.#rate = rate;
  }

  set currentTime(position) {
    this.seeks += 1;
    this.#stop();
    this.seeking = true;
    this.#cancelSeek();
    this.#soon("seeking");
    const landing = position + between(this.#random, this.#traits.landing);
    this.#position = Math.max(0, Math.min(this.duration, landing));
    this.#cancelSeek = this.#time.after(between(this.#random, this.#traits.seekCost), () => {
      this.seeking = false;
      this.dispatchEvent(new Event("seeked"));
      return this.#go(0);
    });
  }

  play() {
    if (this.paused) {
      this.paused = false;
      this.#soon("play");
      this.#go(between(this.#random, this.#traits.startCost));
    }
    return Promise.resolve();
  }

  pause() {
    if (this.paused) return;
    this.#stop();
    this.paused = true;
    this.#soon("pause");
  }

  /** No data for so long (ms). */
  stall(ms) {
    this.#stop();
    this.#isStalled = true;
    this.#soon("waiting");
    this.#time.after(ms, () => {
      this.#isStalled = false;
      return this.#go(0);
    });
  }

  #go(delay) {
    this.#cancel();
    this.#cancel = this.#time.after(delay, () => {
      if (this.paused || this.readyState < 3 || this.#runs) return undefined;
      this.#since = this.#time.t;
      this.#runs = true;
      this.dispatchEvent(new Event("playing"));
      this.#cancel = this.#time.after(0, () => this.#goOn());
      return "promised";
    });
    return "promised";
  }

  #goOn() {
    this.dispatchEvent(new Event("timeupdate"));
    this.#cancel = this.#time.after(250, () => this.#goOn());
  }

  #stop() {
    this.#hold();
    this.#runs = false;
    this.#cancel();
  }

  #hold() {
    this.#position = this.exact;
    this.#since = this.#time.t;
  }

  #soon(name) {
    this.#time.after(0, () => {
      this.dispatchEvent(new Event(name));
      return "promised";
    });
  }
}
