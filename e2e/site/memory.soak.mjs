// Memory after a hundred runs of every demo's kind, and a run of twenty thousand steps.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { launch, ready, run, told, visit } from "./visits.mjs";

describe("a long time in one tab", () => {
  let browser;
  before(async () => (browser = await launch()));
  after(() => browser?.close());

  for (const name of ["counter", "mapreduce"]) {
    test(
      `a hundred runs of ${name} leave the page as small as ten`,
      {
        timeout: 900_000,
      },
      async (t) => {
        const { context, page } = await visit(browser, `demos/${name}.html`);
        await ready(page);
        await page.evaluate(() => document.getElementById("graph").setAttribute("pace", "0"));
        const client = await context.newCDPSession(page);
        const sizes = [];
        for (let count = 1; count <= 100; count++) {
          await run(page);
          await told(page, "done");
          if (count % 10 > 0) continue;
          await client.send("HeapProfiler.collectGarbage");
          sizes.push((await client.send("Runtime.getHeapUsage")).usedSize / 1e6);
        }
        t.diagnostic(`MB after every ten runs: ${sizes.map((size) => size.toFixed(1)).join(", ")}`);
        assert.ok(sizes.at(-1) - sizes[0] < 5);
        await context.close();
      },
    );
  }
});
