// Commands under way: until the room answers one, the player is left where its person put it.

import { newId } from "../ids.js";

const PATIENCE_MS = 3000; // Without an answer the room's timeline is right again.

export class Commands {
  #socket;
  #time;
  #waiting = null; // {cmdId, action, until}

  constructor({ socket, time }) {
    this.#socket = socket;
    this.#time = time;
  }

  /** Send `frame` with `keys`; false, and not sent, while disconnected. */
  give(action, keys) {
    const cmdId = newId();
    const sent = this.#socket.send({ type: "sync", action, cmd_id: cmdId, ...keys });
    if (sent) this.#waiting = { cmdId, action, until: this.#time.now() + PATIENCE_MS };
    return sent;
  }

  get isWaiting() {
    return this.#waiting !== null && this.#time.now() < this.#waiting.until;
  }

  /** The room answered: which action this was; null if it is not the one under way. */
  settle(cmdId) {
    if (this.#waiting === null || this.#waiting.cmdId !== cmdId) return null;
    const { action } = this.#waiting;
    this.#waiting = null;
    return action;
  }

  forget() {
    this.#waiting = null;
  }
}
