// How far one has come in a film, told to the server now and then by whichever page plays it.

import { csrfToken } from "./session.js";

const EVERY_SECONDS = 10;
const SPREAD_SECONDS = 10; // more, by chance: those who watch together must not all speak at once

/**
 * Tell it while the film plays, when it stops, and when the page goes. What is not told because of a failure is told later.
 * `film()`: the id of what plays now, null while there is nothing to remember; `start`: where the server knows it to be (s).
 */
export function remember(video, film, start = 0) {
  let told = { film: film(), position: start, hasArrived: true };
  let isOver = false; // Nobody is signed in any more: there is nobody to remember it for.
  let next = pause();

  const isFurther = (seconds) => told.film !== film() || Math.abs(video.currentTime - told.position) >= seconds;

  function tell() {
    const id = film();
    if (isOver || id === null || video.readyState === 0 || (told.hasArrived && !isFurther(1))) return;
    const telling = (told = { film: id, position: video.currentTime, hasArrived: false });
    next = pause();
    const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
    const body = JSON.stringify({ position: telling.position });
    fetch(`/api/movies/${id}/progress`, { method: "PUT", headers, body, keepalive: true, credentials: "same-origin" })
      .then(({ ok, status }) => {
        telling.hasArrived = ok;
        isOver = status === 401 || status === 403;
      })
      .catch(() => {});
  }

  video.addEventListener("timeupdate", () => !video.paused && isFurther(next) && tell());
  video.addEventListener("pause", tell);
  video.addEventListener("ended", tell);
  addEventListener("pagehide", tell);
}

/** Seconds of film until it is told again. */
function pause() {
  return EVERY_SECONDS + Math.random() * SPREAD_SECONDS;
}
