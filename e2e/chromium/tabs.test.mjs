// Two tabs, one storage: a file that one tab has at a time, and a layout that a newer anystep changes.

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";

import { AT_SITE, load, Profile, startAgain, state, twoTabsOnAFile } from "./stored.mjs";

describe("two tabs with one storage", { timeout: 240_000 }, () => {
  let profile;
  let page;
  beforeEach(async () => {
    profile = new Profile();
    page = await profile.open();
  });
  afterEach(() => profile.close());

  test("of two tabs on one private file the second is told, and goes on when it is free", () =>
    twoTabsOnAFile(page, () => profile.page()));

  test("a tab that the file's owner makes room for waits, and nothing moves back", async () => {
    const other = await profile.page();
    await load(page, { storage: "opfs" });
    const acked = await stepsUntil(page, 20);
    const starting = load(other, { storage: "opfs" });
    await page.close();
    await starting;
    const found = await state(other);

    assert.ok(found.step >= acked, `step ${acked} was acknowledged, ${found.step} is there`);
    assert.deepEqual(found.next, ["up"]);
  });

  test("a newer layout takes the storage over from a run in another tab, and goes on", async () => {
    await load(page);
    const acked = await stepsUntil(page, 20);
    const newer = await newerPage();
    await load(newer);
    const found = await state(newer);
    const { code, message } = await page.evaluate(async () => {
      try {
        for await (const _ of globalThis.events);
      } catch ({ code, message }) {
        return { code, message };
      }
    });
    await newer.evaluate((goal) => globalThis.graph.updateState("1", { goal }), found.values.n + 3);
    const done = await newer.evaluate(() => globalThis.graph.invoke(null, { thread: "1" }));

    assert.ok(found.step >= acked, `step ${acked} was acknowledged, ${found.step} is there`);
    assert.equal(code, "STORAGE_CLOSED");
    assert.match(message, /another tab brought a newer layout.*Reload the page/);
    assert.equal(done.values.n, found.values.n + 3);
  });

  test("an upgrade that another tab blocks is told so, and goes on once that tab is closed", async () => {
    await load(page);
    await page.evaluate(() => globalThis.graph.invoke({ n: 0, goal: 3 }, { thread: "1" }));
    await page.goto(AT_SITE);
    // It holds the layout of today, and does not listen.
    await page.evaluate(async () => {
      const opening = indexedDB.open("anystep");
      globalThis.held = await new Promise((resolve) => {
        opening.onsuccess = () => resolve(opening.result);
      });
    });
    const newer = await newerPage();
    const atStart = await load(newer).catch(({ message }) => message);
    await load(newer, { storage: "memory" });
    await newer.evaluate((source) => globalThis.anystep.module({ name: "look", source }), LOOK);
    const look = () =>
      newer.evaluate(() =>
        globalThis.anystep.call("look", "look").catch(({ code, message }) => ({ code, message })),
      );
    const [told, toldAgain] = [await look(), await look()];
    const waiting = look();
    await page.close();

    assert.match(atStart, /the storage 'anystep': another tab holds.*Close or reload the other/);
    assert.equal(told.code, "STORAGE_BLOCKED", JSON.stringify(told));
    assert.deepEqual(toldAgain, told);
    assert.equal(await waiting, 3);
    await startAgain(newer);
    assert.equal((await state(newer)).values.n, 3);
  });

  /** Run a thread that has far to go in steps, until one is acknowledged; that one. */
  function stepsUntil(page, enough) {
    return page.evaluate(async (enough) => {
      const options = { thread: "1", modes: ["checkpoints"], recursionLimit: 100_000 };
      globalThis.events = globalThis.graph.stream({ n: 0, goal: 1_000_000 }, options);
      for (;;) {
        const { value } = await globalThis.events.next();
        if (value.data.metadata.step === enough) return enough;
      }
    }, enough);
  }

  /** A tab with an anystep of tomorrow, whose layout has one more store. */
  async function newerPage() {
    const newer = await profile.page();
    await newer.route("**/anystep/database.js", async (route) => {
      const body = await (await route.fetch()).text();
      const changed = body
        .replace("const VERSION = 1;", "const VERSION = 2;")
        .replace(
          /(const UPGRADES = \[[\s\S]*?)\n\];/,
          '$1\n(db) => db.createObjectStore("more"),\n];',
        );
      assert.notEqual(changed, body);
      await route.fulfill({ contentType: "text/javascript", body: changed });
    });
    return newer;
  }
});

const LOOK = `
from anystep.web import IndexedDBSaver

saver = IndexedDBSaver()

async def look(_):
    found = await saver.aget_tuple({"configurable": {"thread_id": "1"}})
    return found.checkpoint["channel_values"]["n"]
`;
