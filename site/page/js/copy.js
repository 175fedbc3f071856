// Buttons that copy: a block of code, a program, a traceback.

import { make } from "../anystep/element/values.js";

/** Milliseconds for which a button says what came of it. */
const SAID = 2000;

/**
 * A button that copies what `text` gives when it is pressed.
 * @param {() => string} text
 * @param {string} what is copied, for those who do not see where the button stands
 */
export function copyButton(text, what) {
  const name = `Copy ${what}`;
  const button = make(
    "button",
    { type: "button", class: "small copy", "aria-label": name },
    "Copy",
  );
  const say = (word, label) => {
    button.textContent = word;
    button.setAttribute("aria-label", label);
  };
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      say("Copied", `Copied ${what}`);
    } catch {
      say("Not allowed", "The browser does not allow to copy");
    }
    setTimeout(() => say("Copy", name), SAID);
  });
  return button;
}

/** Give every block of code that is to be read, not run, such a button. */
export function offerCopies() {
  for (const block of document.querySelectorAll("article pre, .yours pre")) {
    const lines = block.textContent.trim().split("\n").length;
    const box = make("div", { class: lines > 1 ? "copied long" : "copied" });
    block.replaceWith(box);
    box.append(
      block,
      copyButton(() => block.textContent, block.ariaLabel ?? "the code"),
    );
  }
}
