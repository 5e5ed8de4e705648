// Which lines a snapshot leaves out because they were deleted. Pure.

const SNAPSHOT = 50; // messages that a snapshot tells, if there are as many

/**
 * Whether a line of that seq is gone, as a function. `messages`: the snapshot's, [{seq}] from old to new; `knownAtJoin`: the
 * highest seq that was known when the snapshot was asked for. What came later may be newer than the snapshot, and what is older
 * than its first line is not told in a full one.
 */
export function missingIn(messages, knownAtJoin) {
  const told = new Set(messages.map(({ seq }) => seq));
  const before = messages.length < SNAPSHOT ? 0 : messages[0].seq;
  const newest = Math.max(messages.at(-1)?.seq ?? 0, knownAtJoin);
  return (seq) => seq > before && seq <= newest && !told.has(seq);
}
