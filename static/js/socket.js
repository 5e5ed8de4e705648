// One live connection that comes back by itself, and an outbox that loses and doubles nothing.

const WAITS = [500, 1000, 2000, 4000, 8000, 15000];
const QUIET_MS = 20000; // Without a frame for so long we ask whether anybody is there ...
const ANSWER_MS = 10000; // ... and without an answer for so long we start anew.

/** Close codes of 4500 and above are final: nothing changes by trying again. */
export function isFinal(code) {
  return code >= 4500 && code < 5000;
}

/** Milliseconds to wait before try number `tries` (from 0): growing, and spread so that a crowd does not return at once. */
export function backOff(tries, random = Math.random) {
  const longest = WAITS[Math.min(tries, WAITS.length - 1)];
  return longest / 2 + (longest / 2) * random();
}

/**
 * Events: "open", "frame" (detail: the frame), "down" (detail: {final, code}).
 * After "open" the user of this class says who it is (a join); `resend` then repeats what nobody has acknowledged.
 */
export class LiveSocket extends EventTarget {
  #socket = null;
  #tries = 0;
  #timer = null;
  #heardAt = 0;
  #askedAt = null;
  #leastWait = 0;
  #over = false;
  #outbox = new Map();

  constructor(path) {
    super();
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.address = `${scheme}//${location.host}${path}`;
    setInterval(() => this.#watch(), 2500);
    window.addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
    window.addEventListener("pagehide", () => this.#leave());
    window.addEventListener("pageshow", (event) => event.persisted && this.#return());
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  connect() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const socket = new WebSocket(this.address, ["matinee.v2"]);
    this.#socket = socket;
    socket.addEventListener("open", () => {
      this.#heard();
      this.dispatchEvent(new Event("open"));
    });
    socket.addEventListener("message", (event) => this.#receive(socket, event.data));
    socket.addEventListener("close", (event) => this.#closed(socket, event.code));
  }

  /** Send now if connected; what is stale a moment later (pings, positions) is not kept. */
  send(frame) {
    if (this.isOpen) this.#socket.send(JSON.stringify(frame));
    return this.isOpen;
  }

  /** Send and keep until `settle`: after a reconnect it goes out again under the same client_id, so it arrives once. */
  deliver(frame) {
    this.#outbox.set(frame.client_id, frame);
    this.send(frame);
  }

  settle(clientId) {
    return this.#outbox.delete(clientId);
  }

  get waiting() {
    return [...this.#outbox.values()];
  }

  resend() {
    for (const frame of this.#outbox.values()) this.send(frame);
  }

  #receive(socket, data) {
    if (socket !== this.#socket) return;
    this.#heard();
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    this.#tries = 0;
    if (frame.type === "error" && frame.retry_after) this.#leastWait = frame.retry_after * 1000;
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
  }

  #closed(socket, code) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    const final = isFinal(code);
    this.dispatchEvent(new CustomEvent("down", { detail: { final, code } }));
    if (final) this.#over = true;
    if (this.#over) return;
    const wait = Math.max(backOff(this.#tries++), code === 4029 ? this.#leastWait : 0);
    this.#timer = setTimeout(() => this.connect(), wait);
  }

  #heard() {
    this.#heardAt = performance.now();
    this.#askedAt = null;
  }

  /** A connection can die without a word (a tunnel, a sleeping laptop): ask, and give it up when nothing answers. */
  #watch() {
    if (!this.isOpen) return;
    const now = performance.now();
    if (this.#askedAt !== null && now - this.#askedAt > ANSWER_MS) {
      const dead = this.#socket;
      dead.close();
      this.#closed(dead, 1006);
    } else if (this.#askedAt === null && now - this.#heardAt > QUIET_MS) {
      this.#askedAt = now;
      this.send({ type: "ping", t0: now });
    }
  }

  #hurry() {
    if (this.#timer !== null) this.connect();
  }

  #leave() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#over = true;
    this.#socket?.close();
  }

  #return() {
    this.#over = false;
    this.connect();
  }
}
