// A private window of Firefox: threads last as long as the window, and there are no private files.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { AT_SITE, load, state } from "../chromium/stored.mjs";
import { lane, ready, require, site } from "./visits.mjs";

const { firefox } = require("playwright-firefox-bidi");

describe("a private window of Firefox", { timeout: 240_000 }, () => {
  const profile = mkdtempSync(join(tmpdir(), "anystep-firefox-"));
  let context;
  before(async () => {
    context = await firefox.launchPersistentContext(profile, {
      channel: "moz-firefox",
      executablePath: lane.firefox,
      firefoxUserPrefs: { "browser.privatebrowsing.autostart": true },
    });
  });
  after(async () => {
    await context?.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });

  test("IndexedDB keeps a thread over a reload; no snapshot is kept, and it is told why", async () => {
    const page = await context.newPage();
    await page.goto(AT_SITE);
    await load(page);
    await page.evaluate(() => globalThis.graph.invoke({ n: 0, goal: 3 }, { thread: "1" }));
    await page.goto(AT_SITE);
    await load(page);
    const found = await state(page);
    const { started, kept } = await page.evaluate(async () => ({
      started: globalThis.anystep.started,
      kept: await globalThis.anystep.kept,
    }));
    await page.close();

    assert.deepEqual([found.values.n, found.next], [3, []]);
    assert.equal(started.restored, false);
    assert.equal(started.reason, "this browser keeps no files for this page");
    assert.deepEqual(kept, { kept: false, bytes: 0, reason: started.reason });
  });

  test("private files are refused by name, with what to use instead", async () => {
    const page = await context.newPage();
    await page.goto(AT_SITE);
    const told = await load(page, { storage: "opfs" }).catch(({ message }) => message);
    await page.close();

    assert.match(told, /the file 'anystep'.*gives it no private files.*InMemorySaver/);
  });

  test("a demo runs, and takes up its thread after a reload", async () => {
    const page = await context.newPage();
    await page.goto(`${site}demos/approval.html`);
    await ready(page);
    await page.click("#run");
    await page.waitForSelector("anystep-graph .question:not([hidden]) button", { timeout: 60_000 });
    await page.waitForSelector('#source[data-source="live"]');
    await page.reload();
    await page.waitForSelector('#source[data-source="restored"]', { timeout: 90_000 });
    const asked = await page.textContent("anystep-graph .asked");
    await page.close();

    assert.match(asked, /Is this draft good enough/);
  });
});
