// What comes in a flood is handed on now and then: to draw a page anew costs about the same for ten lines as for one.

/** Hands things on in their order: at once while few come, and what comes within `ms` of that together, when they are over. */
export class Gathered {
  #take;
  #ms;
  #later;
  #held = [];
  #isResting = false;

  constructor(take, ms, later = (run, wait) => setTimeout(run, wait)) {
    this.#take = take;
    this.#ms = ms;
    this.#later = later;
  }

  /** A page that nobody sees draws nothing, and its timers are slow: nothing is held for it. */
  add(thing) {
    this.#held.push(thing);
    if (!this.#isResting || document.hidden) this.handOn();
  }

  /** All that is held, now. */
  handOn() {
    const held = this.#held.splice(0);
    if (held.length > 0) this.#rest();
    for (const thing of held) this.#take(thing);
  }

  #rest() {
    if (this.#isResting) return;
    this.#isResting = true;
    this.#later(() => {
      this.#isResting = false;
      this.handOn();
    }, this.#ms);
  }
}
