// What stands beside the picture: the state, what a step changed, the list of nodes.

import { labelOf } from "./layout.js";
import { WORDS } from "./picture.js";
import { brief, make, shown } from "./values.js";

/** The channels of one frame; what the step changed is marked. */
export class StatePanel {
  #list;

  constructor(list) {
    this.#list = list;
  }

  /** @param {"state" | "changes"} view */
  show(frame, view) {
    const values = frame?.values ?? frame?.before ?? {};
    const before = frame?.before ?? {};
    const rows = [];
    for (const name of new Set([...Object.keys(values), ...Object.keys(before)])) {
      const change = compared(before[name], values[name]);
      if (view === "changes" && change === null) continue;
      const shownValue = view === "changes" ? changed(change) : shown(values[name]);
      const title = make("dt", {}, name);
      if (change !== null) title.append(make("span", { class: "chip" }, change.chip));
      rows.push(
        make("div", change === null ? {} : { class: "changed" }, title, make("dd", {}, shownValue)),
      );
    }
    if (rows.length === 0) {
      const nothing = view === "changes" ? "This step changed nothing." : "No state yet.";
      rows.push(make("div", { class: "none" }, make("dt", {}, nothing), make("dd", {})));
    }
    this.#list.replaceChildren(...rows);
    this.#follow();
  }

  // Scroll to what changed, within the list only: the page must not move under somebody's eyes.
  #follow() {
    const marked = [...this.#list.querySelectorAll(":scope > .changed")];
    const low = Math.max(0, ...marked.map((row) => row.offsetTop + row.offsetHeight));
    this.#list.scrollTop = Math.max(0, low - this.#list.clientHeight);
  }
}

/** What became of a value: null if nothing; else `{chip, kind, …}`. Pure. */
export function compared(before, after) {
  if (before === after || JSON.stringify(before) === JSON.stringify(after)) return null;
  if (before === undefined) return { chip: "new", kind: "new", after };
  if (after === undefined) return { chip: "gone", kind: "gone", before };
  if (Array.isArray(before) && Array.isArray(after) && after.length > before.length) {
    const same = before.every(
      (item, index) => JSON.stringify(item) === JSON.stringify(after[index]),
    );
    if (same) {
      const added = after.slice(before.length);
      return { chip: `+${added.length}`, kind: "added", added };
    }
  }
  if (typeof before === "number" && typeof after === "number") {
    const by = Number((after - before).toPrecision(6));
    return { chip: by > 0 ? `+${by}` : `−${-by}`, kind: "changed", before, after };
  }
  return { chip: "changed", kind: "changed", before, after };
}

function changed(change) {
  if (change.kind === "new") return make("ins", {}, shown(change.after));
  if (change.kind === "gone") return make("del", {}, shown(change.before));
  if (change.kind === "added") return make("ins", {}, shown(change.added));
  return make(
    "div",
    { class: "pair" },
    make("del", {}, shown(change.before)),
    make("ins", {}, shown(change.after)),
  );
}

/** The steps as a list of buttons; one is chosen. Only what is new is touched. */
export class StepList {
  #list;
  #onChoose;
  #rows = new Map();
  #current = null;

  /** @param {(frame: object) => void} onChoose */
  constructor(list, onChoose) {
    this.#list = list;
    this.#onChoose = onChoose;
  }

  show({ frames }, chosen) {
    if (this.#rows.size > 0 && this.#rows.keys().next().value !== frames[0]) this.#forget(frames);
    for (let index = frames.length - 1; index >= 0; index--) {
      const row = this.#rows.get(frames[index]);
      if (row !== undefined && !row.stale) break; // What is older is settled.
      if (row !== undefined) fill(row, frames[index]);
    }
    for (const frame of frames.slice(this.#rows.size)) this.#add(frame);
    const current = this.#rows.get(frames[chosen]) ?? null;
    if (current === this.#current && chosen < frames.length - 1) return;
    this.#current?.button.removeAttribute("aria-current");
    current?.button.setAttribute("aria-current", "step");
    this.#current = current;
    if (current !== null) follow(this.#list, current.item);
  }

  #forget(frames) {
    const keep = new Set(frames);
    for (const [frame, row] of this.#rows) {
      if (keep.has(frame)) continue;
      row.item.remove();
      this.#rows.delete(frame);
    }
  }

  #add(frame) {
    const button = make("button", { type: "button" });
    const row = { item: make("li", {}, button), button, stale: true };
    button.addEventListener("click", () => this.#onChoose(frame));
    this.#rows.set(frame, row);
    this.#list.append(row.item);
    fill(row, frame);
  }
}

function follow(list, item) {
  const top = item.offsetTop; // within the list, which is positioned
  const low = top + item.offsetHeight;
  if (low > list.scrollTop + list.clientHeight) list.scrollTop = low - list.clientHeight;
  else if (top < list.scrollTop) list.scrollTop = top;
}

function fill(row, frame) {
  row.stale = frame.values === null && frame.questions.length === 0;
  const tasks = [...frame.tasks.values()];
  const own = tasks.filter(({ path }) => !path.includes(":"));
  const groups = Map.groupBy(own, ({ name }) => name);
  const names = [...groups].map(([name, all]) =>
    all.length > 1 ? `${name} ×${all.length}` : name,
  );
  row.button.className = `step ${stateOf(frame, tasks)}`;
  const title = frame.kind === "input" ? "input" : names.join(", ") || "update";
  const word = { interrupted: " (waiting)", failed: " (failed)" }[stateOf(frame, tasks)] ?? "";
  row.button.replaceChildren(
    make("strong", {}, title + word),
    make("span", {}, summary(frame, own)),
  );
}

function stateOf(frame, tasks) {
  if (frame.kind === "input") return "input";
  for (const state of ["failed", "interrupted", "active"]) {
    if (tasks.some((task) => task.state === state)) return state;
  }
  return "done";
}

function summary(frame, tasks) {
  if (frame.kind === "input") return updated(frame.values);
  if (frame.questions.length > 0)
    return frame.questions.map(({ value }) => brief(value, 90)).join(" · ");
  if (tasks.some(({ state }) => state === "active")) return "running";
  const said = tasks.map(({ update }) => updated(update)).filter((text) => text !== "");
  return brief(said.slice(0, 4).join(" | "), 130);
}

function updated(update) {
  if (update === null || typeof update !== "object" || Array.isArray(update))
    return brief(update ?? "", 90);
  const [only, more] = Object.keys(update);
  if (more === undefined && only?.startsWith("$")) return brief(update, 90); // no channel: a value
  return Object.entries(update)
    .map(([key, value]) => `${key}: ${brief(value, 80)}`)
    .join(" · ");
}

/** The graph as words: every node, its state, where it leads. */
export function listNodes(list, drawing, states) {
  const names = new Map(drawing.nodes.map((node) => [node.id, labelOf(node)]));
  const rows = drawing.nodes.map((node) => {
    const { state = "idle", ended = 0, all = 0 } = states.get(node.id) ?? {};
    const tasks = all > 1 ? `, ${ended} of ${all} tasks` : "";
    const targets = drawing.edges.filter(({ source }) => source === node.id);
    const to = targets.map(({ target, label }) =>
      label ? `${names.get(target)} (${label})` : names.get(target),
    );
    const row = make(
      "li",
      {},
      make("strong", {}, labelOf(node)),
      make("em", {}, `${WORDS[state]}${tasks}`),
    );
    row.dataset.state = state;
    if (to.length > 0) row.append(make("span", {}, `leads to ${to.join(", ")}`));
    return row;
  });
  list.replaceChildren(...rows);
}

/** The state of the run in words, told to screen readers when it changes. */
export function say(status, text) {
  if (status.textContent !== text) status.textContent = text;
  const [, state = ""] = text.match(/(finished|waiting|failed)( for you)?$/) ?? [];
  status.dataset.state = { finished: "done", waiting: "interrupted" }[state] ?? state;
}
