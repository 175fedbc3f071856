// The page's end of a graph in a PyScript worker: what it posts is shown, and asked, by the element.

import { whenDefined } from "./core/core.js";

const element = document.querySelector("anystep-graph");
const button = document.querySelector("#go");

async function main() {
  await whenDefined("py");
  const { xworker } = document.querySelector('script[type="py"]');
  xworker.addEventListener("message", ({ data }) => {
    if (typeof data === "string" && data.startsWith("{")) element.push(data);
  });
  await xworker.ready;
  button.disabled = false;
  button.addEventListener("click", () => go(xworker.sync));
}

async function go({ run, resume }) {
  button.disabled = true;
  element.reset();
  const thread = crypto.randomUUID();
  await run(thread, document.querySelector("#text").value);
  while (element.questions.length > 0) await resume(thread, await element.ask(element.questions));
  element.finish();
  button.disabled = false;
}

main();
