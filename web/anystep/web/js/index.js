// anystep in a page: Python in a module worker, graphs driven from JavaScript.
//
//   import { start } from "./anystep/index.js";
//   const anystep = await start({ runtime: "runtime/", storage: "indexeddb" });
//   const graph = await anystep.load({ name: "demo", source });
//   for await (const { mode, data } of graph.stream({ text: "hi" }, { thread: "1" })) …
//   for await (const event of graph.resume("yes", { thread: "1" })) …
//
// No build step, no dependency; index.d.ts has the types and says what each call does. Everything
// crosses as JSON; a stream is pulled, so a loop that waits between two events makes the graph wait.

import { Channel } from "./channel.js";
import { Graph } from "./graph.js";
import { keeping } from "./keeping.js";

export { DownloadError } from "./download.js";
export { CancelledError, ClosedError, PythonError } from "./errors.js";
export { forgetSnapshots } from "./snapshot.js";
export { Graph };

/** Start Python in a worker of its own. */
export async function start({
  runtime,
  storage = "memory",
  snapshot = true,
  onProgress = () => {},
}) {
  const address = absolute(runtime);
  const channel = new Channel(begun(address, snapshot));
  try {
    const wanted = typeof storage === "string" ? { kind: storage } : storage;
    const argument = { runtime: address, storage: wanted, snapshot };
    const { versions, started } = await channel.prepare("start", "start", argument, onProgress);
    return new Anystep(channel, versions, started, keeping(channel, address, started, snapshot));
  } catch (error) {
    channel.close("Python did not start");
    throw error;
  }
}

/** A running Python. Made by `start`. */
export class Anystep {
  #channel;

  constructor(channel, versions, started, kept) {
    this.#channel = channel;
    /** `{anystep, pyodide, python}` */
    this.versions = versions;
    /** `{restored, bytes, reason}`: out of a snapshot, or why not */
    this.started = { restored: started.restored, bytes: started.bytes, reason: started.reason };
    /** Promises `{kept, bytes, reason}`: whether the next start finds a snapshot */
    this.kept = kept;
  }

  async load({ name, source, module, attribute, host }) {
    const argument = { name, source, module, attribute, host };
    const { drawing } = await this.#channel.prepare(`load ${name}`, "load", argument);
    return new Graph(this.#channel, name, drawing);
  }

  async module({ name, source }) {
    await this.#channel.prepare(`module ${name}`, "module", { name, source });
  }

  call(module, name, argument = null) {
    return this.#channel.ask("call", { module, function: name, argument });
  }

  async packages(names) {
    const address = (name) => (/[./]/.test(name) ? absolute(name) : name);
    const wanted = { addresses: names.map(address) };
    await this.#channel.prepare(`packages ${names}`, "packages", wanted);
  }

  async unpack(address, folder) {
    const wanted = { address: absolute(address), folder };
    await this.#channel.prepare(`unpack ${folder} ${address}`, "unpack", wanted);
  }

  restart() {
    return this.#channel.restart("the page replaced the worker");
  }

  close() {
    this.#channel.close("closed by the page");
  }
}

// What early.js has begun, for the first who asks; of no use to who wants something else.
function begun(runtime, snapshot) {
  const { anystepEarly: early } = globalThis;
  delete globalThis.anystepEarly;
  if (early === undefined || (early.runtime === runtime && snapshot)) return early;
  early.worker.terminate();
  return undefined;
}

function absolute(address) {
  return new URL(address, document.baseURI).href;
}
