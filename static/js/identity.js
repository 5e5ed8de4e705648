// Who speaks from this page: the person signed in, or a guest by a name of their own choosing.

import { say } from "./words.js";

const KEY = "matinee.guest";

export class Identity {
  /** `username` is null for a guest. `invite` opens the party that this page is of. */
  constructor(username, invite = null) {
    this.username = username;
    this.key = invite === null ? {} : { invite };
    this.guestName = username === null ? remembered() : null;
  }

  get isGuest() {
    return this.username === null;
  }

  get name() {
    return this.username ?? this.guestName;
  }

  /** A guest's new name; false when that is none, or the same. */
  rename(name) {
    const cleaned = name.trim().slice(0, 32);
    if (!cleaned || cleaned === this.guestName) return false;
    this.guestName = cleaned;
    remember(cleaned);
    return true;
  }
}

function remembered() {
  try {
    const name = localStorage.getItem(KEY);
    if (name) return name;
  } catch {
    // As below.
  }
  const made = say("guest_name", { number: 1000 + Math.floor(Math.random() * 9000) });
  remember(made);
  return made;
}

function remember(name) {
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // Storage is switched off: the name lasts as long as the page.
  }
}
