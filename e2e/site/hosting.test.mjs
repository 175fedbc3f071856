// Where the site is served: below any path, slowly, and then not at all; and what it weighs.

import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";

import { HURRIED, lane, launch, ready, run, site, told } from "./visits.mjs";

const MEGABIT = 1e6 / 8;
/** Milliseconds from navigation to the first finished graph where Python's memory was kept. */
const WARM = 1_000;

describe("the site as files", () => {
  test("weighs no more than 300 kB compressed besides Pyodide, its wheels, PyScript and the editor", (t) => {
    const others = new Set(["editor.js", "files.json"]);
    let weight = 0;
    for (const path of walk(lane.folder)) {
      if (!/^(runtime|pyscript\/core)\//.test(path) && !others.has(path)) {
        weight += gzipSync(readFileSync(join(lane.folder, path)), { level: 9 }).length;
      }
    }
    for (const name of readdirSync(join(lane.folder, "runtime")).filter((one) =>
      one.startsWith("manifest"),
    )) {
      weight += statSync(join(lane.folder, "runtime", name)).size;
    }
    t.diagnostic(`${(weight / 1000).toFixed(0)} kB, all pages together`);
    assert.ok(weight < 300_000, `${weight} bytes`);
  });

  test("names no other origin that a page would fetch from", () => {
    for (const path of walk(lane.folder)) {
      if (!/\.(html|css)$/.test(path)) continue;
      const text = readFileSync(join(lane.folder, path), "utf8");
      const fetched = [
        ...text.matchAll(
          /<(?:script|link|img|iframe)\b[^>]*?(?:src|href)="([^"]*)"|url\(([^)]*)\)/g,
        ),
      ];
      for (const [, address, inside] of fetched) {
        assert.doesNotMatch(address ?? inside, /^(?:[a-z]+:)?\/\//, path);
      }
    }
  });
});

describe("the site on a network", () => {
  test("at 20 Mbit/s the graph is painted in 1.5 s, and Python follows behind it", async (t) => {
    const browser = await launch(t);
    const context = await browser.newContext(HURRIED);
    const page = await context.newPage();
    const client = await context.newCDPSession(page);
    await client.send("Network.enable");
    await client.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 40,
      downloadThroughput: 20 * MEGABIT,
      uploadThroughput: 20 * MEGABIT,
    });
    await page.goto(site, { waitUntil: "commit" });
    await page.waitForSelector("anystep-graph .node");
    const shown = await page.evaluate(() => performance.now());
    const paint = await page.evaluate(
      () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
    );
    await page.waitForFunction(
      () => performance.getEntriesByName("python-ready").length > 0,
      null,
      { timeout: 90_000 },
    );
    const python = await page.evaluate(
      () => performance.getEntriesByName("python-ready")[0].startTime,
    );

    t.diagnostic(
      `first paint ${seconds(paint)}, graph drawn ${seconds(shown)}, Python ready ${seconds(python)}`,
    );
    assert.ok(shown < lane.patience * 1_500, `the graph took ${shown} ms`);
  });

  test("cold, warm and kept: what it takes from navigation to the first finished graph", async (t) => {
    const browser = await launch(t);
    const context = await browser.newContext(HURRIED);
    const page = await context.newPage();
    await page.addInitScript(runAtOnce);
    const asked = [];
    context.on("response", (response) => asked.push(response));
    const visits = {};
    let best = Infinity;
    for (const kind of ["cold", "warm", ...Array(5).fill("kept")]) {
      // Another program can only add to what a visit takes.
      if (visits.kept && best < lane.patience * WARM) break;
      asked.length = 0;
      await page.goto(`${site}demos/analysis.html`);
      const handle = await page.waitForFunction(() => globalThis.finished, null, {
        timeout: 60_000,
        polling: 20,
      });
      const finished = await handle.jsonValue();
      const ours = asked.filter(
        (response) => response.url().startsWith(site) && !/files\.json|sw\.js/.test(response.url()),
      );
      const network = ours.filter(
        (response) => !response.fromServiceWorker() && !response.request().serviceWorker(),
      );
      if (kind !== "cold") best = Math.min(best, finished);
      const from = await page.textContent(".runtime-text");
      visits[kind] = {
        network: network.length,
        restored: from.includes("kept in this browser"),
      };
      t.diagnostic(
        `${kind} ${seconds(finished)}, ${ours.length} answers, ${network.length} of them from the network`,
      );
      // Made in the background, some seconds later.
      if (kind === "cold")
        await page.waitForFunction(
          () => document.querySelector(".runtime-text").textContent.includes("kept for"),
          null,
          { timeout: 90_000 },
        );
      // The worker of the site has everything when it takes over the page.
      if (kind === "warm")
        await page.waitForFunction(() => navigator.serviceWorker.controller !== null, null, {
          timeout: 90_000,
        });
    }
    const wheels = asked
      .filter((response) => response.url().endsWith(".whl"))
      .map((response) => response.url().split("/").at(-1));

    assert.deepEqual(
      wheels.filter((name) => !name.startsWith("msgpack-")),
      [],
      "what no program asked for",
    );
    assert.ok(visits.cold.network < 60, `${visits.cold.network} files`);
    assert.equal(visits.kept.network, 0, "the second visit needs no network");
    assert.deepEqual(
      [visits.cold, visits.warm, visits.kept].map(({ restored }) => restored),
      [false, true, true],
    );
    assert.ok(best < lane.patience * WARM, `a warm start took ${best} ms`);
  });

  test("a start downloads seven files of Python, and no more bytes than that", (t) => {
    const manifest = JSON.parse(
      readFileSync(join(lane.folder, "runtime", "manifest.json"), "utf8"),
    );
    const packed = Object.keys(manifest.files).map(
      (name) => gzipSync(readFileSync(join(lane.folder, "runtime", name))).length,
    );
    const sum = packed.reduce((total, size) => total + size, 0);

    t.diagnostic(
      `${(lane.bytes / 1e6).toFixed(1)} MB, ${(sum / 1e6).toFixed(1)} MB compressed by gzip`,
    );
    assert.equal(packed.length, 7);
    assert.ok(sum < 10.6e6, `${sum} bytes`);
  });

  test("after the first visit every page and demo works offline", async (t) => {
    const browser = await launch(t);
    const context = await browser.newContext(HURRIED);
    const page = await context.newPage();
    await page.goto(`${site}demos/analysis.html`);
    await ready(page);
    // The worker is there when it has kept everything.
    await page.evaluate(
      () => navigator.serviceWorker.ready.then(({ active }) => active.state),
      null,
    );
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null, null, {
      timeout: 90_000,
    });
    await context.setOffline(true);

    for (const name of ["counter", "chat"]) {
      await page.goto(`${site}demos/${name}.html`);
      await page.evaluate(() => {
        globalThis.told = [];
        addEventListener("anystep-done", () =>
          globalThis.told.push({ name: "done", detail: true }),
        );
      });
      await ready(page);
      await run(page);
      assert.equal(await told(page, "done"), true, name);
    }
    await page.goto(site);
    await page.waitForSelector("anystep-graph .node");
    await page.goto(`${site}docs/`);
    assert.match(await page.textContent("h1"), /anystep/);
    await page.goto(`${site}demos/counter.html`);
    await page.click("#edit");
    await page.waitForSelector(".editor .cm-content");
  });
});

function* walk(folder, below = "") {
  for (const name of readdirSync(join(folder, below))) {
    const path = below ? `${below}/${name}` : name;
    if (statSync(join(folder, path)).isDirectory()) yield* walk(folder, path);
    else yield path;
  }
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

// In the page, before its scripts: run the graph as soon as that can be done, and note when it is over.
function runAtOnce() {
  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("run");
    document.getElementById("graph").setAttribute("pace", "0");
    let pressed = false;
    new MutationObserver(() => {
      if (button.disabled || pressed) return;
      pressed = true;
      addEventListener("anystep-done", () => (globalThis.finished = performance.now()));
      button.click();
    }).observe(button, { attributes: true });
  });
}
