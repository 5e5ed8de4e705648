// How people look: the same signs as web/templatetags/people.py draws, and over them the pictures of who has one.

import { element } from "./words.js";

const HUES = 8;
const GATHER_MS = 50; // Signs come in crowds: one question for all of them.
const MOST_NAMES = 20; // Of 32 letters of four bytes each, that is as long an address as web servers take (8 kB).
const FRESH_MS = 60_000;
const AGAIN_MS = 10_000; // after a question that was not answered

const known = new Map(); // name -> {path, at}; path is null for who has no picture
const wanting = new Map(); // name -> the signs that wait for the answer
const unanswered = new WeakMap(); // sign -> when it may be asked for again

/** A person's sign, as an element. `size` is "", "little" or "big". */
export function avatar(name, size = "") {
  const hue = [...name].reduce((mixed, letter) => (mixed * 57 + letter.codePointAt(0)) % 9973, 0) % HUES;
  const letter = /[\p{L}\p{N}]\p{M}*/u.exec(name)?.[0] ?? "?";
  return element("span", { class: `avatar ${size}`.trim(), "data-hue": String(hue), "aria-hidden": "true" }, letter);
}

/**
 * Whether the sign stands for the account of that name, by the server's word. Only then it may get the account's picture:
 * a guest may call themselves like anybody.
 */
export function vouch(sign, name, isAccount) {
  if (sign.hasAttribute("data-account") === isAccount && !(isAccount && unanswered.get(sign) <= performance.now())) return;
  sign.toggleAttribute("data-account", isAccount);
  if (isAccount) wear(sign, name);
  else sign.querySelector("img")?.remove();
}

function wear(sign, name) {
  unanswered.delete(sign);
  const found = known.get(name);
  if (found && performance.now() - found.at < FRESH_MS) return show(sign, found.path);
  if (wanting.size === 0) setTimeout(ask, GATHER_MS);
  wanting.set(name, [...(wanting.get(name) ?? []), sign]);
}

async function ask() {
  const asked = [...wanting];
  wanting.clear();
  for (let first = 0; first < asked.length; first += MOST_NAMES) await askFor(asked.slice(first, first + MOST_NAMES));
}

async function askFor(asked) {
  const query = new URLSearchParams(asked.map(([name]) => ["username", name]));
  try {
    const answer = await fetch(`/api/avatars?${query}`);
    if (!answer.ok) throw new Error(String(answer.status));
    const { avatars } = await answer.json();
    for (const [name, signs] of asked) {
      // An address holds the name that the server calls itself; the page may know it by another.
      const path = avatars[name] ? new URL(avatars[name]).pathname : null;
      known.set(name, { path, at: performance.now() });
      for (const sign of signs) show(sign, path);
    }
  } catch (error) {
    console.info("could not ask for pictures", error); // Letters do, until they are drawn again.
    for (const sign of asked.flatMap(([, signs]) => signs)) unanswered.set(sign, performance.now() + AGAIN_MS);
  }
}

/** Over the letter: nothing moves. js/page.js takes away a picture that does not load. */
function show(sign, path) {
  if (!path || !sign.hasAttribute("data-account") || sign.querySelector("img")) return;
  sign.append(element("img", { src: path, alt: "", loading: "lazy", width: 64, height: 64 }));
}
