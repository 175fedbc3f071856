// What a tab keeps, in Firefox: the tests of the storage inside a page's worker, reloads, two tabs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";

import { load, state, twoTabsOnAFile } from "../chromium/stored.mjs";
import { lane, require, site } from "./visits.mjs";

const { firefox } = require("playwright-firefox-bidi");

describe("the storage in Firefox", () => {
  let browser;
  let context;
  before(async () => {
    browser = await firefox.launch({ channel: "moz-firefox", executablePath: lane.firefox });
    context = await browser.newContext();
  });
  after(() => browser?.close());

  async function newPage() {
    const page = await context.newPage();
    await page.goto(`${site}runtime/manifest.json`);
    return page;
  }

  test("its own tests pass, on IndexedDB and on private files", { timeout: 600_000 }, async () => {
    const page = await newPage();
    const inside = readFileSync(lane.tests.inside, "utf8");
    const counts = JSON.parse(await page.evaluate(runTests, { ...lane.tests, site, inside }));
    console.log(`[site] tests of the storage in Firefox: ${counts.passed} passed`);

    assert.equal(counts.failed, 0, JSON.stringify(counts));
    assert.equal(counts.exit, 0, JSON.stringify(counts));
    assert.ok(counts.files["tests/web/browser/test_opfs_saver.py"] > 0);
  });

  test("a thread goes on after a reload in mid-run", { timeout: 120_000 }, async () => {
    const page = await newPage();
    await load(page);
    const acked = await page.evaluate(async () => {
      const options = { thread: "1", modes: ["checkpoints"], recursionLimit: 100_000 };
      for await (const { data } of globalThis.graph.stream({ n: 0, goal: 1_000_000 }, options)) {
        if (data.metadata.step === 20) return data.metadata.step;
      }
    });
    await page.goto(`${site}runtime/manifest.json`);
    await load(page);
    const found = await state(page);
    await page.close();

    assert.ok(found.step >= acked, `step ${acked} was acknowledged, ${found.step} is there`);
    assert.deepEqual(found.next, ["up"]);
  });

  test(
    "the second tab is told that the first one has the thread",
    { timeout: 120_000 },
    async () => {
      const [page, other] = [await newPage(), await newPage()];
      await load(page);
      await load(other);
      await page.evaluate(async () => {
        const options = { thread: "2", modes: ["values"] };
        globalThis.events = globalThis.graph.stream({ n: 0, goal: 5 }, options);
        await globalThis.events.next();
      });
      const told = await other.evaluate(async () => {
        try {
          await globalThis.graph.invoke(null, { thread: "2" });
        } catch ({ code }) {
          return code;
        }
      });
      const waiting = other.evaluate(() =>
        globalThis.graph.invoke(null, { thread: "2", wait: true }),
      );
      await page.evaluate(async () => {
        for await (const _ of globalThis.events);
      });
      const waited = await waiting;

      assert.equal(told, "THREAD_CONFLICT");
      assert.equal(waited.values.n, 5);
    },
  );

  test(
    "of two tabs on one private file the second is told, and goes on when it is free",
    { timeout: 120_000 },
    async () => await twoTabsOnAFile(await newPage(), newPage),
  );
});

// In the page: start Python, give it the tests, and let it run those of the storage.
async function runTests({ site, wheels, archive, inside, excluded }) {
  const { start } = await import(`${site}anystep/index.js`);
  const anystep = await start({ runtime: `${site}runtime/` });
  await anystep.packages(wheels);
  await anystep.unpack(archive, "/repo");
  await anystep.module({ name: "inside", source: inside });
  const only = ["tests/web/browser"];
  return await anystep.call(
    "inside",
    "run_tests",
    JSON.stringify({ repo: "/repo", excluded, only }),
  );
}
