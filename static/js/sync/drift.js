// How a player stays with the room. Pure: a state and a sample go in, a decision and the next state come out.

const BEGIN = 0.03; // s off before we correct ...
const END = 0.01; // ... and how near before we stop: one threshold for both never comes to rest.
const STEP = 0.005;
const FAR = 1; // s off from which correcting may be felt
const JUMP = 1.5; // s off beyond which correcting would take too long
const STILL = 0.1; // s off that a paused picture may be
const SETTLE_MS = 1500; // after a seek: decoders take a moment to run evenly
const GAP_MS = 4000;
const LONGEST_GAP_MS = 30000;
const MINUTE_MS = 60000;
const MOST_SEEKS = 3; // in a minute

/** Of a player whose timeline is new: it corrects until it is near once, then leaves small differences alone. */
export const START = Object.freeze({
  drifts: [], correcting: true, seeks: [], seekGap: GAP_MS, isLost: false,
});

const middle = (values) => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)];

/**
 * sample: {now (ms, monotonic), player and expected (s), base (the room's rate), isReady (can play, is not seeking),
 *   landedAt (ms, the last seek's), isPaused (the room's), isAlone (the person's own choice)}
 * decision: {action: "none"} | {action: "rate", rate} | {action: "seek"}, which also means the base rate
 *   | {action: "lost"}: seeking does not help, only the person can ask for more.
 */
export function decide(state, sample) {
  if (sample.isAlone) return [{ action: "none" }, START];
  if (!sample.isReady || sample.now - sample.landedAt < SETTLE_MS) return [{ action: "none" }, { ...state, drifts: [] }];
  const drifts = [...state.drifts, sample.player - sample.expected].slice(-3);
  const next = { ...state, drifts };
  const drift = middle(drifts);
  if (sample.isPaused) return Math.abs(drift) > STILL ? align(next, sample) : [{ action: "none" }, next];
  if (Math.abs(drift) > JUMP) return jump(next, sample);
  return correct({ ...next, isLost: false }, drift, sample.base);
}

function correct(state, drift, base) {
  const off = Math.abs(drift);
  if (state.correcting && off < END) return [{ action: "rate", rate: base }, { ...state, correcting: false }];
  if (!state.correcting && off <= BEGIN) return [{ action: "none" }, state];
  const rate = base * (1 - Math.sign(drift) * lean(off));
  return [{ action: "rate", rate }, { ...state, correcting: true }];
}

/** By which share the rate leans, in steps: every change of it may be heard. */
function lean(off) {
  const most = off >= FAR ? 0.1 : 0.06;
  return Math.max(STEP, Math.min(most, Math.round((0.12 * off) / STEP) * STEP));
}

/** A seek, unless the last one was a moment ago; after too many of them the person decides. */
function jump(state, sample) {
  const seeks = state.seeks.filter((at) => sample.now - at < MINUTE_MS);
  const isDue = seeks.length === 0 || sample.now - seeks.at(-1) >= state.seekGap;
  if (state.isLost || (isDue && seeks.length >= MOST_SEEKS)) return [{ action: "lost" }, { ...state, isLost: true }];
  if (!isDue) return [{ action: "none" }, state];
  const seekGap = seeks.length === 0 ? GAP_MS : Math.min(LONGEST_GAP_MS, state.seekGap * 2);
  return [{ action: "seek" }, { ...START, seekGap, seeks: [...seeks, sample.now] }];
}

/** A paused picture that will not come to its place is no reason to ask the person for anything. */
function align(state, sample) {
  const [decision, next] = jump(state, sample);
  return decision.action === "lost" ? [{ action: "none" }, state] : [decision, next];
}
