// How far one has come in a film played alone, told to the server now and then.

import { csrfToken } from "./session.js";

const EVERY_SECONDS = 10;

/** Tell it while the film plays, when it stops, and when the page goes. What is not told because of a failure is told later. */
export function remember(video) {
  const address = `/api/movies/${video.dataset.movie}/progress`;
  let told = Number(video.dataset.start);
  let isOver = false; // Nobody is signed in any more: there is nobody to remember it for.

  function tell() {
    const position = video.currentTime;
    if (isOver || video.readyState === 0 || Math.abs(position - told) < 1) return;
    told = position;
    const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
    const body = JSON.stringify({ position });
    fetch(address, { method: "PUT", headers, body, keepalive: true, credentials: "same-origin" })
      .then(({ status }) => (isOver = status === 401 || status === 403))
      .catch(() => (told = NaN));
  }

  video.addEventListener("timeupdate", () => !video.paused && !(Math.abs(video.currentTime - told) < EVERY_SECONDS) && tell());
  video.addEventListener("pause", tell);
  video.addEventListener("ended", tell);
  addEventListener("pagehide", tell);
}
