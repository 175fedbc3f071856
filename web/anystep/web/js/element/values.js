// Show JSON values as elements. Data becomes text nodes, never markup.

const LONG = 220;
const MANY = 12;

/** Make an element: `make("p", {class: "x"}, "text", child)`. */
export function make(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** One value as a short line of words. */
export function brief(value, limit = 140) {
  const text = flat(plain(value)).replace(/\s+/g, " ").trim();
  return text.length > limit ? `${text.slice(0, limit).trimEnd()}…` : text;
}

// An object is its values; one inside another keeps its keys, or it would be a row of numbers.
function flat(value, nested = false) {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) {
    return value.length === 0 ? "none" : value.map((item) => flat(item, nested)).join("; ");
  }
  if (value === null || typeof value !== "object") return String(value);
  if (isMessage(value)) return flatMessage(value);
  const entries = Object.entries(value);
  if (nested) return entries.map(([key, item]) => `${key} ${flat(item, true)}`).join(", ");
  return entries.map(([, item]) => flat(item, true)).join(" · ");
}

function flatMessage({ type, content, tool_calls: calls = [] }) {
  const asked = Array.isArray(calls) ? calls.map(callOf).join(", ") : "";
  const text =
    typeof content === "string" ? content : content === undefined ? "" : JSON.stringify(content);
  return `${ROLES[type]}: ${[text, asked].filter((part) => part !== "").join(" ")}`;
}

/**
 * A value as an element: strings as prose, lists as lists, objects as term and value.
 * What is long is folded unless `fold` is false.
 */
export function shown(value, { fold = true } = {}) {
  value = plain(value);
  if (typeof value === "string") {
    const prose = make("span", { class: "text" }, value);
    return fold && value.length > LONG ? folded(brief(value, 110), prose) : prose;
  }
  if (Array.isArray(value)) return listed(value);
  if (isMessage(value)) return said(value, fold);
  if (value !== null && typeof value === "object") return termed(value, fold);
  return make("span", { class: "scalar" }, String(value));
}

const ROLES = { human: "you", ai: "model", tool: "tool", system: "system" };

function isMessage(value) {
  return (
    value !== null &&
    typeof value === "object" &&
    value.type in ROLES &&
    ("content" in value || "tool_calls" in value)
  );
}

// A message as somebody would read it: who, what, and which tools are asked for.
function said({ type, name, content, tool_calls: calls = [] }, fold) {
  const who = type === "tool" && name ? `tool ${name}` : ROLES[type];
  const parts = [make("b", {}, who)];
  if (content !== undefined && content !== "" && content !== null)
    parts.push(shown(content, { fold }));
  for (const call of Array.isArray(calls) ? calls : [])
    parts.push(make("span", { class: "call" }, callOf(call)));
  return make("div", { class: "message", "data-role": type }, ...parts);
}

function callOf({ name, args }) {
  const given = Object.entries(args ?? {}).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `${name}(${given.join(", ")})`;
}

function listed(values) {
  if (values.length === 0) return make("span", { class: "scalar" }, "none");
  const rows = values.map((item) => {
    const nested =
      item !== null && typeof item === "object" && !isMessage(item) && flat(item).length > 60;
    return make("li", {}, nested ? folded(brief(item, 90), shown(item)) : shown(item));
  });
  const list = make("ul", { class: "list" }, ...rows.slice(0, MANY));
  if (rows.length > MANY) {
    const rest = make("ul", { class: "list" }, ...rows.slice(MANY));
    list.append(make("li", {}, folded(`and ${rows.length - MANY} more`, rest)));
  }
  return list;
}

function termed(value, fold) {
  const entries = Object.entries(value);
  if (entries.length === 0) return make("span", { class: "scalar" }, "none");
  const rows = entries.map(([key, item]) =>
    make("div", {}, make("dt", {}, key), make("dd", {}, shown(item, { fold }))),
  );
  return make("dl", { class: "object" }, ...rows);
}

function folded(summary, content) {
  return make("details", { class: "folded" }, make("summary", {}, summary), content);
}

// The session describes what JSON cannot say as an object with one key that starts with "$".
function plain(value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const keys = Object.keys(value);
  if (keys.length !== 1 || !keys[0].startsWith("$")) return value;
  const inner = value[keys[0]];
  return { $bytes: `${inner} bytes`, $more: `and ${inner} more` }[keys[0]] ?? String(inner);
}

/** What went wrong as elements: its kind and message, and the traceback if it has one. */
export function failureOf(error) {
  const title = make("strong", {}, `${error.type ?? error.name ?? "Error"}: `);
  const line = make("p", {}, title, String(error.message ?? error));
  if (!error.traceback) return [line];
  const trace = String(error.traceback);
  const copy = make("button", { type: "button", class: "plain" }, "Copy traceback");
  copy.addEventListener("click", () =>
    navigator.clipboard.writeText(trace).then(
      () => (copy.textContent = "Copied"),
      () => (copy.textContent = "The browser does not allow to copy"),
    ),
  );
  return [line, make("pre", { tabindex: "0" }, trace), make("p", {}, copy)];
}
