// The same demos in Firefox, over WebDriver BiDi.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { lane, require, site } from "./visits.mjs";

// The last Playwright whose BiDi speaks with the Firefox of Debian.
const { firefox } = require("playwright-firefox-bidi");

const RESULTS = {
  analysis: ({ word_count }) => assert.equal(word_count, 15),
  counter: ({ path }) => assert.deepEqual(path, [6, 3, 10, 5, 16, 8, 4, 2, 1]),
  mapreduce: ({ report }) =>
    assert.equal(report, "33 words in 4 lines; the longest is 'north-west'."),
  chat: ({ messages }) => assert.match(messages.at(-1).content, /32 metres higher/),
};

describe("the demos in Firefox", () => {
  let browser;
  let page;
  before(async () => {
    browser = await firefox.launch({ channel: "moz-firefox", executablePath: lane.firefox });
    page = await browser.newPage();
  });
  after(() => browser?.close());

  for (const name of Object.keys(RESULTS)) {
    test(`${name} runs and gives its result`, async () => {
      await page.goto(`${site}demos/${name}.html`);
      await page.waitForSelector("#run:enabled", { timeout: 120_000 });
      await page.evaluate(() => {
        globalThis.result = null;
        addEventListener("anystep-done", ({ detail }) => (globalThis.result = detail.values));
        document.getElementById("graph").setAttribute("pace", "0");
      });
      await page.click("#run");
      const handle = await page.waitForFunction(() => globalThis.result, null, { timeout: 60_000 });

      RESULTS[name](await handle.jsonValue());
    });
  }

  test("approval is left in the middle and taken up after a reload", async () => {
    await page.goto(`${site}demos/approval.html`);
    await page.waitForSelector("#run:enabled", { timeout: 120_000 });
    await page.click("#run");
    await page.waitForFunction(
      () => document.querySelector("anystep-graph").shadowRoot.querySelector(".question button"),
      null,
      { timeout: 60_000 },
    );
    await page.goto(`${site}demos/analysis.html`);
    await page.goto(`${site}demos/approval.html`);
    await page.waitForSelector('#source[data-source="restored"]', { timeout: 120_000 });
    const asked = await page.waitForFunction(
      () => document.querySelector("anystep-graph").shadowRoot.querySelector(".asked")?.textContent,
      null,
      { timeout: 60_000 },
    );

    assert.match(await asked.jsonValue(), /Is this draft good enough/);
  });

  test("a start is restored from the snapshot that the one before has left", async () => {
    await page.goto(`${site}runtime/manifest.json`);
    const visits = await page.evaluate(async (site) => {
      const { forgetSnapshots, start } = await import(`${site}anystep/index.js`);
      await forgetSnapshots();
      const source = "import secrets\n\ndef draw(_):\n    return secrets.token_hex(8)\n";
      const seen = [];
      for (let visit = 0; visit < 3; visit++) {
        const anystep = await start({ runtime: `${site}runtime/` });
        await anystep.module({ name: "program", source });
        seen.push([anystep.started.restored, await anystep.call("program", "draw")]);
        await anystep.kept;
        anystep.close();
      }
      return seen;
    }, site);

    assert.deepEqual(
      visits.map(([restored]) => restored),
      [false, true, true],
    );
    assert.equal(new Set(visits.map(([, drawn]) => drawn)).size, 3);
  });
});
