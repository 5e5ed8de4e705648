// The layer over the picture in which comments fly. They are text and nothing else.

import { element } from "../../words.js";
import { laneFor, oldestLane } from "./lanes.js";

const MOST = 120; // at a time
const LONGEST = 80; // characters; the talk beside it has the rest
const GAP = 24; // px between two in one lane

export class Sky {
  #layer;
  #lanes = [];
  #across = 0;
  #height = 0;
  #ready = new Map(); // What sets off with the next frame: all of it is measured at once.

  /** Seconds across the picture. */
  seconds = 8;

  constructor(layer) {
    this.#layer = layer;
    new ResizeObserver(([{ contentRect }]) => this.#resized(contentRect)).observe(layer);
  }

  /** One comment sets off; one of our own always, anybody else's only where there is place. */
  launch(id, words, isMine = false) {
    if (document.hidden || this.#layer.childElementCount + this.#ready.size >= MOST) return;
    if (this.#ready.size === 0) requestAnimationFrame(() => this.#setOff());
    this.#ready.set(id, { words, isMine });
  }

  /** What was deleted flies no further. */
  take(id) {
    this.#ready.delete(id);
    this.#layer.querySelector(`[data-id="${CSS.escape(id)}"]`)?.remove();
  }

  clear() {
    this.#ready.clear();
    this.#layer.replaceChildren();
    this.#lanes = [];
  }

  /** What set off over a picture of another width would be in the way of what comes. */
  #resized({ width, height }) {
    if (width !== this.#across) this.clear();
    this.#across = width;
    this.#height = height;
  }

  #setOff() {
    const comments = [...this.#ready].map(([id, { words, isMine }]) => ({ isMine, flying: drawn(id, words, isMine) }));
    this.#ready.clear();
    this.#layer.append(...comments.map(({ flying }) => flying));
    for (const comment of comments) Object.assign(comment, sizeOf(comment.flying)); // All are read before one is moved.
    for (const comment of comments) this.#place(comment);
  }

  #place({ flying, width, height, isMine }) {
    const lane = height === 0 ? -1 : this.#take(Math.max(1, Math.floor(this.#height / height)), width, isMine);
    if (lane === -1) flying.remove();
    else this.#fly(flying, { top: lane * height, to: -width });
  }

  #take(count, width, isMine) {
    const now = performance.now() / 1000;
    this.#lanes = Array.from({ length: count }, (_, lane) => this.#lanes[lane] ?? null);
    const free = laneFor(this.#lanes, { width, now }, { across: this.#across, seconds: this.seconds, gap: GAP });
    const lane = free === -1 && isMine ? oldestLane(this.#lanes) : free;
    if (lane !== -1) this.#lanes[lane] = { width, at: now };
    return lane;
  }

  /** Nothing but a movement, which browsers draw without asking the page again. */
  #fly(flying, { top, to }) {
    const way = [this.#across, to].map((left) => ({ transform: `translate(${left}px, ${top}px)` }));
    const flight = flying.animate(way, { duration: this.seconds * 1000, easing: "linear" });
    flight.onfinish = () => flying.remove();
  }
}

function drawn(id, words, isMine) {
  return element("span", { class: isMine ? "mine" : "", dir: "auto", "data-id": id }, cut(words));
}

function sizeOf({ offsetWidth: width, offsetHeight: height }) {
  return { width, height };
}

function cut(words) {
  const letters = [...words.replace(/\s+/g, " ").trim()];
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST).join("")}…` : letters.join("");
}
