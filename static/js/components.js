// What components do beyond CSS: dialogs open, menus close like menus, toasts come and go, passwords can be looked at.
// Everything is found by its markup, also in parts of a page that came later.

import { icon } from "./icons.js";
import { element } from "./words.js";

const TOAST_MS = 6000;

/** Say what just happened. `kind` is "", "good" or "bad"; a bad one stays until it is closed. */
export function toast(words, { kind = "", action = null } = {}) {
  const close = element("button", { class: "button plain square little", type: "button", "aria-label": labelOf("close") });
  close.append(icon("close"));
  const shown = element("div", { class: `toast ${kind}`.trim() }, element("p", { class: "grow" }, words), action, close);
  close.addEventListener("click", () => shown.remove());
  shelf().append(shown);
  if (kind !== "bad") setTimeout(() => shown.remove(), TOAST_MS);
  return shown;
}

/** Made with the page, so that readers listen to it before anything is in it. A dialog on top needs its toasts inside. */
function shelf() {
  const inside = document.querySelector("dialog[open]") ?? document.body;
  const found = inside.querySelector(":scope > .toasts");
  if (found) return found;
  const made = element("div", { class: "toasts", role: "status", "aria-live": "polite" });
  inside.append(made);
  return made;
}

function labelOf(name) {
  return document.body.dataset[`label${name[0].toUpperCase()}${name.slice(1)}`] ?? name;
}

/** `<button data-opens="id">` opens that dialog, `data-closes` the one around it; so does a click beside it. */
function followDialogs(event) {
  const { target } = event;
  const opener = target.closest?.("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  target.closest?.("[data-closes]")?.closest("dialog")?.close();
  if (isBeside(event) && pressedBeside === target) target.close();
}

let pressedBeside = null; // Who selects text in a dialog and lets go beside it did not press there.

function notePress(event) {
  pressedBeside = isBeside(event) ? event.target : null;
}

/** Whether it happened on what is behind an open dialog: its target is the dialog, as it is on the dialog's own padding. */
function isBeside({ target, clientX, clientY }) {
  if (!(target instanceof HTMLDialogElement) || !target.open || !target.classList.contains("dialog")) return false;
  const { left, right, top, bottom } = target.getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}

/** A press elsewhere, or on one of its items, closes a menu; so does Escape, which gives the focus back. */
function closeMenus({ target }) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    const isInside = menu.contains(target);
    if (!isInside || target.closest?.(".items a, .items button")) menu.open = false;
  }
}

function leaveMenu(event) {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
}

/** `<button data-reveals="id">` shows what is typed into that password field, and hides it again. */
function revealPasswords({ target }) {
  const button = target.closest?.("[data-reveals]");
  if (!button) return;
  const field = document.getElementById(button.dataset.reveals);
  const isShown = field.type === "text";
  field.type = isShown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!isShown));
  field.focus();
}

/** `<form data-asks="id">`: that dialog asks first. Its own form, method=dialog, answers with the value "yes". */
function askFirst(event) {
  const form = event.target;
  const question = form.dataset.asks && document.getElementById(form.dataset.asks);
  if (!question || form.dataset.answered) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  question.returnValue = "";
  // The menu that it was pressed in has closed: the focus has to be somewhere when the dialog gives it back.
  form.closest("details.menu")?.querySelector("summary").focus();
  question.addEventListener("close", () => question.returnValue === "yes" && submitAnswered(form), { once: true });
  question.showModal();
}

function submitAnswered(form) {
  form.dataset.answered = "yes";
  form.requestSubmit();
  delete form.dataset.answered;
}

addEventListener("pointerdown", notePress);
addEventListener("click", followDialogs);
addEventListener("click", closeMenus);
addEventListener("click", revealPasswords);
addEventListener("keydown", leaveMenu);
addEventListener("submit", askFirst, { capture: true });
shelf();
