// The catalogue: search as one types, genres and pages without leaving the page. Without it they are a form and links.

import { swap } from "./swap.js";
import { showTimes } from "./words.js";

const PAUSE_MS = 250; // Between two letters of a word.
const LOADING_MS = 400; // What comes sooner needs no skeleton.
const form = document.getElementById("search-form");
const field = document.getElementById("search");
const part = () => document.getElementById("catalogue");

let timer = null;
let running = null;

/** The address of what is typed now. A genre that was chosen stays. */
function wanted() {
  const asked = new URLSearchParams();
  const words = field.value.trim();
  const genre = new URLSearchParams(location.search).get("genre");
  if (words) asked.set("search", words);
  if (genre) asked.set("genre", genre);
  return asked.size ? `/?${asked}` : "/";
}

/** Show what is at `address`. `keep`: how the browser's history takes it ("push", "replace", or not at all). */
async function show(address, keep = "") {
  clearTimeout(timer);
  running?.abort();
  const mine = (running = new AbortController());
  const waiting = setTimeout(showLoading, LOADING_MS);
  part().setAttribute("aria-busy", "true");
  try {
    const focused = document.activeElement?.closest("#catalogue a")?.getAttribute("href");
    const { part: shown } = await swap("catalogue", address, { signal: mine.signal });
    if (keep) history[`${keep}State`](null, "", address);
    if (focused) (shown.querySelector(`a[href="${CSS.escape(focused)}"]`) ?? shown.querySelector("#films-title")).focus();
    showTimes(shown);
    document.getElementById("found").textContent = shown.dataset.found;
  } catch (error) {
    if (error.name !== "AbortError") showFailure(address, keep);
  } finally {
    clearTimeout(waiting);
    if (running === mine) part().removeAttribute("aria-busy");
  }
}

function showLoading() {
  const films = part().querySelector(".films, .empty");
  films?.replaceWith(document.getElementById("catalogue-loading").content.cloneNode(true));
}

function showFailure(address, keep) {
  const failure = document.getElementById("catalogue-failed").content.cloneNode(true);
  failure.querySelector("button").addEventListener("click", () => show(address, keep));
  part().replaceChildren(failure);
}

/** A word grows letter by letter: it is one step in the history, not ten. */
function typed(event) {
  clearTimeout(timer);
  if (event.isComposing) return; // An input method's letters are not the word yet.
  timer = setTimeout(() => show(wanted(), "replace"), PAUSE_MS);
}

field.addEventListener("input", typed);
field.addEventListener("compositionend", typed);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  show(wanted(), "push");
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("#catalogue a[data-swap]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const address = link.getAttribute("href");
  field.value = new URLSearchParams(address.slice(2)).get("search") ?? "";
  show(address, "push").then(() => link.rel && scrollTo({ top: 0 }));
});
addEventListener("popstate", () => {
  field.value = new URLSearchParams(location.search).get("search") ?? "";
  show(location.pathname + location.search);
});
