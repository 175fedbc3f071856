// The question an interrupt asks, as a form made from its value or from the JSON schema of the answer.

import { make, shown } from "./values.js";

/** Thrown at whoever waits for an answer that will not come. */
export class Replaced extends Error {
  constructor() {
    super("another run took the stage");
    this.name = "AbortError";
  }
}

export class QuestionForm {
  #form;
  #leave;
  #settle = null;

  /** @param {() => void} leave takes the focus, if the form has it when it goes */
  constructor(form, leave) {
    this.#form = form;
    this.#leave = leave;
    form.addEventListener("submit", (event) => event.preventDefault());
    this.hide();
  }

  /**
   * Show questions and wait for the answer: to one question its own, to several an object by id.
   * @param {{id: string, value: any, schema?: any}[]} questions
   * @param {AbortSignal} [signal]
   */
  ask(questions, signal) {
    this.#settle?.reject(new Replaced());
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      signal?.addEventListener("abort", () => {
        if (this.#settle?.reject === reject) this.hide();
        reject(signal.reason);
      });
      this.#show(questions);
    });
  }

  /** Show questions as they were answered in a recording; nobody is waited for. */
  recall(questions, answer) {
    const said = make("p", { class: "answered" }, "Answered then: ");
    said.append(make("strong", {}, typeof answer === "string" ? answer : JSON.stringify(answer)));
    this.#form.replaceChildren(heading("The graph asked"), ...questions.map(asked), said);
    this.#form.hidden = false;
  }

  hide() {
    if (hasFocus(this.#form)) this.#leave();
    this.#form.hidden = true;
    this.#form.replaceChildren();
    this.#settle = null;
  }

  #show(questions) {
    const answers = new Map();
    const give = (id, answer, block) => {
      answers.set(id, answer);
      if (answers.size < questions.length) {
        block.disabled = true;
        this.#focus(this.#form.querySelector("fieldset:enabled"));
        return;
      }
      const { resolve } = this.#settle ?? {};
      this.hide();
      resolve?.(questions.length === 1 ? answer : Object.fromEntries(answers));
    };
    const blocks = questions.map((question) => {
      const block = make("fieldset", {}, asked(question));
      const { options } = split(question.value);
      const fields = question.schema ? bySchema(question.schema) : byValue(options);
      const done = (answer) => give(question.id, answer, block);
      block.append(fields.element);
      fields.element.addEventListener("click", ({ target }) => {
        const button = target instanceof Element ? target.closest("button") : null;
        if (button instanceof HTMLButtonElement && button.name === "option")
          done(options[Number(button.value)]);
        if (button instanceof HTMLButtonElement && button.name === "send") attempt(fields, done);
      });
      fields.element.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
        event.preventDefault();
        attempt(fields, done);
      });
      return block;
    });
    const many =
      questions.length > 1
        ? `${questions.length} tasks are waiting for you`
        : "The graph is waiting for you";
    this.#form.replaceChildren(heading(many), ...blocks);
    this.#form.hidden = false;
    // Whoever is reading elsewhere on the page must not be pulled here.
    if (document.activeElement === document.body || this.#form.getRootNode().activeElement)
      this.#focus(this.#form);
  }

  /** Give the focus to the first thing to answer with. */
  #focus(within) {
    /** @type {HTMLElement | null} */
    const first = within.querySelector("button, input, textarea, select");
    first?.focus({ preventScroll: true });
  }
}

/** Whether something in a form has the focus: it would be lost with it. */
export function hasFocus(form) {
  return form.contains(form.getRootNode().activeElement ?? null);
}

function attempt(fields, done) {
  fields.problem.textContent = "";
  try {
    const answer = fields.read();
    if (answer !== "") done(answer);
  } catch (error) {
    fields.problem.textContent = error.message;
  }
}

function heading(text) {
  return make("h3", {}, text);
}

function asked({ value }) {
  const { text, rest } = split(value);
  const part = make("div", { class: "asked", tabindex: "0" });
  if (text !== undefined) part.append(make("p", {}, String(text)));
  if (rest !== undefined) part.append(shown(rest, { fold: false }));
  return part;
}

// Of {"question": …, "options": ["yes", "no"], …} the question becomes a sentence and the options
// become buttons; the rest, and any other value, is shown as it is.
function split(value) {
  if (typeof value === "string") return { text: value, options: [], rest: undefined };
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return { text: undefined, options: [], rest: value };
  }
  const { question, options, ...rest } = value;
  if (options !== undefined && !Array.isArray(options))
    return { text: undefined, options: [], rest: value };
  return {
    text: question,
    options: options ?? [],
    rest: Object.keys(rest).length > 0 ? rest : undefined,
  };
}

function byValue(options) {
  const buttons = options.map((option, index) => {
    const kind = index === 0 ? "primary" : "quiet";
    const label = typeof option === "string" ? option : JSON.stringify(option);
    return make("button", { type: "button", name: "option", value: index, class: kind }, label);
  });
  const field = make("input", {
    type: "text",
    autocomplete: "off",
    name: "answer",
    "aria-label": "Your answer",
    placeholder: options.length > 0 ? "or anything else" : "your answer",
  });
  const send = make(
    "button",
    { type: "button", name: "send", class: options.length > 0 ? "quiet" : "primary" },
    "Answer",
  );
  const problem = make("p", { class: "problem", role: "alert" });
  const element = make(
    "div",
    { class: "fields" },
    ...buttons,
    make("span", { class: "free" }, field, send),
    problem,
  );
  return { element, problem, read: () => field.value.trim() };
}

/** Fields for a JSON schema: objects of strings, numbers, booleans, choices; the rest as JSON. */
function bySchema(schema) {
  const problem = make("p", { class: "problem", role: "alert" });
  const [element, read] = fieldOf(resolved(schema, schema), schema, "answer", true);
  const send = make("button", { type: "button", name: "send", class: "primary" }, "Answer");
  return {
    element: make("div", { class: "fields schema" }, element, send, problem),
    problem,
    read,
  };
}

function resolved(schema, root) {
  if (typeof schema?.$ref === "string") {
    const found = schema.$ref
      .replace(/^#\//, "")
      .split("/")
      .reduce((at, key) => at?.[key], root);
    return { ...found, ...schema, $ref: undefined };
  }
  const choices = schema?.anyOf?.filter((one) => one.type !== "null");
  if (choices?.length === 1)
    return { ...resolved(choices[0], root), ...schema, anyOf: undefined, optional: true };
  return schema ?? {};
}

/** @returns {[Element, () => any]} what to show, and how to read the answer */
function fieldOf(schema, root, name, required) {
  const label = schema.title ?? name;
  const hint = schema.description ? [make("small", {}, String(schema.description))] : [];
  if (schema.type === "object" && schema.properties) return objectField(schema, root, name);
  if (schema.enum) return choiceField(schema, label, hint);
  if (schema.type === "boolean") {
    const box = make("input", { type: "checkbox", name });
    box.checked = schema.default === true;
    return [make("label", { class: "check" }, box, String(label), ...hint), () => box.checked];
  }
  const number = schema.type === "integer" || schema.type === "number";
  const lines = schema.type === "array" && resolved(schema.items, root).type === "string";
  const words = schema.type === "string";
  const field =
    words || number
      ? make("input", {
          name,
          type: number ? "number" : "text",
          step: schema.type === "number" ? "any" : "1",
          autocomplete: "off",
        })
      : make("textarea", { name, rows: 3, placeholder: lines ? "one on each line" : "JSON" });
  if (schema.default !== undefined && schema.default !== null) {
    const given = schema.default;
    field.value = lines
      ? given.join("\n")
      : typeof given === "string"
        ? given
        : JSON.stringify(given);
  }
  const must = required && !schema.optional && schema.default === undefined;
  const read = () => {
    const text = field.value.trim();
    if (text === "" && must && !lines) throw new Error(`${label} needs an answer`);
    if (lines) return text === "" ? [] : text.split("\n");
    if (text === "") return words ? text : null;
    if (words) return field.value;
    return number ? numbered(Number(text), schema, label) : parsed(text, label);
  };
  return [make("label", {}, make("span", {}, String(label)), ...hint, field), read];
}

/** @returns {[Element, () => any]} */
function objectField(schema, root, name) {
  const needed = new Set(schema.required ?? []);
  const inner = Object.entries(schema.properties).map(([key, value]) => {
    const [element, read] = fieldOf(resolved(value, root), root, key, needed.has(key));
    return { key, element, read };
  });
  const box = make("div", {
    class: "object-fields",
    role: "group",
    "aria-label": String(schema.title ?? name),
  });
  box.append(...inner.map(({ element }) => element));
  return [box, () => Object.fromEntries(inner.map(({ key, read }) => [key, read()]))];
}

/** @returns {[Element, () => any]} */
function choiceField(schema, label, hint) {
  const select = make("select", {});
  schema.enum.forEach((choice, index) => {
    select.append(
      make(
        "option",
        { value: index },
        typeof choice === "string" ? choice : JSON.stringify(choice),
      ),
    );
  });
  const given = schema.enum.indexOf(schema.default);
  if (given >= 0) select.value = String(given);
  return [
    make("label", {}, make("span", {}, String(label)), ...hint, select),
    () => schema.enum[Number(select.value)],
  ];
}

function numbered(value, schema, label) {
  if (Number.isNaN(value)) throw new Error(`${label} must be a number`);
  if (schema.type === "integer" && !Number.isInteger(value))
    throw new Error(`${label} must be a whole number`);
  if (value < schema.minimum) throw new Error(`${label} must be at least ${schema.minimum}`);
  if (value > schema.maximum) throw new Error(`${label} must be at most ${schema.maximum}`);
  return value;
}

function parsed(text, label) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${label} must be JSON: ${error.message}`, { cause: error });
  }
}
