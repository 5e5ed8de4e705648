// What is wrong with the lines to the room, in words, and what can be done about it.

import { SIGNED_OUT } from "../socket.js";
import { element, say } from "../words.js";

const SENT_OUT = ["closed", "kicked"]; // Reasons that have words of their own.

/** Event: "signed-out" (detail: the socket that learnt it), before it is shown. */
export class Troubles extends EventTarget {
  #bar;
  #send;
  #side;
  #signedOutWords;
  #filmAddress;
  #of = new Map(); // socket -> {words, isFinal?, link?}
  #shown = null;
  #whyNot = new Map(); // socket -> why one may not be here: it may close the line afterwards

  /**
   * bar: where it shows; send: the button that is no use meanwhile; side: what is marked "out" for who has no place here;
   * `signedOutWords()`, `filmAddress()`: as of that moment; null for a room that closes with its film.
   */
  constructor({ sockets, bar, send, side, signedOutWords, filmAddress }) {
    super();
    this.#bar = bar;
    this.#send = send;
    this.#side = side;
    this.#signedOutWords = signedOutWords;
    this.#filmAddress = filmAddress;
    for (const socket of sockets) this.#listen(socket);
  }

  #listen(socket) {
    socket.addEventListener("open", () => this.#set(socket, null));
    socket.addEventListener("down", ({ detail }) => this.#set(socket, this.#ofLine(socket, detail)));
    socket.addEventListener("silent", () => this.#set(socket, { words: say("silent") }));
    socket.addEventListener("heard", () => this.#set(socket, null));
    socket.addEventListener("frame", ({ detail: frame }) => {
      if (frame.type === "snapshot") this.#set(socket, null);
      else if (frame.type === "removed") this.#set(socket, this.#ofRemoval(frame.reason));
      else if (frame.type === "error") this.#hear(socket, frame);
    });
  }

  #hear(socket, { ref, detail }) {
    if (!ref || ref === "join") this.#whyNot.set(socket, detail);
    if (ref === "join") this.#set(socket, { words: detail });
  }

  #set(socket, trouble) {
    if (trouble) this.#of.set(socket, trouble);
    else this.#of.delete(socket);
    this.#show();
  }

  #show() {
    const all = [...this.#of.values()];
    const worst = all.find(({ link }) => link) ?? all.find(({ isFinal }) => isFinal) ?? all[0];
    this.#send.disabled = Boolean(worst?.isFinal);
    this.#side.classList.toggle("out", this.#send.disabled);
    this.#bar.hidden = !worst;
    if (worst?.words === this.#shown) return; // What has been read out is not read out again.
    this.#shown = worst?.words ?? null;
    this.#bar.replaceChildren(...(worst ? [element("span", { class: "grow" }, worst.words), ...(worst.link ? [worst.link()] : [])] : []));
  }

  #ofLine(socket, { final, code }) {
    if (!final) return { words: say(navigator.onLine ? "lost" : "offline") };
    return code === SIGNED_OUT ? this.#ofLogin(socket) : { words: this.#whyNot.get(socket) ?? say("not_allowed"), isFinal: true };
  }

  /** The page was made for somebody else than who is logged in now: a new one is for them. */
  #ofLogin(socket) {
    this.dispatchEvent(new CustomEvent("signed-out", { detail: socket }));
    for (const account of document.querySelectorAll(".top nav")) account.hidden = true;
    const here = location.pathname + location.search;
    if (socket.other !== null) {
      const words = say("signed_in_as", { name: socket.other });
      return { words, isFinal: true, link: () => leading(say("load_again"), () => here) };
    }
    const address = `/login?next=${encodeURIComponent(here)}`;
    return { words: this.#signedOutWords(), isFinal: true, link: () => leading(say("log_in_again"), () => address) };
  }

  /** The film goes on; of a room that is closed nothing is left but the film. */
  #ofRemoval(reason) {
    const words = say(SENT_OUT.includes(reason) ? reason : "not_allowed");
    if (reason !== "closed" || this.#filmAddress === null) return { words, isFinal: true };
    return { words, isFinal: true, link: () => leading(say("watch_alone"), this.#filmAddress) };
  }
}

/** A link whose address is decided when it is followed. */
function leading(words, address) {
  const link = element("a", { class: "button little", href: address() }, words);
  link.addEventListener("click", () => (link.href = address()));
  return link;
}
