// How people look: the same signs as web/templatetags/people.py draws.

import { element } from "./words.js";

const HUES = 8;

/** A person's sign, as an element. `size` is "", "little" or "big". */
export function avatar(name, size = "") {
  const hue = [...name].reduce((mixed, letter) => (mixed * 57 + letter.codePointAt(0)) % 9973, 0) % HUES;
  const letter = /[\p{L}\p{N}]\p{M}*/u.exec(name)?.[0] ?? "?";
  return element("span", { class: `avatar ${size}`.trim(), "data-hue": String(hue), "aria-hidden": "true" }, letter);
}
