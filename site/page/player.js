// Turn the events of a run, live or recorded, into what the page shows, at a pace people can see.
//
// Events are the session's: {mode: "updates", data: {node: update}} after a node,
// {mode: "values", data: state, next: [node]} after a step. A live run is pulled, so waiting
// here makes the graph itself wait.

const STEP_MS = 650;

/** A run was replaced by another one. */
export class Replaced extends Error {}

export class Player {
  #graph;
  #steps;
  #state;
  #signal;
  #model;

  constructor({ graph, steps, state }) {
    this.#graph = graph;
    this.#steps = steps;
    this.#state = state;
    this.reset(new AbortController().signal);
  }

  /** Forget the last run; `signal` ends the new one. */
  reset(signal) {
    this.#signal = signal;
    this.#model = { done: new Set(), active: [], interrupted: new Set(), values: {}, before: {} };
    this.#steps.clear();
    this.#state.show({});
    this.#render();
  }

  /** Play events to their end; answers with the open interrupts, if any. */
  async play(events, pace = STEP_MS) {
    const model = this.#model;
    model.interrupted.clear();
    let interrupts = [];
    let waiting = [];
    for await (const event of events) {
      if (event.mode === "values") {
        // A pause shows itself in both modes; the state is the rest of the event.
        const { __interrupt__: paused, ...data } = event.data;
        if (paused !== undefined) continue;
        this.#settle({ ...event, data }, waiting);
        waiting = [];
        this.#render();
        await this.#pause(pace);
      } else if (event.mode === "updates" && event.data.__interrupt__ !== undefined) {
        interrupts = event.data.__interrupt__;
        this.#interrupt(interrupts);
      } else if (event.mode === "updates") {
        waiting.push(...Object.entries(event.data));
      }
    }
    if (interrupts.length === 0) this.#finish();
    return interrupts;
  }

  /** The state after the last step. */
  get values() {
    return this.#model.values;
  }

  // The state of a step comes after the updates of its nodes: list them with that state.
  #settle({ data, next }, updates) {
    const model = this.#model;
    model.before = model.values;
    model.values = data;
    if (updates.length === 0 && model.done.size === 0) {
      this.#steps.add({ node: "start", update: data, values: data, kind: "input" });
    }
    for (const [node, update] of updates) {
      model.done.add(node);
      this.#steps.add({ node, update, values: data });
    }
    model.active = next ?? [];
    for (const node of model.active) model.done.delete(node);
    this.#state.show(model.values, model.before);
  }

  #interrupt(interrupts) {
    const model = this.#model;
    model.interrupted = new Set(model.active);
    const update = interrupts.length === 1 ? interrupts[0].value : interrupts.map((i) => i.value);
    const node = model.active.join(", ");
    this.#steps.add({ node, update, values: model.values, kind: "interrupted" });
    this.#render();
  }

  #finish() {
    this.#model.active = [];
    this.#model.done.add("__end__");
    this.#render();
  }

  #render() {
    const { done, active, interrupted } = this.#model;
    const states = new Map();
    for (const node of done) states.set(node, "done");
    for (const node of active) states.set(node, "active");
    for (const node of interrupted) states.set(node, "interrupted");
    this.#graph.show(states);
  }

  #pause(ms) {
    const signal = this.#signal;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(new Replaced());
      const stop = () => {
        clearTimeout(timer);
        reject(new Replaced());
      };
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", stop);
        resolve();
      }, ms);
      signal.addEventListener("abort", stop, { once: true });
    });
  }
}
