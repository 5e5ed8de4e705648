// What the room is told about this player: that it must wait for data, that it can go on, and how it is.
// Pure: a state and a sample go in; frames without their addresses, and the next state, come out.

const PATIENCE_MS = 1000; // of waiting for data before the room is told
const AHEAD = 2; // s of film that must be there
const PROGRESS_MS = 5000;
const HIDDEN_PROGRESS_MS = 10000;
const NEWS_MS = 1000; // so soon again if the player is in another condition

export const START = Object.freeze({ since: null, buffering: null, ready: null, progressAt: -Infinity, condition: null });

/**
 * sample: {now (ms), epoch, rev, isWaiting (the room waits), isWanted (the room plays or waits, and this player is part of it),
 *   readyState, isSeeking, ahead (s loaded beyond the position), left (s to the film's end), isHidden,
 *   condition ("playing", "paused", "buffering" or "solo")}
 */
export function report(state, sample) {
  const answers = `${sample.epoch} ${sample.rev}`; // What readiness is about: older answers mean nothing to the room.
  const [telling, next] = sample.isWanted ? readiness(state, sample, answers) : [null, { ...state, since: null, buffering: null }];
  const every = sample.condition !== state.condition ? NEWS_MS : sample.isHidden ? HIDDEN_PROGRESS_MS : PROGRESS_MS;
  const isDue = sample.now - state.progressAt >= every;
  const types = [telling, isDue ? "progress" : null].filter(Boolean);
  return [types, isDue ? { ...next, progressAt: sample.now, condition: sample.condition } : next];
}

function readiness(state, sample, answers) {
  const canPlay = sample.readyState >= 3 && !sample.isSeeking;
  if (canPlay) return canGoOn(state, sample, answers);
  const since = state.since ?? sample.now;
  const next = { ...state, since, ready: null };
  if (sample.now - since < PATIENCE_MS || state.buffering === answers) return [null, next];
  return ["buffering", { ...next, buffering: answers }];
}

function canGoOn(state, sample, answers) {
  const next = { ...state, since: null };
  const isAsked = sample.isWaiting || state.buffering !== null;
  const hasEnough = sample.ahead >= Math.min(AHEAD, sample.left);
  if (!isAsked || !hasEnough || state.ready === answers) return [null, next];
  return ["ready", { ...next, buffering: null, ready: answers }];
}
