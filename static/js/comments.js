// Comments below a film: times one can press, posting and changing without leaving the film.
// Everything works as links and forms too; here the server's answer is put in place while the film plays on.

import { toast } from "./components.js";
import { csrfToken } from "./session.js";
import { swap } from "./swap.js";
import { element, say, showTimes } from "./words.js";

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
      document.getElementById(now.dataset.now).value = timeOf(video.currentTime);
    } else if (link) {
      event.preventDefault();
      change(link.getAttribute("href"), {}, link);
    }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("#comments form[data-swap]");
    if (!form || event.defaultPrevented) return;
    event.preventDefault();
    send(form, event.submitter);
  });
}

function timeOf(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const whole = Math.floor(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

function send(form, button) {
  const body = new URLSearchParams(new FormData(form));
  // Somebody who signed in again in another tab has a new token; the one in this page's form is old.
  body.set("csrfmiddlewaretoken", csrfToken());
  return change(form.getAttribute("action"), { method: "POST", body }, button);
}

/** What is being written elsewhere in the part that changes is not lost by it. */
async function change(address, options, button) {
  button?.setAttribute("aria-busy", "true");
  const kept = others(button);
  try {
    const { part: shown, signedOut, status } = await swap("comments", address, options);
    if (signedOut) return offerLogin(signedOut);
    for (const [id, value] of kept) if (shown.querySelector(`#${id}`)) shown.querySelector(`#${id}`).value = value;
    showTimes(shown);
    focusOn(shown, address, options.method && status < 400);
  } catch {
    toast(say("not_reached"), { kind: "bad" });
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

/** Texts of the forms that are not the one being sent. */
function others(button) {
  const fields = [...part().querySelectorAll("textarea, input:not([type=hidden])")];
  return fields.filter(({ form }) => form !== button?.form).map(({ id, value }) => [id, value]);
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
