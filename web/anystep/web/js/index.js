// anystep in a page: Python in a module worker, graphs driven from JavaScript.
//
//   import { start } from "./anystep/index.js";
//   const anystep = await start({ runtime: "runtime/", onProgress: console.log });
//   const graph = await anystep.load({ name: "demo", source });
//   for await (const { mode, data } of graph.stream({ text: "hi" }, { thread: "1" })) …
//   for await (const event of graph.resume("yes", { thread: "1" })) …
//
// No build step, no dependency. Everything crosses as JSON; a stream is pulled, so a loop that
// waits between two events makes the graph wait as well.

/** What a graph, or the session, raised; `type`, `code` and `traceback` are Python's. */
export class PythonError extends Error {
  constructor({ type, module, code, message, traceback }) {
    super(message || type);
    this.name = "PythonError";
    this.type = type;
    this.module = module;
    this.code = code;
    this.traceback = traceback;
  }
}

/** The worker was closed, or died, before it answered. */
export class ClosedError extends Error {
  constructor(reason) {
    super(reason);
    this.name = "ClosedError";
  }
}

/**
 * Start Python in a worker of its own.
 * @param {{runtime: string, onProgress?: (progress: object) => void}} options
 *   `runtime`: address of the folder that holds manifest.json, relative to the page
 * @returns {Promise<Anystep>}
 */
export async function start({ runtime, onProgress = () => {} }) {
  const channel = new Channel();
  try {
    const address = new URL(runtime, document.baseURI).href;
    const versions = await channel.ask("start", { runtime: address }, onProgress);
    return new Anystep(channel, versions);
  } catch (error) {
    channel.close("Python did not start");
    throw error;
  }
}

class Channel {
  #worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  #waiting = new Map();
  #asked = 0;
  #closed = null;

  constructor() {
    this.#worker.addEventListener("message", ({ data }) => this.#receive(data));
    this.#worker.addEventListener("error", (event) => {
      this.close(event.message || "the worker could not be loaded");
    });
  }

  ask(op, argument, onProgress) {
    if (this.#closed !== null) return Promise.reject(new ClosedError(this.#closed));
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, onProgress });
      this.#worker.postMessage({ id, op, argument });
    });
  }

  close(reason) {
    this.#closed ??= reason;
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(new ClosedError(this.#closed));
    this.#waiting.clear();
  }

  #receive({ id, progress, error, value }) {
    const asker = this.#waiting.get(id);
    if (asker === undefined) return;
    if (progress !== undefined) {
      asker.onProgress?.(progress);
      return;
    }
    this.#waiting.delete(id);
    if (error === undefined) asker.resolve(value);
    else asker.reject(new PythonError(error));
  }
}

/** A running Python. Made by `start`. */
export class Anystep {
  #channel;

  constructor(channel, versions) {
    this.#channel = channel;
    /** `{anystep, pyodide, python}` */
    this.versions = versions;
  }

  /**
   * Run Python source that defines a graph: `build(saver)`, or the attribute named. `host` names
   * a function of the source that returns the Host to run on.
   */
  async load({ name, source, attribute, host }) {
    const { drawing } = await this.#channel.ask("load", { name, source, attribute, host });
    return new Graph(this.#channel, name, drawing);
  }

  /** Run Python source as a module whose functions `call` can reach. */
  async module({ name, source }) {
    await this.#channel.ask("module", { name, source });
  }

  /** Call a function of such a module with one JSON value; the answer is JSON too. */
  call(module, name, argument = null) {
    return this.#channel.ask("call", { module, function: name, argument });
  }

  /** Load further wheels by address. */
  async packages(addresses) {
    await this.#channel.ask("packages", { addresses: addresses.map(absolute) });
  }

  /** Unpack a zip archive into a folder that Python sees. */
  async unpack(address, folder) {
    await this.#channel.ask("unpack", { address: absolute(address), folder });
  }

  /** End Python at once, whatever it is doing; everything unanswered rejects. */
  close() {
    this.#channel.close("closed by the page");
  }
}

/** A compiled graph inside the worker. Made by `Anystep.load`. */
export class Graph {
  #channel;

  constructor(channel, name, drawing) {
    this.#channel = channel;
    this.name = name;
    /** `{nodes: [{id, name}], edges: [{source, target, label, conditional}]}` */
    this.drawing = drawing;
  }

  /** Run from an input; yields `{mode, data}`. Leaving the loop early closes the run. */
  stream(input, { thread, modes } = {}) {
    return this.#events({ graph: this.name, thread, modes, input });
  }

  /** Answer an interrupt and go on; yields `{mode, data}`. */
  resume(answer, { thread, modes } = {}) {
    return this.#events({ graph: this.name, thread, modes, resume: answer });
  }

  /** Run to the end or to an interrupt; answers with the thread's state. */
  async invoke(input, { thread }) {
    for await (const _ of this.stream(input, { thread }));
    return await this.getState(thread);
  }

  /** `{values, next, interrupts, step}` of the thread's newest checkpoint. */
  getState(thread) {
    return this.#channel.ask("state", { graph: this.name, thread });
  }

  /** The whole thread as bytes that any host can read, and their SHA-256. */
  async exportThread(thread) {
    const { archive, sha256 } = await this.#channel.ask("export", { graph: this.name, thread });
    return { data: Uint8Array.from(atob(archive), (byte) => byte.charCodeAt(0)), sha256 };
  }

  async *#events(argument) {
    const stream = await this.#channel.ask("stream", argument);
    let ended = false;
    try {
      for (;;) {
        const event = await this.#channel.ask("next", { stream });
        ended = event.done === true;
        if (ended) return;
        yield event;
      }
    } finally {
      if (!ended) await this.#channel.ask("close", { stream }).catch(() => {});
    }
  }
}

function absolute(address) {
  return new URL(address, document.baseURI).href;
}
