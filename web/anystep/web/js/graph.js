// A compiled graph inside the worker, as the page drives it; index.d.ts says what each call does.

import { CancelledError } from "./errors.js";

/** Milliseconds a run gets to react before its worker is replaced. */
const GRACE = 1000;

export class Graph {
  #channel;

  constructor(channel, name, drawing) {
    this.#channel = channel;
    this.name = name;
    /** `{nodes: [{id, name}], edges: [{source, target, label, conditional}]}` */
    this.drawing = drawing;
  }

  #ask(op, argument) {
    return this.#channel.ask(op, { graph: this.name, ...argument });
  }

  draw({ xray = true } = {}) {
    return this.#ask("draw", { xray });
  }

  stream(input, options) {
    return this.#events({ input }, options);
  }

  resume(answer, { update, goto, ...options }) {
    return this.#events({ resume: answer, update, goto }, options);
  }

  async invoke(input, options) {
    for await (const _ of this.stream(input, { ...options, modes: ["values"] }));
    return await this.getState(options.thread);
  }

  getState(thread, { checkpoint } = {}) {
    return this.#ask("state", { thread, checkpoint });
  }

  history(thread, { limit, before } = {}) {
    return this.#ask("history", { thread, limit, before });
  }

  updateState(thread, values, { asNode, checkpoint } = {}) {
    return this.#ask("update", { thread, values, asNode, checkpoint });
  }

  fork(thread, checkpoint, values = null, { asNode } = {}) {
    return this.#ask("fork", { thread, checkpoint, values, asNode });
  }

  async cancel(thread, { grace = GRACE } = {}) {
    let late;
    const patience = new Promise((resolve) => (late = setTimeout(resolve, grace, "late")));
    const { epoch } = this.#channel;
    try {
      const stopped = await Promise.race([this.#ask("cancel", { thread }), patience]);
      if (stopped !== "late") return stopped === 0 ? "idle" : "stopped";
    } catch (error) {
      // Somebody else lost patience before us; the run is gone all the same.
      if (!(error instanceof CancelledError)) throw error;
    } finally {
      clearTimeout(late);
    }
    const reason = `the run of thread "${thread}" did not react, so its worker was replaced`;
    if (epoch === this.#channel.epoch) await this.#channel.restart(reason);
    return "replaced";
  }

  async deleteThread(thread) {
    await this.#ask("delete", { thread });
  }

  threads() {
    return this.#ask("threads", {});
  }

  async exportThread(thread) {
    const { archive, sha256 } = await this.#ask("export", { thread });
    return { data: Uint8Array.from(atob(archive), (byte) => byte.charCodeAt(0)), sha256 };
  }

  importThread(data) {
    let text = "";
    // In pieces: a call takes so many arguments only.
    for (let at = 0; at < data.length; at += 4096) {
      text += String.fromCharCode(...data.subarray(at, at + 4096));
    }
    return this.#ask("import", { archive: btoa(text) });
  }

  async *#events(start, { signal, ...options }) {
    signal?.throwIfAborted();
    const stop = () => this.cancel(options.thread).catch(() => {}); // the loop says what came of it
    signal?.addEventListener("abort", stop, { once: true });
    const stream = await this.#ask("stream", { ...start, ...options });
    const { epoch } = this.#channel;
    let over = false;
    try {
      for (;;) {
        if (epoch !== this.#channel.epoch) {
          throw new CancelledError("the worker that ran this was replaced");
        }
        const event = await this.#channel.ask("next", { stream });
        if (event.done === true) {
          over = true;
          return;
        }
        yield event;
      }
    } catch (error) {
      over = true; // whatever it raised, the session has closed it
      throw error;
    } finally {
      signal?.removeEventListener("abort", stop);
      if (!over && epoch === this.#channel.epoch) {
        await this.#channel.ask("close", { stream }).catch(() => {});
      }
    }
  }
}
