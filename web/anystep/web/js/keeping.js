// When a page may have a snapshot made, so that its next start is a fast one.

import { Channel } from "./channel.js";

/** Milliseconds that nothing was asked of Python: who runs a graph needs the processor more. */
const QUIET = 3000;
/** GB of memory below which a second Python could cost the page its life. */
const SCARCE = 2;

/**
 * Have a snapshot made by a second worker, once the first one is idle, unless this start was restored
 * from one. Never rejects: `{kept, bytes, reason}`.
 */
export async function keeping(channel, runtime, started, wanted) {
  const { restored, bytes, reason } = started;
  if (restored) return { kept: true, bytes, reason: "" };
  const kept = false;
  if (!wanted || started.refused) return { kept, bytes, reason };
  if (navigator.deviceMemory < SCARCE)
    return { kept, bytes, reason: "this machine has little memory" };
  while (channel.quiet < QUIET && !channel.closed) await pause(QUIET);
  if (channel.closed) return { kept, bytes, reason: "the page closed Python before" };
  const spare = new Channel();
  try {
    return { kept: true, bytes: await spare.ask("rehearse", { runtime }), reason: "" };
  } catch (error) {
    return { kept, bytes, reason: error.message };
  } finally {
    spare.close("the snapshot is made");
  }
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
