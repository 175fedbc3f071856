// Colour Python source: comments, strings, words of the language, names that are defined.

import { make } from "../anystep/element/values.js";

const TOKENS = new RegExp(
  [
    /(?<comment>#[^\n]*)/,
    /(?<string>[rbf]{0,2}(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))/,
    /(?<name>(?<=\b(?:def|class)\s+)\w+)/,
    /(?<keyword>\b(?:and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|match|case|None|nonlocal|not|or|pass|raise|return|True|False|try|while|with|yield)\b)/,
  ]
    .map((part) => part.source)
    .join("|"),
  "g",
);

/** The nodes that show `source`; only text and spans. */
export function highlighted(source) {
  const parts = [];
  let end = 0;
  for (const match of source.matchAll(TOKENS)) {
    const [kind] = Object.entries(match.groups).find(([, text]) => text !== undefined);
    parts.push(source.slice(end, match.index), make("span", { class: kind }, match[0]));
    end = match.index + match[0].length;
  }
  parts.push(source.slice(end));
  return parts;
}

/** Colour every block of Python that the page was built with. */
export function highlightAll() {
  for (const code of document.querySelectorAll("code.language-python")) {
    code.replaceChildren(...highlighted(code.textContent));
  }
}
