// The page's end of the worker protocol: questions by number, and a worker that can be replaced.

import { CancelledError, ClosedError, PythonError } from "./errors.js";

export class Channel {
  #worker = null;
  #waiting = new Map();
  #asked = 0;
  #closed = null;
  #preparing = null;
  #setup = new Map(); // in the order in which it was first asked for
  #used = performance.now();
  #alive = ""; // the lock that the worker has for as long as it lives

  /** Milliseconds since something last came or went; none while an answer is awaited. */
  get quiet() {
    return this.#waiting.size > 0 ? 0 : performance.now() - this.#used;
  }

  /** Nothing more can be asked. */
  get closed() {
    return this.#closed !== null;
  }

  /** How many workers there have been; what belongs to an earlier one is gone. */
  epoch = 0;

  /** @param {{worker: Worker, name: string}} [early] a worker that was made before */
  constructor(early) {
    this.#employ(early ?? spawned());
  }

  #employ({ worker, name }) {
    this.epoch += 1;
    this.#alive = name;
    this.#worker = worker;
    this.#worker.addEventListener("message", ({ data }) => this.#receive(data));
    this.#worker.addEventListener("error", (event) => {
      this.close(event.message || "the worker could not be loaded");
    });
  }

  /** Ask the worker; while it is being replaced, after that. */
  async ask(op, argument) {
    if (this.#preparing !== null) await this.#preparing;
    return await this.#send(op, argument);
  }

  /**
   * Ask for something that a new worker has to do again; `key` names what takes its place.
   * It keeps that one's turn: what came later may need it.
   */
  async prepare(key, op, argument, onProgress) {
    if (this.#preparing !== null) await this.#preparing;
    const value = await this.#send(op, argument, onProgress);
    this.#setup.set(key, { op, argument });
    return value;
  }

  #send(op, argument, onProgress) {
    if (this.#closed !== null) return Promise.reject(new ClosedError(this.#closed));
    const id = ++this.#asked;
    this.#used = performance.now();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, onProgress });
      this.#worker.postMessage({ id, op, argument });
    });
  }

  /** Replace the worker, and do again what was prepared; two who ask at once share one. */
  restart(reason) {
    if (this.#closed !== null) return Promise.reject(new ClosedError(this.#closed));
    this.#preparing ??= this.#replace(reason).finally(() => (this.#preparing = null));
    return this.#preparing;
  }

  async #replace(reason) {
    this.#worker.terminate();
    this.#reject(() => new CancelledError(reason));
    // A busy worker dies later than it is told to: until then it has the locks of its threads.
    await navigator.locks?.request(this.#alive, () => {});
    if (this.#closed !== null) throw new ClosedError(this.#closed);
    this.#employ(spawned());
    try {
      for (const { op, argument } of this.#setup.values()) await this.#send(op, argument);
    } catch (error) {
      this.close(`Python did not start again: ${error.message}`);
      throw error;
    }
  }

  close(reason) {
    this.#closed ??= reason;
    this.#worker.terminate();
    this.#reject(() => new ClosedError(this.#closed));
  }

  #reject(error) {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error());
  }

  #receive({ id, progress, error, value }) {
    this.#used = performance.now();
    const asker = this.#waiting.get(id);
    if (asker === undefined) return;
    if (progress !== undefined) {
      asker.onProgress?.(progress);
      return;
    }
    this.#waiting.delete(id);
    if (error === undefined) asker.resolve(value);
    else asker.reject(named(error));
  }
}

function spawned() {
  const name = `anystep:worker:${Date.now()}:${Math.random()}`;
  const address = new URL("./worker.js", import.meta.url);
  return { worker: new Worker(address, { type: "module", name }), name };
}

function named(error) {
  const cancelled = error.type === "CancelledError" && error.module === "anystep.web._runs";
  return cancelled ? new CancelledError(error.message) : new PythonError(error);
}
