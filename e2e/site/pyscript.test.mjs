// Graphs in PyScript: on the main thread, in a worker, with and without help, on a host that sends no headers.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { HURRIED, launch, openPage, screenshot, told, violations, visit, lane } from "./visits.mjs";

const own = (page) => new URL(page, lane.own).href;

describe("PyScript", () => {
  let browser;
  before(async () => (browser = await launch()));
  after(() => browser?.close());

  for (const [name, path] of [
    ["the main thread", "pyscript/index.html"],
    ["a worker", "pyscript/worker.html"],
  ]) {
    test(
      `a graph on ${name} is drawn, asks, and goes on with the answer`,
      {
        timeout: 180_000,
      },
      async (t) => {
        const { context, page, outside, complaints } = await visit(browser, path);
        await page.waitForSelector("#go:enabled", { timeout: 120_000 });
        const ready = await page.evaluate(() => performance.now());
        await page.fill("#text", "the wind went round at four");
        await page.click("#go");
        await page.waitForSelector("anystep-graph .question:not([hidden]) button", {
          timeout: 60_000,
        });
        assert.match(
          await page.textContent("anystep-graph .asked"),
          /6 words\. What shall they be called\?/,
        );
        assert.equal(await page.locator("anystep-graph .node.step").count(), 3);
        assert.equal(
          await page.locator('anystep-graph .node[data-state="interrupted"]').count(),
          1,
        );
        assert.deepEqual(await violations(page), []);
        await page.click('anystep-graph .question button >> text="The wind went"');
        const { values } = await told(page, "done");
        const stored = await page.evaluate(() => indexedDB.databases());
        t.diagnostic(`PyScript on ${name} is ready after ${(ready / 1000).toFixed(1)} s`);

        assert.deepEqual(values.card, "The wind went (6 words)");
        assert.ok(
          stored.some(({ name }) => name === "pyscript"),
          "threads are in IndexedDB",
        );
        assert.equal(await page.evaluate(() => crossOriginIsolated), false, "no header was needed");
        assert.deepEqual(outside, []);
        assert.deepEqual(
          complaints.filter((text) => !text.includes("SharedArrayBuffer")),
          [],
        );
        for (const [width, height] of [
          [1280, 900],
          [390, 844],
        ]) {
          await page.setViewportSize({ width, height });
          await screenshot(
            page,
            `pyscript-${path.includes("worker") ? "worker" : "main"}-${width}`,
            {
              fullPage: true,
            },
          );
        }
        await context.close();
      },
    );
  }

  test("Run does it again, and another thread is kept", { timeout: 180_000 }, async () => {
    const { context, page } = await visit(browser, "pyscript/worker.html", HURRIED);
    await page.waitForSelector("#go:enabled", { timeout: 120_000 });
    const cards = [];
    for (const text of ["one two", "one two three"]) {
      await page.fill("#text", text);
      await page.click("#go");
      await page.waitForSelector("anystep-graph .question:not([hidden]) button", {
        timeout: 60_000,
      });
      await page.click('anystep-graph .question button >> text="Untitled"');
      cards.push((await told(page, "done")).values.card);
    }

    assert.deepEqual(cards, ["Untitled (2 words)", "Untitled (3 words)"]);
    await context.close();
  });

  for (const [name, path] of [
    ["as it is written", "scripted.html"],
    ["in a worker with a service worker", "scripted-worker.html"],
  ]) {
    test(`the page of the documentation works ${name}`, { timeout: 180_000 }, async () => {
      const { context, page, outside } = await openPage(browser, HURRIED);
      await page.goto(own(path));
      await page.waitForFunction(
        () => document.querySelector("anystep-graph").values?.loud === "HELLO",
        null,
        { timeout: 120_000 },
      );

      assert.equal(await page.locator("anystep-graph .node.step").count(), 1);
      assert.equal(await page.evaluate(() => crossOriginIsolated), false);
      assert.deepEqual(outside, []);
      await context.close();
    });
  }
});
