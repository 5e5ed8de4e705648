// What was said before what is shown, a page at a time.

import { element, say } from "../words.js";
import { call, roomPath } from "./api.js";

const PAGE = 50;

export class History {
  #roomId;
  #key;
  #oldest;
  #add;
  #place;
  #state = "more"; // "more", "asking", "failed" or "over"

  /** `oldest()`: the first line's {id, seq} or null; `add(messages)`: show them above; `place`: where is said how it goes. */
  constructor({ roomId, key, oldest, add, place }) {
    this.#roomId = roomId;
    this.#key = key;
    this.#oldest = oldest;
    this.#add = add;
    this.#place = place;
  }

  /** Another page, unless one is on its way, or there is none, or the last try failed (then a button asks). */
  async more() {
    const oldest = this.#oldest();
    if (this.#state !== "more" || oldest === null || oldest.seq <= 1) return;
    this.#show("asking");
    try {
      const { messages, prev } = await this.#ask({ before: oldest.id, limit: PAGE });
      const next = prev ? "more" : "over";
      this.#show(next);
      this.#add(messages);
    } catch {
      this.#show("failed");
    }
  }

  get isAsking() {
    return this.#state === "asking";
  }

  /** There is more again: what was shown is not shown any more. */
  goesOn() {
    this.#show("more");
  }

  /** All that was said after the message of that id, up to 2,000 lines. */
  async since(id, add) {
    let after = id;
    for (let pages = 0; after && pages < 20; pages += 1) {
      const { messages } = await this.#ask({ after, limit: 100 });
      add(messages);
      if (messages.length < 100) return;
      after = messages.at(-1).id;
    }
  }

  #ask(asked) {
    return call("GET", roomPath(this.#roomId, "/messages"), { query: { ...asked, ...this.#key } });
  }

  #show(state) {
    this.#state = state;
    this.#place.hidden = !["asking", "failed"].includes(state);
    if (state === "asking") this.#place.replaceChildren(element("span", { class: "spinner", role: "img", "aria-label": say("loading") }));
    else if (state === "failed") this.#place.replaceChildren(say("no_history"), this.#again());
  }

  #again() {
    const button = element("button", { class: "button little", type: "button" }, say("try_again"));
    button.addEventListener("click", () => {
      this.#state = "more";
      this.more();
    });
    return button;
  }
}
