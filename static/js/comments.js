// Comments below a film: times one can press, posting and changing without leaving the film.
// Everything works as links and forms too; here the server's answer is put in place while the film plays on.

import { toast } from "./components.js";
import { swap } from "./swap.js";
import { clockOf, element, say, showTimes } from "./words.js";

const FIELDS = "textarea, input:not([type=hidden])";
const WHY = { 403: "refused", 404: "comment_gone" };
let sending = null; // The form on its way: nothing else changes the part meanwhile.
let looking = new AbortController(); // Of two links that were pressed, the second is meant.

const part = () => document.getElementById("comments");

/** `playFrom(seconds)` brings the player to a moment. */
export function followComments(video, playFrom) {
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const moment = event.target.closest("#comments [data-time]");
    const now = event.target.closest("#comments [data-now]");
    const link = event.target.closest("#comments a[data-swap]");
    if (moment) {
      event.preventDefault();
      playFrom(Number(moment.dataset.time));
    } else if (now) {
      document.getElementById(now.dataset.now).value = clockOf(video.currentTime);
    } else if (link) {
      event.preventDefault();
      look(link);
    }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("#comments form[data-swap]");
    if (!form || event.defaultPrevented) return;
    event.preventDefault();
    send(form, event.submitter);
  });
}

function look(link) {
  if (sending || isInTheWay(link)) return;
  looking.abort();
  looking = new AbortController();
  change(link.getAttribute("href"), { signal: looking.signal }, link);
}

async function send(form, button) {
  if (sending || isInTheWay(form)) return;
  looking.abort();
  sending = form;
  const body = new URLSearchParams(new FormData(form));
  // What is typed into it from here on would be in neither the request nor the answer.
  for (const field of form.querySelectorAll(FIELDS)) field.readOnly = true;
  await change(form.getAttribute("action"), { method: "POST", body }, button);
  for (const field of form.querySelectorAll(FIELDS)) field.readOnly = false;
  sending = null;
}

/** Whether another comment is being changed, which would be lost with the part: then it is shown. */
function isInTheWay(pressed) {
  const form = part().querySelector(".comment form.compose-comment");
  if (!form || form.contains(pressed) || !isUnsaved(form)) return false;
  toast(say("unsaved"));
  form.querySelector("textarea").focus();
  return true;
}

/** The server marks what it rendered with other words than the comment has: refused ones, or kept ones. */
function isUnsaved(form) {
  return "unsaved" in form.dataset || [...form.querySelectorAll(FIELDS)].some(({ value, defaultValue }) => value !== defaultValue);
}

async function change(address, options, button) {
  button?.setAttribute("aria-busy", "true");
  const before = part();
  try {
    const { part: shown, signedOut, status } = await swap("comments", address, options);
    if (signedOut) return offerLogin(signedOut);
    goOnWriting(before, shown);
    showTimes(shown);
    focusOn(shown, address, options.method && status < 400);
  } catch (error) {
    if (error.name !== "AbortError") toast(say(WHY[error.status] ?? "not_reached"), { kind: "bad" });
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

/** A new comment that is being written, until now, goes on in the part as it is now; one that was sent does not. */
function goOnWriting(before, shown) {
  const form = before.querySelector(":scope > form");
  if (!form || form === sending) return;
  for (const { id, value } of form.querySelectorAll(FIELDS)) {
    const field = shown.querySelector(`#${id}`);
    if (field) field.value = value;
  }
}

function focusOn(shown, address, isDone) {
  const wrong = shown.querySelector("[aria-invalid=true]");
  const named = shown.querySelector(`#${CSS.escape(address.split("#")[1] ?? "comments")}`);
  const target = wrong ?? named?.querySelector("textarea") ?? shown.querySelector("h2");
  target.focus({ preventScroll: Boolean(isDone) });
  if (target.setSelectionRange) target.setSelectionRange(target.value.length, target.value.length);
}

/** What was written stays here, and comes back after logging in: the server keeps it too. */
function offerLogin(address) {
  const link = element("a", { class: "button little", href: address }, say("log_in_again"));
  toast(say("signed_out_kept"), { kind: "bad", action: link });
}
