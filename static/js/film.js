// The film's page: play it alone, go on where one was, talk about its moments.

import { followComments } from "./comments.js";
import { attach } from "./player.js";
import { remember } from "./progress.js";
import { say, write } from "./words.js";

const video = document.getElementById("video");
const unplayable = document.getElementById("unplayable");
const cut = document.getElementById("cut");
const goingOn = document.getElementById("going-on");
const start = Number(video.dataset.start);
const isAsked = new URLSearchParams(location.search).has("t");

/** To a moment of the film, in sight and playing. */
export function playFrom(seconds) {
  const go = () => {
    video.currentTime = seconds;
    // A browser that wants a gesture first shows its own button, at the right place.
    video.play().catch(() => {});
  };
  document.getElementById("screen").scrollIntoView({ block: "nearest" });
  if (video.readyState > 0) go();
  else video.addEventListener("loadedmetadata", go, { once: true });
}

let film = null;
let reached = start; // Where the film was before it failed: a player that is taken out stands at the beginning.
let isCut = false;
let shouldPlay = false;

function begin() {
  const from = reached;
  film?.release();
  unplayable.hidden = true;
  setCut(false);
  film = attach(video, video.dataset.source, { failed, cut: setCut, back });
  if (from) video.addEventListener("loadedmetadata", () => (video.currentTime = from), { once: true });
}

function failed() {
  setCut(false);
  unplayable.hidden = false;
}

function back() {
  if (shouldPlay) video.play().catch(() => {});
}

function setCut(isNowCut) {
  isCut = isNowCut;
  showCut();
}

/** What is loaded plays on: that no more comes is news once it has run dry. (Readers tell what is written into what is there.) */
function showCut() {
  write(cut, isCut && video.readyState < 3 ? say("cut") : "");
}

for (const name of ["waiting", "seeking", "error", "canplay"]) video.addEventListener(name, showCut);
video.addEventListener("play", () => (shouldPlay = true));
video.addEventListener("pause", () => video.error || (shouldPlay = false)); // Without data browsers pause by themselves.

video.addEventListener("timeupdate", () => video.readyState > 0 && (reached = video.currentTime));

document.getElementById("play-again").addEventListener("click", begin);
if (start && !isAsked) {
  goingOn.hidden = false;
  goingOn.querySelector("button").addEventListener("click", () => playFrom(0));
  video.addEventListener("play", () => (goingOn.hidden = true), { once: true });
}
followComments(video, playFrom);
if (video.hasAttribute("data-remembers")) remember(video, () => Number(video.dataset.movie), start);
begin();
