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
      this.#give(form.elements.namedItem("answer").value);
    });
    // Options are no submit buttons: Enter in the line of text would press the first of them.
    form.addEventListener("click", ({ target }) => {
      if (target instanceof HTMLButtonElement && target.type === "button") this.#give(target.value);
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
    const { question, options, rest } = split(values.length === 1 ? values[0] : values);
    const parts = question === undefined ? [] : [make("p", { class: "asked" }, String(question))];
    if (rest !== undefined) parts.push(shown(rest, { fold: false }));
    this.#value.replaceChildren(...parts);
    this.#value.scrollTop = 0;
    this.#fields.replaceChildren();
    if (!recorded) this.#fields.append(...inputs(options));
    this.#form.hidden = false;
  }
}

// Of {"question": …, "options": ["yes", "no"], …} the question becomes a sentence and the options
// become buttons; the rest, and any other value, is shown as it is.
function split(value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return { options: [], rest: value };
  }
  const { question, options, ...rest } = value;
  if (options !== undefined && !Array.isArray(options)) return { options: [], rest: value };
  return {
    question,
    options: (options ?? []).map(String),
    rest: Object.keys(rest).length > 0 ? rest : undefined,
  };
}

function inputs(options) {
  const buttons = options.map((option, index) => {
    const button = make("button", { type: "button", value: option }, option);
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
