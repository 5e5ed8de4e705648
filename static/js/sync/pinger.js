// When the server is asked what time it is.

const BURST = 5;
const BURST_MS = 200;
const REST_MS = 15000;
const GAP_MS = 5000; // The page slept: a closed lid, a frozen tab.
const LOOK_MS = 1000;
const JUMP_MS = 500; // By so much the two local clocks may part within one look.

/** Keeps `clock` right over `socket` (events "open", "frame"; `ping()` sends one and gives its t0). */
export class Pinger {
  #socket;
  #clock;
  #time;
  #cancel = () => {};
  #looked;

  constructor({ socket, clock, time, page = globalThis.document }) {
    this.#socket = socket;
    this.#clock = clock;
    this.#time = time;
    this.#looked = { now: time.now(), wall: time.wall() };
    socket.addEventListener("open", () => this.burst());
    socket.addEventListener("frame", ({ detail }) => detail.type === "pong" && clock.pong(detail, time.now()));
    page?.addEventListener("visibilitychange", () => page.hidden || this.burst());
    time.every(LOOK_MS, () => this.#look());
  }

  /** Five pings, 200 ms apart; from then on one every 15 s. */
  burst(left = BURST) {
    this.#cancel();
    this.#socket.ping();
    const rests = left <= 1;
    this.#cancel = this.#time.after(rests ? REST_MS : BURST_MS, () => this.burst(rests ? 1 : left - 1));
  }

  #look() {
    const looked = { now: this.#time.now(), wall: this.#time.wall() };
    const passed = looked.now - this.#looked.now;
    const passedOutside = looked.wall - this.#looked.wall;
    this.#looked = looked;
    const parted = Math.abs(passedOutside - passed) > JUMP_MS;
    if (parted) this.#clock.forget();
    if (parted || passed > GAP_MS) this.burst();
  }
}
