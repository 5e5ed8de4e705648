// What time it is, and being called later. Everything here takes such an object, so that a test or the simulator can bring its own.

export const browserTime = {
  /** Milliseconds that only ever grow. They may stand still while the machine sleeps. */
  now: () => performance.now(),
  /** Milliseconds since 1970, as the machine believes: they jump, and count a sleep. */
  wall: () => Date.now(),
  /** Both give back a function that calls it off. */
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  every(ms, run) {
    const timer = setInterval(run, ms);
    return () => clearInterval(timer);
  },
};
