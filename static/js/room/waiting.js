// What the room waits for, and going on without it.

import { say } from "../words.js";

const LOOK_MS = 1000;

/** room: a RoomPlayer; `button` starts anyway, `note` counts down to an appointed start. */
export function showWaiting({ room, button, note }) {
  const show = () => {
    const isAppointed = room.room === "waiting" && room.timeline?.reason === "scheduled" && room.timeline.wait_until !== null;
    button.hidden = !(room.room === "waiting" && room.may("play") && (isAppointed || room.waitingFor.length > 0));
    write(note, isAppointed ? say("begins_in", { time: untilThen(room) }) : "");
  };
  button.addEventListener("click", () => room.startAnyway());
  for (const name of ["state", "roles", "waiting"]) room.addEventListener(name, show);
  setInterval(show, LOOK_MS);
}

/** In the coming minutes to the second, else the day and the hour. */
function untilThen({ timeline: { wait_until: then }, serverNow }) {
  const seconds = Math.max(0, Math.round((then - (serverNow ?? Date.now())) / 1000));
  if (seconds < 600) return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const format = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(document.documentElement.lang, format).format(new Date(then));
}

function write(node, words) {
  if (node.textContent !== words) node.textContent = words;
}
