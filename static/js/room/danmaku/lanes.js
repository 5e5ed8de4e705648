// Which lane a flying comment takes. Every comment crosses the picture in the same time, so a long one is faster.

/** Pixels per second of a comment so wide, over a picture `across` pixels wide that it crosses in `seconds`. */
export function speed(width, { across, seconds }) {
  return (across + width) / seconds;
}

/**
 * The first lane in which a comment `width` px wide can set off at `now` (s) and touch nobody; -1 when there is none.
 * `lanes`: for each, its last comment as {width, at} (px, s) or null; `picture`: {across, seconds, gap} (px, s, px).
 */
export function laneFor(lanes, { width, now }, picture) {
  return lanes.findIndex((last) => last === null || isClear(last, { width, now }, picture));
}

/** Of lanes that are all taken, the one in which the last comment is furthest on its way. */
export function oldestLane(lanes) {
  return lanes.reduce((oldest, last, lane) => ((last?.at ?? -Infinity) < (lanes[oldest]?.at ?? -Infinity) ? lane : oldest), 0);
}

/** Its end has come in, and the new comment does not reach it before it has left. */
function isClear(last, { width, now }, picture) {
  const hasComeIn = speed(last.width, picture) * (now - last.at) >= last.width + picture.gap;
  const left = Math.max(0, last.at + picture.seconds - now);
  return hasComeIn && speed(width, picture) * left <= picture.across;
}
