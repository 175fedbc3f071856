// How fast a run is shown.

/** How long a step is shown, in milliseconds; who asked for less motion gets it without the show. */
const PACE = 700;
const CALM = 140;
/** From the first of these steps on a run is shown faster and faster, from the last at full speed. */
const PATIENT_STEPS = [14, 34];

/** Milliseconds for a step; `asked` is what the page wants, if it wants anything. */
export function paceOf(asked, steps) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const pace = asked === null || asked === undefined ? (calm ? CALM : PACE) : Number(asked);
  const [first, last] = PATIENT_STEPS;
  return pace * Math.min(1, Math.max(0, (last - steps) / (last - first)));
}

/** Wait, unless the signal aborts; then its reason is thrown. */
export function pause(milliseconds, signal) {
  signal.throwIfAborted();
  if (milliseconds <= 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve(undefined);
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}
