// What every form does: it carries the token of who is signed in now, and is not sent twice.

import { csrfToken } from "./session.js";

const AGAIN_MS = 10_000; // No page hears that its visitor pressed Stop: then a form can be sent again.
const onTheirWay = new Map(); // Forms that were sent, and their buttons.

/** A login in another tab changes the token: the one that came with this page would be refused, and what was typed lost. */
function bringToken({ target }) {
  const field = target.elements.namedItem("csrfmiddlewaretoken");
  if (field) field.value = csrfToken() || field.value;
}

function sendOnce(event) {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.method !== "post") return;
  if (onTheirWay.has(form)) return event.preventDefault();
  onTheirWay.set(form, submitter);
  submitter?.setAttribute("aria-busy", "true");
  setTimeout(() => free(form), AGAIN_MS);
}

function free(form) {
  onTheirWay.get(form)?.removeAttribute("aria-busy");
  onTheirWay.delete(form);
}

addEventListener("submit", bringToken, { capture: true });
addEventListener("submit", sendOnce);
// Coming back by the browser's history, everything is as new.
addEventListener("pageshow", ({ persisted }) => persisted && [...onTheirWay.keys()].forEach(free));
