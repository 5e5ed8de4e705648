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

  /** Seconds across the picture. */
  seconds = 8;

  constructor(layer) {
    this.#layer = layer;
    new ResizeObserver(() => this.#resized()).observe(layer);
  }

  /** One comment sets off; one of our own always, anybody else's only where there is place. */
  launch(id, words, isMine = false) {
    if (document.hidden || this.#layer.childElementCount >= MOST) return;
    const flying = element("span", { class: isMine ? "mine" : "", dir: "auto", "data-id": id }, cut(words));
    this.#layer.append(flying);
    const { clientWidth: across, clientHeight: height } = this.#layer;
    const { offsetWidth: width, offsetHeight: tall } = flying;
    const lane = this.#take(Math.max(1, Math.floor(height / tall)), { width, now: performance.now() / 1000 }, across, isMine);
    if (lane === -1 || tall === 0) flying.remove();
    else this.#fly(flying, { top: lane * tall, from: across, to: -width });
  }

  /** What was deleted flies no further. */
  take(id) {
    this.#layer.querySelector(`[data-id="${CSS.escape(id)}"]`)?.remove();
  }

  clear() {
    this.#layer.replaceChildren();
    this.#lanes = [];
  }

  /** What set off over a picture of another width would be in the way of what comes. */
  #resized() {
    const { clientWidth: across } = this.#layer;
    if (across !== this.#across) this.clear();
    this.#across = across;
  }

  #take(count, comment, across, isMine) {
    this.#lanes = Array.from({ length: count }, (_, lane) => this.#lanes[lane] ?? null);
    const free = laneFor(this.#lanes, comment, { across, seconds: this.seconds, gap: GAP });
    const lane = free === -1 && isMine ? oldestLane(this.#lanes) : free;
    if (lane !== -1) this.#lanes[lane] = { width: comment.width, at: comment.now };
    return lane;
  }

  #fly(flying, { top, from, to }) {
    flying.style.top = `${top}px`;
    const way = [{ transform: `translateX(${from}px)` }, { transform: `translateX(${to}px)` }];
    const flight = flying.animate(way, { duration: this.seconds * 1000, easing: "linear" });
    flight.onfinish = () => flying.remove();
  }
}

function cut(words) {
  const letters = [...words.replace(/\s+/g, " ").trim()];
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST).join("")}…` : letters.join("");
}
