// What the room waits for, and going on without it.

import { reveal, say, write } from "../words.js";

const LOOK_MS = 1000;
const NEAR_S = 600; // So far ahead the seconds are counted.
const LAST_S = 10;

/** room: a RoomPlayer; `button` starts anyway, `note` counts down to an appointed start, and `told` has it read out at times. */
export function showWaiting({ room, button, note, told }) {
  let part = null;
  const show = () => {
    const isAppointed = room.room === "waiting" && room.timeline?.reason === "scheduled" && room.timeline.wait_until !== null;
    reveal(button, room.room === "waiting" && room.may("play") && (isAppointed || room.waitingFor.length > 0));
    const seconds = isAppointed ? secondsUntil(room) : null;
    const words = isAppointed ? say("begins_in", { time: nameOf(seconds, room.timeline.wait_until) }) : "";
    write(note, words);
    const next = partOf(seconds) ?? words;
    if (next === part) return;
    part = next;
    write(told, words);
  };
  button.addEventListener("click", () => room.startAnyway());
  for (const name of ["state", "roles", "waiting"]) room.addEventListener(name, show);
  setInterval(show, LOOK_MS);
}

function secondsUntil({ timeline: { wait_until: then }, serverNow }) {
  return Math.max(0, Math.round((then - (serverNow ?? Date.now())) / 1000));
}

/** In the coming minutes to the second, else the day and the hour. */
function nameOf(seconds, then) {
  if (seconds < NEAR_S) return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const format = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(document.documentElement.lang, format).format(new Date(then));
}

/** The minute, or the last seconds: each is read out as it begins. Null where nothing is counted. */
function partOf(seconds) {
  if (seconds === null || seconds >= NEAR_S) return null;
  return seconds <= LAST_S ? 0 : Math.ceil(seconds / 60);
}
