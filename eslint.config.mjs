// Lint of all JavaScript; `make check` runs it beside prettier, which says how it is laid out.

import { createRequire } from "node:module";
import { join } from "node:path";

// The packages live in an ignored folder (tools/npm.py), not beside this file.
const packages = createRequire(join(import.meta.dirname, ".cache/npm/node_modules/_.js"));
const { configs } = packages("@eslint/js");
const { browser, node, serviceworker } = packages("globals");

export default [
  { ignores: [".cache/", ".venv/", "dist/", "**/vendor/", "**/*.ts"] },
  configs.recommended,
  {
    // Tests hand functions over to a page: what they name is there, not here.
    languageOptions: { globals: { ...browser, ...serviceworker, ...node } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-unused-vars": ["error", { varsIgnorePattern: "^_$" }],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-template": "error",
    },
  },
];
