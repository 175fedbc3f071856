// What a run has done so far, as frames: one per superstep, in the order they happened.
//
// Events are those of a graph streamed with the modes "tasks" and "values" ("checkpoints" too, if
// time travel is wanted): a task starts ({id, name, input}), a task ends ({id, name, result, error,
// interrupts}), the state after a step, the checkpoint that holds it. A recording may have
// {mode: "changes"} instead of values: what differs from the state before. A run streamed with
// "updates" alone is followed as well; its state is the sum of the updates. Pure: no page, no clock.

/** Older frames are dropped beyond this, so that a run of a million steps stays small. */
export const MOST_FRAMES = 2_000;

/**
 * @typedef {"active" | "done" | "interrupted" | "failed"} TaskState
 * @typedef {{id: string, path: string, name: string, state: TaskState, update: any}} Task
 * @typedef {{id: string, value: any, schema?: any}} Question
 * @typedef {object} Frame
 * @property {number} number counts from 0, dropped frames included
 * @property {"input" | "step"} kind
 * @property {Map<string, Task>} tasks by id, those inside subgraphs too
 * @property {any} before state that the step began with
 * @property {any} values state it left behind; null while it runs or if it never settled
 * @property {string | null} checkpoint
 * @property {Question[]} questions
 */

export class RunModel {
  /** @type {Frame[]} */
  frames = [];
  dropped = 0;
  #known = new Set();
  #hasTasks = false;
  #folded = { upTo: 0, states: new Map() };

  /** @returns {Frame | undefined} */
  get last() {
    return this.frames.at(-1);
  }

  /** The newest state. */
  get values() {
    return this.last?.values ?? this.last?.before ?? {};
  }

  /** The open questions of the newest frame. */
  get questions() {
    return this.last?.questions ?? [];
  }

  /** Take one event; true if it said anything new. */
  add({ mode, data, ns = [] }) {
    if (mode === "tasks") return this.#task(data, ns);
    // Inside subgraphs only the tasks are followed; their state reaches the graph when they end.
    if (ns.length > 0) return false;
    if (mode === "values") return this.#settle(data);
    if (mode === "changes") return this.#settle({ ...this.values, ...data });
    if (mode === "checkpoints") return this.#checkpoint(data);
    if (mode === "updates" && !this.#hasTasks) return this.#updates(data);
    return false;
  }

  #open(kind) {
    const before = this.values;
    /** @type {Frame} */
    const frame = {
      number: this.dropped + this.frames.length,
      kind,
      tasks: new Map(),
      before,
      values: null,
      checkpoint: null,
      questions: [],
    };
    this.frames.push(frame);
    if (this.frames.length > MOST_FRAMES) {
      this.frames.shift();
      this.dropped += 1;
    }
    return frame;
  }

  #current() {
    const frame = this.last;
    const closed = frame === undefined || frame.values !== null || frame.questions.length > 0;
    return closed ? this.#open("step") : frame;
  }

  #task(data, ns) {
    this.#hasTasks = true;
    const ended = "result" in data || "error" in data;
    // A resumed step begins anew: its tasks are listed once more.
    const frame = ended ? this.#frameOf(data.id) : this.#current();
    const path = [...ns.map(nameOf), data.name].join(":");
    const task = { id: data.id, path, name: data.name, state: "active", update: null };
    if (ended) {
      const asked = data.interrupts ?? [];
      task.state = asked.length > 0 ? "interrupted" : data.error != null ? "failed" : "done";
      task.update = data.error ?? data.result ?? null;
      if (ns.length === 0) frame.questions.push(...asked.map(question));
    }
    frame.tasks.set(data.id, /** @type {Task} */ (task));
    return true;
  }

  #frameOf(id) {
    return this.last?.tasks.has(id) ? this.last : this.#current();
  }

  #settle(data) {
    const { __interrupt__: asked, ...values } = data ?? {};
    const frame = this.last;
    if (frame === undefined) {
      this.#open("input").values = values;
    } else if (asked === undefined && frame.values === null && frame.questions.length === 0) {
      frame.values = values;
    } else {
      return false; // Said again: at an interrupt, and when a run is resumed.
    }
    return true;
  }

  #checkpoint({ config, values, metadata }) {
    const id = config?.configurable?.checkpoint_id;
    if (!id || this.#known.has(id)) return false;
    this.#known.add(id);
    const frame = this.last;
    if (frame === undefined || metadata?.step < 0) return false;
    if (frame.values === null && frame.questions.length === 0) frame.values = values;
    frame.checkpoint = id;
    return true;
  }

  #updates(data) {
    const { __interrupt__: asked, ...updates } = data ?? {};
    const frame = this.#open("step");
    for (const [name, update] of Object.entries(updates)) {
      frame.tasks.set(name, { id: name, path: name, name, state: "done", update });
    }
    if (asked !== undefined) frame.questions = asked.map(question);
    else frame.values = Object.assign({}, frame.before, ...Object.values(updates));
    return true;
  }

  /** What the nodes were before a frame; what is settled is folded only once. */
  statesBefore(index) {
    const number = index + this.dropped;
    if (number < this.#folded.upTo) this.#folded = { upTo: this.dropped, states: new Map() };
    const { states } = this.#folded;
    for (; this.#folded.upTo < number; this.#folded.upTo++) {
      const frame = this.frames[this.#folded.upTo - this.dropped];
      if (frame === undefined) continue;
      for (const [path, count] of countsOf(frame)) states.set(path, count);
    }
    return new Map(states);
  }

  /** Rebuild the frames of a stored thread from its history, newest snapshot first. */
  restore(history) {
    const oldest = history.toReversed().filter(({ step }) => step === null || step >= 0);
    let tasks = [];
    for (const snapshot of oldest) {
      const frame = this.#open(this.last === undefined ? "input" : "step");
      // What somebody wrote there is not what the tasks before it did.
      const written = snapshot.source === "update" || snapshot.source === "fork";
      for (const task of written ? [] : tasks) frame.tasks.set(task.id, stored(task));
      frame.values = snapshot.values;
      frame.checkpoint = snapshot.checkpoint;
      this.#known.add(snapshot.checkpoint);
      tasks = snapshot.tasks;
    }
    const open = tasks.filter((task) => task.interrupts.length > 0 || task.error !== null);
    if (open.length > 0) {
      const frame = this.#open("step");
      for (const task of open) frame.tasks.set(task.id, stored(task));
      frame.questions = open.flatMap((task) => task.interrupts.map(question));
    }
  }
}

/**
 * The state of every node after frame `index`: nodes keep what they last were, so that the way a
 * run took stays visible. `over`: nodes that were never reached are "skipped".
 * @returns {Map<string, {state: TaskState | "skipped", ended: number, all: number, now: boolean}>}
 */
export function nodeStates(model, index, paths = [], over = false) {
  const states = model.statesBefore(index);
  const frame = model.frames[index];
  if (frame !== undefined) {
    for (const [path, count] of countsOf(frame)) states.set(path, { ...count, now: true });
    states.set("__start__", ONCE);
  }
  if (!over || index < model.frames.length - 1) return states;
  states.set("__end__", ONCE);
  for (const path of paths) {
    const reached = [...states.keys()].some((key) => key === path || key.startsWith(`${path}:`));
    const inside = path.includes(":") && !states.has(path.slice(0, path.lastIndexOf(":")));
    if (!reached && (inside || !path.includes(":"))) {
      states.set(path, { state: "skipped", ended: 0, all: 0, now: false });
    }
  }
  return states;
}

const ONCE = { state: /** @type {TaskState} */ ("done"), ended: 1, all: 1, now: false };

// How far the tasks of each node are, in one frame.
function countsOf(frame) {
  const counts = new Map();
  for (const task of frame.tasks.values()) {
    const count = counts.get(task.path) ?? { state: "done", ended: 0, all: 0, now: false };
    count.all += 1;
    if (task.state !== "active") count.ended += 1;
    count.state = worst(count.state, task.state);
    counts.set(task.path, count);
  }
  return counts;
}

const WORSE = ["done", "interrupted", "failed", "active"];

function worst(one, other) {
  return WORSE.indexOf(other) > WORSE.indexOf(one) ? other : one;
}

// "worker:6f1c…" is a task of the node "worker"; a node's own name has no colon.
function nameOf(part) {
  return String(part).split(":")[0];
}

function question({ id, value, schema, response_schema: given }) {
  return { id, value, schema: schema ?? given ?? null };
}

/** @returns {Task} */
function stored({ id, name, error, interrupts, result }) {
  const state = interrupts.length > 0 ? "interrupted" : error !== null ? "failed" : "done";
  return { id, path: name, name, state, update: error ?? result };
}
