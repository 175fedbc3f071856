// Turn the events of a run, live or recorded, into what the page shows, at a pace people can see.
//
// Events are those of a graph streamed with the modes "tasks" and "values": {mode: "tasks", data}
// when a task starts ({id, name, input}) and ends ({id, name, result, error, interrupts}), and
// {mode: "values", data} with the state after each step. A recording has {mode: "changes", data}
// instead, with what differs from the state before. A live run is pulled, so waiting here makes
// the graph itself wait.

/** What to ask a graph for. */
export const MODES = ["tasks", "values"];

/** How long a step is shown while it runs. */
// Who asked for less motion gets the same steps without the show.
export const STEP_MS = matchMedia("(prefers-reduced-motion: reduce)").matches ? 150 : 700;

export class Player {
  #graph;
  #steps;
  #state;
  #model;

  constructor({ graph, steps, state }) {
    this.#graph = graph;
    this.#steps = steps;
    this.#state = state;
    this.reset();
  }

  /** Forget the last run. */
  reset() {
    this.#model = { nodes: new Map(), tasks: new Map(), running: new Map(), ended: [], values: null };
    this.#steps.clear();
    this.#state.show({});
    this.#render();
  }

  /** Play events until they end or `signal` aborts; answers with the open interrupts, if any. */
  async play(events, signal) {
    signal.throwIfAborted();
    const model = this.#model;
    const interrupts = [];
    let started = false;
    for await (const { mode, data } of events) {
      // Another run may have begun while this event was on its way.
      signal.throwIfAborted();
      if (mode === "values") {
        this.#settle(data);
      } else if (mode === "changes") {
        this.#settle({ ...model.values, ...data });
      } else if ("result" in data) {
        // Long enough to see what runs, once for all tasks of a step.
        if (started) await wait(STEP_MS, signal);
        started = false;
        this.#end(data);
        interrupts.push(...data.interrupts);
      } else {
        started = true;
        this.#start(data);
      }
      this.#render();
    }
    if (interrupts.length === 0) {
      this.#mark("__end__", "done");
      this.#render();
    }
    return interrupts;
  }

  /** The state after the last step. */
  get values() {
    return this.#model.values ?? {};
  }

  #start({ id, name }) {
    const model = this.#model;
    // The first task of a node in a step begins its count anew.
    const first = ![...model.running.values()].includes(name);
    if (first) model.tasks.set(name, { ended: 0, all: 0 });
    model.tasks.get(name).all += 1;
    model.running.set(id, name);
    this.#mark(name, "active");
  }

  #mark(node, state) {
    this.#model.nodes.set(node, state);
  }

  #end({ id, name, result, error, interrupts }) {
    const model = this.#model;
    model.running.delete(id);
    model.tasks.get(name).ended += 1;
    if (interrupts.length > 0) {
      this.#mark(name, "interrupted");
      const update = interrupts.length === 1 ? interrupts[0].value : interrupts.map((i) => i.value);
      this.#steps.add({ node: name, update, values: model.values, kind: "interrupted" });
    } else if (error !== null) {
      this.#mark(name, "failed");
      this.#steps.add({ node: name, update: error, values: model.values, kind: "failed" });
    } else {
      // A node of which other tasks still run stays active.
      const more = [...model.running.values()].includes(name);
      this.#mark(name, more ? "active" : "done");
      model.ended.push(this.#steps.add({ node: name, update: result, values: model.values }));
    }
  }

  // The state of a step comes after its tasks: it is what each of them is listed with.
  #settle(data) {
    const model = this.#model;
    // An interrupt shows itself here as well; the state is the rest.
    const { __interrupt__: _, ...values } = data;
    const before = model.values ?? {};
    if (model.values === null) {
      this.#steps.add({ node: "start", update: values, values, kind: "input" });
      this.#mark("__start__", "done");
    }
    model.values = values;
    for (const entry of model.ended) entry.values = values;
    const moved = model.ended.length > 0 || Object.keys(before).length === 0;
    model.ended = [];
    if (moved) this.#state.show(values, before);
  }

  #render() {
    this.#graph.show(this.#model.nodes, this.#model.tasks);
  }
}

/** Wait for some milliseconds; rejects with the signal's reason if it aborts. */
export function wait(ms, signal) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
