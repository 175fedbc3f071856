// The worker: owns Python, answers messages {id, op, argument} with {id, value} or {id, error}.
//
// "prepare", "start", "packages", "unpack" and "rehearse" are answered here; every other operation is
// the Python session's (anystep/web/_session.py). While "start" runs it also posts {id, progress}.

// Named here, so that they are fetched side by side and not one after the other.
import "./download.js";
import { startPython } from "./runtime.js";
import { readSnapshot } from "./snapshot.js";

// Held until this worker is gone, and with it all its other locks: the page waits for that.
// `name` is the one that the page gave it; there are no locks on a page without a secure origin.
navigator.locks?.request(self.name, () => new Promise(() => {}));

let python;
/** A start that nobody has asked for yet: who hears of it, what was last to hear, and its Python. */
let early = null;

const operations = {
  /** Begin what "start" will ask for, if there is a snapshot: a download would delay the page. */
  async prepare({ runtime }) {
    // Whoever saves data is asked first: what a snapshot needs besides may have to be fetched.
    if (navigator.connection?.saveData) return { value: null };
    const begun = { tell: (step) => (begun.last = step), last: null, python: null };
    early = begun;
    begun.python = readSnapshot(runtime).then(
      (kept) => kept.heap && startPython(runtime, (step) => begun.tell(step), kept),
    );
    begun.python.catch(() => {}); // told to whoever asks for it
    return { value: null };
  },

  async start({ runtime, storage, snapshot }, progress) {
    const kept = () => (snapshot ? readSnapshot(runtime) : { reason: "switched off" });
    const started = (await taken(progress)) ?? (await startPython(runtime, progress, kept()));
    if (storage && storage.kind !== "memory") {
      const answer = JSON.parse(await started.session.handle("storage", JSON.stringify(storage)));
      if (answer.error !== undefined) return answer;
    }
    python = started;
    return { value: { versions: python.versions, started: python.started } };
  },

  /** Keep a snapshot for the next start. This worker is of no other use, before and after. */
  async rehearse({ runtime }) {
    const { makeSnapshot } = await import("./rehearsal.js");
    return { value: await makeSnapshot(runtime) };
  },

  /** Load further wheels, by address; each needs what it requires to be loaded before. */
  async packages({ addresses }) {
    await python.py.loadPackage(addresses, { messageCallback() {}, checkIntegrity: false });
    return { value: null };
  },

  /** Fetch an archive and unpack it into a folder that Python sees. */
  async unpack({ address, folder }) {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`${address}: the server answered ${response.status}`);
    python.py.FS.mkdirTree(folder);
    python.py.unpackArchive(await response.arrayBuffer(), "zip", { extractDir: folder });
    return { value: null };
  },
};

function taken(progress) {
  if (early === null) return undefined;
  if (early.last !== null) progress(early.last);
  early.tell = progress;
  return early.python;
}

async function run(op, argument, progress) {
  const own = operations[op];
  if (own !== undefined) return await own(argument, progress);
  if (python === undefined) throw new Error(`${op}: Python has not been started`);
  if (typeof argument.source === "string") {
    // What the source imports and the lock has: pydantic, for one.
    await python.py.loadPackagesFromImports(argument.source, { messageCallback() {} });
  }
  // A coroutine runs as a task of the event loop: there, code that must block may switch stacks.
  return JSON.parse(await python.session.handle(op, JSON.stringify(argument)));
}

self.addEventListener("message", async ({ data: { id, op, argument } }) => {
  const progress = (step) => self.postMessage({ id, progress: step });
  try {
    self.postMessage({ id, ...(await run(op, argument, progress)) });
  } catch (error) {
    const { name, message, stack } = error;
    self.postMessage({
      id,
      error: { type: name, module: null, code: null, message, traceback: stack },
    });
  }
});
