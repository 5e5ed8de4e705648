// Modules as pages load them: what is served under /static/clients lies elsewhere in the repository. And what of a browser
// they look for when they are loaded.

import { register } from "node:module";

const hook = `
  const clients = ${JSON.stringify(new URL("../../clients/browser/", import.meta.url).href)};
  export const resolve = (specifier, context, next) => next(specifier.replace(/^.*\\/clients\\//, clients), context);
`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);

const phrases = {
  begins_in: "Starts: {time}",
  cut: "The film does not load.",
  guest_name: "Guest {number}",
  not_copied: "Could not copy: {link}",
  not_shared: "Could not share: {link}",
};
const found = { phrases: { textContent: JSON.stringify(phrases) } };

/** As much of an element as is needed to write into it and to read what was written. */
export class FakeElement extends EventTarget {
  hidden = false;
  textContent = "";
  dataset = {};
  children = [];

  /** With those of all that is in it. */
  get words() {
    return this.textContent + this.children.map((child) => child.words ?? child).join("");
  }

  append(...children) {
    this.children.push(...children);
  }

  setAttribute() {}

  querySelector() {
    return null;
  }
}

/** Elements by their ids, for modules that look for theirs when they are loaded. */
export const place = (elements) => Object.assign(found, elements);

export const page = {
  document: Object.assign(new EventTarget(), {
    documentElement: { lang: "en" },
    body: new FakeElement(),
    getElementById: (id) => found[id] ?? null,
    querySelector: () => null,
    createElement: () => new FakeElement(),
    createElementNS: () => new FakeElement(),
  }),
  location: { href: "http://matinee.test/watch/movie-1" },
  window: new EventTarget(),
};
Object.assign(globalThis, page);

/** The browser's end of a connection that a test answers. */
export class FakeSocket extends EventTarget {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSED = 3;
  /** All that were made, oldest first. */
  static made = [];
  readyState = FakeSocket.CONNECTING;
  sent = [];

  constructor(address, protocols) {
    super();
    Object.assign(this, { address, protocols });
    FakeSocket.made.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = FakeSocket.CLOSED;
  }

  // The other end.
  accept() {
    this.readyState = FakeSocket.OPEN;
    this.dispatchEvent(new Event("open"));
  }

  say(frame) {
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(frame) }));
  }

  hello(user) {
    this.accept();
    this.say({ type: "hello", user, limits: {} });
  }

  end(code) {
    this.readyState = FakeSocket.CLOSED;
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }
}
globalThis.WebSocket = FakeSocket;
