// Who is in the room.

import { element, say } from "./words.js";

export class People {
  #names = new Map();
  #list;
  #count;
  #host = null;

  constructor({ socket, list, count }) {
    this.#list = list;
    this.#count = count;
    socket.addEventListener("frame", ({ detail }) => this.#receive(detail));
    socket.addEventListener("down", () => this.#unknown());
  }

  set host(name) {
    this.#host = name;
    this.#draw();
  }

  #receive(frame) {
    if (frame.type === "snapshot") {
      this.#names = new Map(frame.members.users.map((person) => [person.name ?? person, true]));
      this.#number(frame.members.count);
    } else if (frame.type === "members") {
      for (const name of frame.joined) this.#names.set(name, true);
      for (const name of frame.left) this.#names.delete(name);
      this.#number(frame.count);
    } else if (frame.type === "removed") this.#unknown();
  }

  /** Who cannot see the room does not know who is in it. */
  #unknown() {
    this.#names.clear();
    this.#count.textContent = say("unknown");
    this.#draw();
  }

  #number(count) {
    this.#count.textContent = say("people", { count });
    this.#draw();
  }

  #draw() {
    const items = [...this.#names.keys()].sort((one, other) => one.localeCompare(other)).map((name) =>
      element("li", {}, name, name === this.#host ? element("span", { class: "badge host" }, say("host")) : null),
    );
    this.#list.replaceChildren(...items);
  }
}
