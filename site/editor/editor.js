// The editor, loaded only when somebody wants to change a program. Bundled from npm by the build.

import { indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { basicSetup } from "codemirror";

const style = HighlightStyle.define([
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
  { tag: [tags.string, tags.docString], color: "var(--wait)" },
  { tag: [tags.keyword, tags.bool, tags.null], color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.definition(tags.variableName), tags.definition(tags.className)], fontWeight: "700" },
]);

const theme = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "transparent", fontSize: "0.84rem" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--soft)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--wash-soft)" },
  "&.cm-focused .cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--wash) !important",
  },
});

/**
 * Put an editor into `host`, in a shadow root, whose sheets a strict policy allows.
 * @returns {{text: () => string, focus: () => void, line: (number: number) => void}}
 */
export function edit(host, text, { label, onRun }) {
  const root = host.attachShadow({ mode: "open" });
  const run = () => {
    onRun();
    return true;
  };
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: text,
      extensions: [
        keymap.of([{ key: "Mod-Enter", run }]),
        basicSetup,
        // Tab indents; Escape, then Tab leaves, as CodeMirror's guide to accessibility has it.
        keymap.of([indentWithTab]),
        indentUnit.of("    "),
        python(),
        syntaxHighlighting(style),
        theme,
        EditorView.contentAttributes.of({ "aria-label": label }),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    focus: () => view.focus(),
    line: (number) => {
      const { from } = view.state.doc.line(Math.min(number, view.state.doc.lines));
      view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
    },
  };
}
