// The lines of the talk, each in its place: what was stored by its seq, what was refused where it was refused, and what is on
// its way below everything.

import { markDay, renameDays } from "./days.js";

const MOST = 500; // are kept for who reads the newest; the rest is history, to be asked for again
const SLACK = 100; // beyond, so that not every line pushes one out

export class Lines {
  #list;
  #bySeq = new Map();

  /** The highest seq there was; 0 before the first. */
  last = 0;

  constructor(list) {
    this.#list = list;
    for (const item of list.children) this.#know(item);
  }

  get(seq) {
    return this.#bySeq.get(seq);
  }

  [Symbol.iterator]() {
    return this.#bySeq.entries();
  }

  get isEmpty() {
    return this.#list.childElementCount === 0;
  }

  /** The first stored line's {id, seq}, or null. */
  get oldest() {
    const first = this.#list.querySelector("[data-seq]");
    return first && { id: Number(first.dataset.id), seq: Number(first.dataset.seq) };
  }

  /** One that is not stored yet. */
  append(item) {
    this.#list.append(item);
    this.#mark(item);
  }

  /** A stored one, new or in a newer form, or one that was here before it was stored. */
  put(item) {
    const known = this.#bySeq.get(Number(item.dataset.seq));
    if (known) known.replaceWith(item);
    else this.#insert(item);
    this.#know(item);
  }

  /** Older ones. They are no news, so nobody reads them out. */
  prepend(items) {
    let next = this.#list.firstElementChild;
    for (const item of items) {
      item.setAttribute("aria-live", "off");
      while (next && placeOf(next) < Number(item.dataset.seq)) next = next.nextElementSibling; // What was refused stays in its place.
      this.#list.insertBefore(item, next);
    }
    for (const item of items) this.#know(item);
  }

  /** It is not sent: what is said from now on comes after it. */
  stop(item) {
    item.dataset.after = this.last;
  }

  /** One that is shown no more, and is not stored or was forgotten. */
  drop(item) {
    const next = item.nextElementSibling;
    item.remove();
    if (next) this.#mark(next);
  }

  /** Whether there were too many; then the oldest are gone. What is stored nowhere stays: nobody could ask for it again. */
  shorten() {
    const tooMany = this.#bySeq.size - MOST;
    if (tooMany <= SLACK) return false;
    for (const item of [...this.#list.querySelectorAll("[data-seq]")].slice(0, tooMany)) {
      this.#bySeq.delete(Number(item.dataset.seq));
      this.drop(item);
    }
    return true;
  }

  #know(item) {
    const seq = Number(item.dataset.seq);
    this.#bySeq.set(seq, item);
    this.last = Math.max(this.last, seq);
    this.#mark(item);
  }

  /** What is there already is not moved: it would be read out once more. */
  #insert(item) {
    let before = this.#list.lastElementChild; // What is new belongs near the end.
    while (before && (before === item || !(placeOf(before) < Number(item.dataset.seq)))) before = before.previousElementSibling;
    if (item.isConnected && before === item.previousElementSibling) return;
    if (before) before.after(item);
    else this.#list.prepend(item);
  }

  /** Whether a day begins with it, and with the line after it. */
  #mark(item) {
    markDay(item);
    if (item.nextElementSibling) markDay(item.nextElementSibling);
    if (item.querySelector(".day")) renameDays(this.#list);
  }
}

/** NaN, which is less than nothing, for what is on its way. */
function placeOf({ dataset, classList }) {
  return classList.contains("waiting") ? NaN : Number(dataset.seq ?? dataset.after);
}
