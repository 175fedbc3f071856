// The form that asks what to change before a run goes on from an earlier step.

import { hasFocus } from "./form.js";

export class ForkForm {
  #parts;
  #leave;
  #frame = null;

  /**
   * @param {(checkpoint: string, values: object) => void} onFork
   * @param {() => void} leave takes the focus, if the form has it when it goes
   */
  constructor(parts, onFork, leave) {
    this.#parts = parts;
    this.#leave = leave;
    const { forkForm, forkValues, forkProblem } = parts;
    forkForm.addEventListener("reset", () => this.hide());
    forkForm.addEventListener("submit", (event) => {
      event.preventDefault();
      try {
        const values = JSON.parse(forkValues.value || "{}");
        if (values === null || typeof values !== "object" || Array.isArray(values))
          throw new Error("give an object");
        onFork(this.#frame.checkpoint, values);
      } catch (error) {
        forkProblem.textContent = `This is not a JSON object: ${error.message}`;
      }
    });
  }

  /** Ask about this frame. */
  offer(frame) {
    const { forkForm, forkValues, forkProblem } = this.#parts;
    this.#frame = frame;
    forkValues.value = "{}";
    forkProblem.textContent = "";
    forkForm.hidden = false;
    forkValues.focus();
  }

  hide() {
    if (hasFocus(this.#parts.forkForm)) this.#leave();
    this.#parts.forkForm.hidden = true;
  }
}

/** From the newest snapshot of a history back through its parents: the branch it is on. */
export function lineage(history) {
  const byId = new Map(history.map((snapshot) => [snapshot.checkpoint, snapshot]));
  const branch = [];
  for (let at = history[0]; at !== undefined; at = byId.get(at.parent)) branch.push(at);
  return branch;
}
