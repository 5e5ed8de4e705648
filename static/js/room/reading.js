// Where somebody reads: the newest line stays in sight until they scroll away from it, and then nothing moves what they read.

import { say } from "../words.js";

const NEAR_PX = 80;
const TOP_PX = 300;

export class Reading extends EventTarget {
  #scroller;
  #button;
  #height = 0;
  #follows = true;
  #frame = null; // What came is on the page, and scrolled to when it is painted: once for all of it.
  #unseen = 0;

  /** Events: "top" (close to the oldest line). scroller: what scrolls, list: its lines, button: leads to what is new. */
  constructor({ scroller, list, button }) {
    super();
    this.#scroller = scroller;
    this.#button = button;
    scroller.addEventListener("scroll", () => this.#scrolled());
    button.addEventListener("click", () => this.toEnd());
    const observer = new ResizeObserver(() => this.#resized());
    observer.observe(scroller);
    observer.observe(list);
    this.toEnd();
  }

  /** Whether the newest line is in sight. */
  get follows() {
    return this.#follows;
  }

  toEnd() {
    this.#follows = true;
    this.#frame = null;
    this.#count(0);
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  /** A line came at the end: somebody's news, or a newer form of one that was there. */
  came(isNews) {
    if (this.#follows) this.#frame ??= requestAnimationFrame(() => this.#frame !== null && this.toEnd());
    else if (isNews) this.#count(this.#unseen + 1);
  }

  /** Run `change`, which adds lines above, without moving those in sight. */
  keeping(change) {
    const below = this.#scroller.scrollHeight - this.#scroller.scrollTop;
    change();
    this.#scroller.scrollTop = this.#scroller.scrollHeight - below;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    // What a new size or a new line moved, nobody scrolled: whoever is told of it next decides then.
    if (clientHeight === this.#height && this.#frame === null) this.#follows = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (this.#follows) this.#count(0);
    this.#look();
  }

  #resized() {
    this.#height = this.#scroller.clientHeight;
    if (this.#follows) this.toEnd();
    this.#look();
  }

  #look() {
    if (this.#scroller.scrollTop < TOP_PX) this.dispatchEvent(new Event("top"));
  }

  #count(unseen) {
    this.#unseen = unseen;
    this.#button.hidden = unseen === 0;
    this.#button.querySelector("span").textContent = unseen ? say("new_messages", { count: unseen }) : "";
  }
}
