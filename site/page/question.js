// The form an interrupt shows: its value, its options as buttons, and a line for anything else.

import { make, shown } from "./values.js";

export class Question {
  #form;
  #value;
  #fields;
  #answer = null;

  constructor(form) {
    this.#form = form;
    this.#value = form.querySelector("#question-value");
    this.#fields = form.querySelector("#question-fields");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const field = this.#form.elements.namedItem("answer");
      // A button of an option submits its own value, the other one the line of text.
      this.#give(event.submitter?.value || field?.value || "");
    });
  }

  /** Show the interrupts and wait for an answer; `signal` takes the question away. */
  ask(interrupts, signal) {
    signal.throwIfAborted();
    this.#show(interrupts, false);
    const field = this.#form.querySelector("button, input");
    field?.focus({ preventScroll: true });
    this.#form.scrollIntoView({ block: "nearest" });
    return new Promise((resolve, reject) => {
      this.#answer = resolve;
      signal.addEventListener(
        "abort",
        () => {
          this.hide();
          reject(signal.reason);
        },
        { once: true },
      );
    });
  }

  /** Show the interrupts of a recorded run with the answer that was given. */
  recall(interrupts, answer) {
    this.#show(interrupts, true);
    const said = make("p", { class: "said" }, "Answered then: ", make("strong", {}, String(answer)));
    this.#fields.replaceChildren(said);
  }

  hide() {
    this.#form.hidden = true;
    this.#answer = null;
  }

  #give(answer) {
    const resolve = this.#answer;
    if (resolve === null || answer === "") return;
    this.hide();
    resolve(answer);
  }

  #show(interrupts, recorded) {
    const values = interrupts.map(({ value }) => value);
    const { options, rest } = split(values.length === 1 ? values[0] : values);
    this.#value.replaceChildren(shown(rest));
    this.#fields.replaceChildren();
    if (!recorded) this.#fields.append(...inputs(options));
    this.#form.hidden = false;
  }
}

// {"question": …, "options": ["yes", "no"]} becomes buttons; any other value is only shown.
function split(value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return { options: [], rest: value };
  }
  const { options, ...rest } = value;
  return Array.isArray(options) ? { options: options.map(String), rest } : { options: [], rest: value };
}

function inputs(options) {
  const buttons = options.map((option, index) => {
    const button = make("button", { type: "submit", value: option }, option);
    if (index > 0) button.className = "quiet";
    return button;
  });
  const field = make("input", {
    name: "answer", type: "text", autocomplete: "off", "aria-label": "Your answer",
    placeholder: options.length > 0 ? "or anything else" : "your answer",
  });
  const send = make("button", { type: "submit", class: options.length > 0 ? "quiet" : "" }, "Answer");
  return [...buttons, make("span", { class: "free" }, field, send)];
}
