// Telling what a person did with the player from what we did ourselves.

/** What we asked of the player is remembered until its own event arrives, however long that takes. */
export class EchoGuard {
  #expected = new Map();

  expect(name) {
    this.#expected.set(name, (this.#expected.get(name) ?? 0) + 1);
  }

  /** It did not come to that (the browser refused to play). */
  forget(name) {
    this.isEcho(name);
  }

  /** A new film: the events of the old one come no more. */
  reset() {
    this.#expected.clear();
  }

  /** Whether this event answers something we asked; it does so once. */
  isEcho(name) {
    const left = this.#expected.get(name) ?? 0;
    if (left > 0) this.#expected.set(name, left - 1);
    return left > 0;
  }
}
