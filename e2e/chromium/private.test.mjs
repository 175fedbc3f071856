// Where nothing lasts: a private window, and a browser that was told to keep nothing of sites.

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";

import { AT_SITE, load, Profile, state } from "./stored.mjs";

describe("a page that the browser keeps little for", () => {
  let profile;
  beforeEach(() => (profile = new Profile()));
  afterEach(() => profile.close());

  for (const storage of ["indexeddb", "opfs"]) {
    test(`${storage} in a private window lasts as long as the window, and leaves no file`, async () => {
      const page = await profile.openPrivate();
      await load(page, { storage });
      await page.evaluate(() => globalThis.graph.invoke({ n: 0, goal: 3 }, { thread: "1" }));
      await page.goto(AT_SITE);
      await load(page, { storage });
      const found = await state(page);
      const written = profile.files();
      await profile.kill();
      const next = await profile.openPrivate();
      await load(next, { storage });

      assert.deepEqual([found.values.n, found.next], [3, []]);
      assert.deepEqual(written, []);
      assert.deepEqual(await next.evaluate(() => globalThis.graph.threads()), []);
    });
  }

  test("the snapshot of a private window serves its next start, and is gone with it", async () => {
    const page = await profile.openPrivate();
    await load(page, { storage: "memory" });
    const kept = await page.evaluate(() => globalThis.anystep.kept);
    await page.goto(AT_SITE);
    await load(page, { storage: "memory" });
    const again = await page.evaluate(() => globalThis.anystep.started);
    const written = profile.files();
    await profile.kill();
    const next = await profile.openPrivate();
    await load(next, { storage: "memory" });

    assert.equal(kept.kept, true, kept.reason);
    assert.equal(again.restored, true, again.reason);
    assert.deepEqual(written, []);
    const { restored, reason } = await next.evaluate(() => globalThis.anystep.started);
    assert.deepEqual([restored, reason], [false, "none was kept yet"]);
  });

  test("where site data is blocked the storage says so by name, and memory serves", async () => {
    profile.blockSiteData();
    const page = await profile.open();
    const told = {};
    for (const storage of ["indexeddb", "opfs"]) {
      told[storage] = await load(page, { storage }).catch(({ message }) => message);
    }
    await load(page, { storage: "memory" });
    const { values } = await page.evaluate(() =>
      globalThis.graph.invoke({ n: 0, goal: 3 }, { thread: "1" }),
    );
    const { started, kept } = await page.evaluate(async () => ({
      started: globalThis.anystep.started,
      kept: await globalThis.anystep.kept,
    }));

    assert.match(told.indexeddb, /the storage 'anystep': this page cannot store.*InMemorySaver/);
    assert.match(told.opfs, /the file 'anystep': this page cannot store anything.*InMemorySaver/);
    assert.equal(values.n, 3);
    assert.equal(started.restored, false);
    assert.equal(started.reason, "this browser keeps no files for this page");
    assert.deepEqual(kept, { kept: false, bytes: 0, reason: started.reason });
  });
});
