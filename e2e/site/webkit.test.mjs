// WebKitGTK, the nearest there is to Safari without a Mac: no JSPI, storage that says less of itself.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { lane, site } from "./visits.mjs";
import { WebKit } from "./webdriver.mjs";

const LISTEN = `globalThis.told = {}; for (const name of ["question", "done", "error"])
  addEventListener("anystep-" + name, ({ detail }) => (told[name] = JSON.parse(JSON.stringify(detail))));`;
const ASKED = `document.getElementById("graph").shadowRoot.querySelector(".question:not([hidden]) .asked")?.textContent`;

describe("WebKitGTK", () => {
  const browser = new WebKit();
  before(() => browser.open(lane.webkit));
  after(() => browser.close());

  test("a graph runs in the tab", { timeout: 280_000 }, async () => {
    await browser.goto(`${site}demos/counter.html`);
    await browser.wait(`!document.getElementById("run").disabled`);
    await browser.run(`${LISTEN} document.getElementById("run").click();`);
    const { values } = await browser.wait("told.done");

    assert.deepEqual(values.path, [6, 3, 10, 5, 16, 8, 4, 2, 1]);
    assert.equal(await browser.run("return told.error ?? null"), null);
  });

  test("a question is left, and asked again after a reload", { timeout: 280_000 }, async () => {
    await browser.goto(`${site}demos/approval.html`);
    await browser.wait(`!document.getElementById("run").disabled`);
    await browser.run(
      `document.getElementById("input").value = "the old pier"; document.getElementById("run").click();`,
    );
    await browser.wait(`document.getElementById("source").dataset.source === "live" && ${ASKED}`);
    await browser.goto(`${site}demos/approval.html`);
    await browser.wait(`document.getElementById("source").dataset.source === "restored"`);

    assert.match(await browser.wait(ASKED), /old pier/);
  });
});
