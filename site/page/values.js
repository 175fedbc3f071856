// Show JSON values as elements. Data becomes text nodes, never markup.

/** Make an element: `make("p", {class: "x"}, "text", child)`. */
export function make(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** One value as a short line of text. */
export function brief(value, limit = 140) {
  const text = typeof value === "string" ? value : JSON.stringify(plain(value));
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}

/** A value as an element: strings as prose, lists as lists, objects as term and value. */
export function shown(value) {
  value = plain(value);
  if (typeof value === "string") return make("span", { class: "text" }, value);
  if (Array.isArray(value)) {
    if (value.length === 0) return make("span", { class: "scalar" }, "empty list");
    return make("ul", { class: "list" }, ...value.map((item) => make("li", {}, shown(item))));
  }
  if (value !== null && typeof value === "object") {
    const rows = Object.entries(value).map(([key, item]) =>
      make("div", {}, make("dt", {}, key), make("dd", {}, shown(item))),
    );
    if (rows.length === 0) return make("span", { class: "scalar" }, "nothing");
    return make("dl", { class: "object" }, ...rows);
  }
  return make("span", { class: "scalar" }, String(value));
}

// The session describes what JSON cannot say as an object with one key that starts with "$".
function plain(value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const keys = Object.keys(value);
  if (keys.length !== 1 || !keys[0].startsWith("$")) return value;
  const inner = value[keys[0]];
  return { $bytes: `${inner} bytes`, $more: `and ${inner} more` }[keys[0]] ?? String(inner);
}
