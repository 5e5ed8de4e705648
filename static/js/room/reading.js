// Where somebody reads: the newest line stays in sight until they scroll away from it, and then nothing moves what they read.

import { say } from "../words.js";

const NEAR_PX = 80;
const TOP_PX = 300;

export class Reading extends EventTarget {
  #scroller;
  #list;
  #button;
  #height = 0;
  #length = 0;
  #follows = true;
  #unseen = 0;

  /** Events: "top" (close to the oldest line). scroller: what scrolls, list: its lines, button: leads to what is new. */
  constructor({ scroller, list, button }) {
    super();
    this.#scroller = scroller;
    this.#list = list;
    this.#button = button;
    scroller.addEventListener("scroll", () => this.#scrolled());
    button.addEventListener("click", () => this.toEnd());
    // It tells between layout and paint: what came is scrolled to before anybody sees it, and nothing is laid out twice.
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
    this.#count(0);
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  /** Somebody's news came at the end. */
  came() {
    if (!this.#follows) this.#count(this.#unseen + 1);
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
    const isScrolled = clientHeight === this.#height && this.#list.offsetHeight === this.#length;
    if (isScrolled) this.#follows = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (this.#follows) this.#count(0);
    this.#look();
  }

  #resized() {
    this.#height = this.#scroller.clientHeight;
    this.#length = this.#list.offsetHeight;
    if (this.#follows) this.toEnd();
    this.#look();
  }

  #look() {
    if (this.#scroller.scrollTop < TOP_PX) this.dispatchEvent(new Event("top"));
  }

  #count(unseen) {
    if (unseen === this.#unseen) return;
    this.#unseen = unseen;
    this.#button.hidden = unseen === 0;
    this.#button.querySelector("span").textContent = unseen ? say("new_messages", { count: unseen }) : "";
  }
}
