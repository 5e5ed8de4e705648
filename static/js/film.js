// The film's page: play it alone, go on where one was, talk about its moments.

import { followComments } from "./comments.js";
import { attach } from "./player.js";
import { remember } from "./progress.js";

const video = document.getElementById("video");
const unplayable = document.getElementById("unplayable");
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

let release = () => {};
let reached = start; // Where the film was before it failed: a player that is taken out stands at the beginning.

function begin() {
  const from = reached;
  release();
  unplayable.hidden = true;
  release = attach(video, video.dataset.source, () => (unplayable.hidden = false));
  if (from) video.addEventListener("loadedmetadata", () => (video.currentTime = from), { once: true });
}

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
