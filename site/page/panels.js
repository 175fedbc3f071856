// The list of steps and the state beside the graph.

import { brief, make, shown } from "./values.js";

/** The ordered list of what happened; choosing a step shows the state after it. */
export class StepList {
  #list;
  #onChoose;

  constructor(list, onChoose) {
    this.#list = list;
    this.#onChoose = onChoose;
    // The list gives way to a question; its newest step stays in sight.
    new ResizeObserver(() => this.#follow()).observe(list);
  }

  clear() {
    this.#list.replaceChildren();
  }

  /** Add a step and mark it as the one shown. `values` is the state it left behind. */
  add({ node, update, values, kind = "done" }) {
    const button = make("button", { type: "button", class: `step ${kind}` });
    button.append(make("strong", {}, node), make("span", {}, summary(update)));
    const entry = { node, update, values, button };
    button.addEventListener("click", () => this.#choose(entry));
    this.#list.append(make("li", {}, button));
    this.#mark(button);
    this.#follow();
    return entry;
  }

  #follow() {
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  #choose(entry) {
    this.#mark(entry.button);
    this.#onChoose(entry);
  }

  #mark(chosen) {
    for (const button of this.#list.querySelectorAll("button")) {
      if (button === chosen) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    }
  }
}

function summary(update) {
  if (update === null || typeof update !== "object" || Array.isArray(update)) return brief(update, 90);
  return Object.entries(update)
    .map(([key, value]) => `${key}: ${brief(value, 80)}`)
    .join(" · ");
}

/** The channels and their values; what the last step changed is marked. */
export class StatePanel {
  #list;

  constructor(list) {
    this.#list = list;
    new ResizeObserver(() => this.#follow()).observe(list);
  }

  show(values, before = {}) {
    const rows = Object.entries(values ?? {}).map(([name, value]) => {
      const changed = JSON.stringify(value) !== JSON.stringify(before[name]);
      return make(
        "div",
        changed ? { class: "changed" } : {},
        make("dt", {}, name),
        make("dd", {}, shown(value)),
      );
    });
    this.#list.replaceChildren(...rows);
    this.#follow();
  }

  // Scroll to what changed, within the list only: the page must not move under somebody's eyes.
  #follow() {
    const changed = [...this.#list.querySelectorAll(":scope > .changed")];
    const low = Math.max(0, ...changed.map((row) => row.offsetTop + row.offsetHeight));
    this.#list.scrollTop = Math.max(0, low - this.#list.offsetTop - this.#list.clientHeight);
  }
}
