// How a player stays with the room. Pure: a sample and a state go in, a decision and the next state come out.

export const START = Object.freeze({ drifts: [], correcting: false, lastSeekAt: -Infinity, seekGap: 4000, seeks: [] });

const BEGIN = 0.15; // s off before we correct ...
const END = 0.04; // ... and how near before we stop: one threshold for both never comes to rest.
const JUMP = 1.5; // s off beyond which changing the rate would take too long.

const clamp = (value, most) => Math.max(-most, Math.min(most, value));
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Where the room's timeline is at server time `now` (ms), in seconds. */
export function expectedPosition(timeline, now) {
  let position = timeline.current_time;
  if (timeline.state === "playing") position += (Math.max(0, now - timeline.at) / 1000) * timeline.rate;
  const end = timeline.duration ?? Infinity;
  return Math.max(0, Math.min(end, position));
}

/**
 * sample: {now (ms, monotonic), player (s), expected (s), ready (bool: can play, is not seeking), base (rate)}
 * decision: {action: "none"} | {action: "rate", rate} | {action: "seek"} | {action: "lost"} (seeking does not help)
 */
export function decide(state, sample) {
  if (!sample.ready || sample.now - state.lastSeekAt < 1500) return [{ action: "none" }, { ...state, drifts: [] }];
  const drifts = [...state.drifts, sample.player - sample.expected].slice(-3);
  const drift = median(drifts);
  const next = { ...state, drifts };
  if (Math.abs(drift) > JUMP) return jump(next, sample);
  const stop = state.correcting ? END : BEGIN;
  if (Math.abs(drift) <= stop) {
    const decision = state.correcting ? { action: "rate", rate: sample.base } : { action: "none" };
    return [decision, { ...next, correcting: false }];
  }
  const most = Math.abs(drift) > 1 ? 0.1 : 0.06;
  return [{ action: "rate", rate: sample.base * (1 - clamp(0.12 * drift, most)) }, { ...next, correcting: true }];
}

function jump(state, sample) {
  if (sample.now - state.lastSeekAt < state.seekGap) return [{ action: "none" }, state];
  const seeks = state.seeks.filter((at) => sample.now - at < 60000);
  if (seeks.length >= 3) return [{ action: "lost" }, { ...state, seeks }];
  const gap = sample.now - state.lastSeekAt > 60000 ? 4000 : Math.min(30000, state.seekGap * 2);
  return [
    { action: "seek" },
    { drifts: [], correcting: false, lastSeekAt: sample.now, seekGap: gap, seeks: [...seeks, sample.now] },
  ];
}
