// How well somebody's player keeps with the room, in one word. Pure.

const NEAR_S = 0.5; // so near people see the same
const STALE_MS = 25_000; // A player tells every 5 s, a hidden one every 10 s.
const SETTLING_MS = 5000; // Whoever comes in needs a moment until their player is there too.

/**
 * "waiting" (the room waits for them), "loading", "alone", "paused", "behind", "sync", "phone" (they chat and play nothing),
 * or null while nothing is known. `report`: the last {drift, state, at} of their player or none; `since`: when they came;
 * `plays`: whether their player is here, null where that is not known; `isOver`: the film, so that there is nothing to keep
 * with; `now`, `at` and `since` in ms of one clock.
 */
export function standingOf({ report, plays, since, isWaitedFor, isOver = false, now }) {
  if (isWaitedFor) return "waiting";
  if (plays === false) return now - since > SETTLING_MS ? "phone" : null;
  if (!report || now - report.at > STALE_MS) return null;
  if (report.state === "buffering") return "loading";
  if (report.state === "solo") return "alone";
  if (!isOver && report.drift !== null && Math.abs(report.drift) >= NEAR_S) return "behind";
  return report.state === "paused" ? "paused" : "sync";
}
