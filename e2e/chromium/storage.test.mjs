// Threads in IndexedDB, in a real browser with a real profile: two tabs, no room, cancelling, what a step costs.

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";

import { lane, site } from "./browser.mjs";
import { load, Profile, state } from "./stored.mjs";

describe("a thread in the browser's storage", () => {
  let profile;
  let page;

  beforeEach(async () => {
    profile = new Profile();
    page = await profile.open();
  });
  afterEach(() => profile.close());

  test("the second tab is told, or waits, and a finished thread never moves back", async () => {
    const other = await profile.page();
    await Promise.all([load(page), load(other)]);
    await page.evaluate(async () => {
      globalThis.events = globalThis.graph.stream(
        { n: 0, goal: 5 },
        { thread: "1", modes: ["values"] },
      );
      await globalThis.events.next();
    });
    const told = await other.evaluate(async () => {
      try {
        await globalThis.graph.invoke(null, { thread: "1" });
      } catch ({ name, type, code, message }) {
        return { name, type, code, message };
      }
    });
    const waiting = other.evaluate(() =>
      globalThis.graph.invoke(null, { thread: "1", wait: true }),
    );
    await page.evaluate(async () => {
      for await (const _ of globalThis.events);
    });
    const waited = await waiting;

    assert.equal(told.type, "ThreadConflictError");
    assert.equal(told.code, "THREAD_CONFLICT");
    assert.match(told.message, /thread '1' is running in another tab/);
    assert.equal(waited.values.n, 5);
    assert.deepEqual(waited.next, []);
    assert.deepEqual(await state(page), waited);
  });

  test(
    "without room the step is refused by name, and goes on when there is room",
    { timeout: 120_000 },
    async () => {
      await load(page);
      const devtools = await page.context().newCDPSession(page);
      const origin = new URL(site).origin;
      await devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 3_000_000 });
      const error = await page.evaluate(async () => {
        try {
          const options = { thread: "1", recursionLimit: 100_000, modes: ["values"] };
          for await (const _ of globalThis.graph.stream(
            { n: 0, goal: 2_000, size: 200_000 },
            options,
          ));
        } catch ({ name, type, code, message }) {
          return { name, type, code, message };
        }
      });
      const full = await state(page);
      await devtools.send("Storage.overrideQuotaForOrigin", { origin });
      const done = await page.evaluate(
        (goal) =>
          globalThis.graph
            .updateState("1", { goal, size: 10 })
            .then(() => globalThis.graph.invoke(null, { thread: "1", recursionLimit: 100_000 })),
        full.values.n + 3,
      );

      assert.equal(error.type, "StorageFullError", JSON.stringify(error));
      assert.equal(error.code, "STORAGE_FULL");
      assert.match(error.message, /thread '1'.*no room left/);
      assert.ok(full.values.n > 0);
      assert.equal(done.values.n, full.values.n + 3);
    },
  );

  test("an endless loop is cancelled by replacing its worker, and its thread goes on", async () => {
    await load(page);
    const outcome = await page.evaluate(async () => {
      const source = `
from anystep.graph import START, StateGraph

def spin(state):
    while state["stuck"]:
        pass
    return {"done": True}

graph = StateGraph(dict)
graph.add_node("first", lambda state: {**state, "first": True})
graph.add_node("spin", spin)
graph.add_edge(START, "first")
graph.add_edge("first", "spin")
`;
      const graph = await globalThis.anystep.load({ name: "stuck", source, attribute: "graph" });
      // Waited for: what the loop comes after is stored before the loop begins.
      const options = { thread: "stuck", durability: "sync" };
      const running = graph.invoke({ stuck: true }, options).catch(({ name }) => name);
      await new Promise((resolve) => setTimeout(resolve, 300));
      let frames = 0;
      const cancelling = graph.cancel("stuck", { grace: 300 });
      while (frames < 5)
        frames += await new Promise((drawn) => requestAnimationFrame(() => drawn(1)));
      const how = await cancelling;
      const found = await graph.getState("stuck");
      await graph.updateState("stuck", { stuck: false }, { asNode: "first" });
      const done = await graph.invoke(null, { thread: "stuck" });
      return { error: await running, frames, how, next: found.next, done: done.values };
    });

    assert.deepEqual(outcome, {
      error: "CancelledError",
      frames: 5,
      how: "replaced",
      next: ["spin"],
      done: { done: true },
    });
  });

  test("a run that listens is cancelled where it is; a signal does the same", async () => {
    await load(page);
    const outcome = await page.evaluate(async () => {
      const source = `
import asyncio
from anystep.graph import START, StateGraph

async def wait(state):
    await asyncio.sleep(3600)

graph = StateGraph(dict)
graph.add_node("wait", wait)
graph.add_edge(START, "wait")
`;
      const graph = await globalThis.anystep.load({ name: "slow", source, attribute: "graph" });
      const named = ({ name }) => name;
      const first = graph.invoke({}, { thread: "slow" }).catch(named);
      await new Promise((resolve) => setTimeout(resolve, 100));
      const how = await graph.cancel("slow", { grace: 20_000 });
      const abort = new AbortController();
      const second = graph.invoke(null, { thread: "slow", signal: abort.signal }).catch(named);
      await new Promise((resolve) => setTimeout(resolve, 100));
      abort.abort();
      return { first: await first, how, second: await second, idle: await graph.cancel("slow") };
    });

    assert.deepEqual(outcome, {
      first: "CancelledError",
      how: "stopped",
      second: "CancelledError",
      idle: "idle",
    });
  });

  test(
    "a stored superstep costs little more than the raw put of its bytes",
    { timeout: 120_000 },
    async () => {
      await load(page);
      const { rounds, bytes } = await page.evaluate(measure, `${lane.extras}raw.js`);
      const of = (kind) => median(rounds.map((round) => round[kind]));
      const times = (kind) => rounds.map((round) => round[kind] / round.raw);
      const told = (kind) =>
        `${(of(kind) * 1000).toFixed(0)} µs, ${median(times(kind)).toFixed(2)} × (${Math.min(...times(kind)).toFixed(2)} to ${Math.max(...times(kind)).toFixed(2)})`;
      console.log(
        `[chromium] the raw put of a superstep's ${bytes} bytes ${(of("raw") * 1000).toFixed(0)} µs (median of ${rounds.length})`,
      );
      console.log(`[chromium] a stored superstep ${told("async")}`);
      console.log(`[chromium] the same, waited for (durability="sync") ${told("sync")}`);
      console.log(`[chromium] a superstep stored by sqlite3 in a private file ${told("opfs")}`);

      assert.ok(median(times("async")) < 2, "a stored superstep costs more than twice the raw put");
    },
  );

  test("threads are listed, forked, exported, deleted and imported again", async () => {
    await load(page);
    const outcome = await page.evaluate(async () => {
      const { graph } = globalThis;
      await graph.invoke({ n: 0, goal: 3 }, { thread: "a" });
      const history = await graph.history("a");
      const older = history.find(({ values }) => values.n === 1);
      const fork = await graph.fork("a", older.checkpoint, { n: 10, goal: 12 });
      const forked = await graph.invoke(null, { thread: "a" });
      const { data, sha256 } = await graph.exportThread("a");
      const before = await graph.threads();
      await graph.deleteThread("a");
      const between = await graph.threads();
      const id = await graph.importThread(data);
      const again = await graph.exportThread("a");
      return {
        steps: history.map(({ step }) => step),
        page: (await graph.history("a", { limit: 2 })).length,
        parent: fork.parent === older.checkpoint,
        n: forked.values.n,
        before,
        between,
        id,
        same: again.sha256 === sha256,
      };
    });

    assert.deepEqual(outcome, {
      steps: [3, 2, 1, 0, -1],
      page: 2,
      parent: true,
      n: 12,
      before: ["a"],
      between: [],
      id: "a",
      same: true,
    });
  });
});

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

// In a page: milliseconds per stored superstep, and per raw put of as many bytes. Many short rounds
// of each in turn, so that whatever else the machine does meets all of them alike.
async function measure(raw) {
  const source = `
import time
from counter import build
from anystep.web import IndexedDBSaver
from anystep.web.opfs import OPFSSaver

made = {}

async def setup(_):
    made["async"] = made["sync"] = build(IndexedDBSaver("measure"))
    made["opfs"] = build(await OPFSSaver.open("measure"))

async def steps(asked):
    kind = asked["kind"]
    graph = made[kind]
    config = {"configurable": {"thread_id": asked["thread"]}, "recursion_limit": 10_000}
    durability = "sync" if kind == "sync" else "async"
    await graph.ainvoke({"n": 0, "goal": 1}, config, durability=durability)
    begun = time.perf_counter()
    await graph.ainvoke({"n": 0, "goal": asked["steps"]}, config, durability=durability)
    return (time.perf_counter() - begun) * 1000 / asked["steps"]
`;
  const STEPS = 100;
  const call = (name, asked) => globalThis.anystep.call("measure", name, asked);
  await globalThis.anystep.module({ name: "measure", source });
  await call("setup");
  // In a worker, as the steps are.
  const worker = new Worker(raw, { type: "module" });
  const told = () => new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)));
  const rawPuts = (data, count) => {
    worker.postMessage({ data, count });
    return told();
  };
  await told();
  const steps = (kind, round) => call("steps", { kind, thread: `${kind} ${round}`, steps: STEPS });
  const rounds = [];
  let bytes = 0;
  for (let round = 0; round < 11; round += 1) {
    const stored = await steps("async", round);
    bytes ||= await recordSize();
    const put = await rawPuts(new Uint8Array(bytes), STEPS);
    rounds.push({
      async: stored,
      raw: put,
      sync: await steps("sync", round),
      opfs: await steps("opfs", round),
    });
  }
  return { rounds, bytes };

  async function recordSize() {
    const opening = indexedDB.open("measure");
    const db = await new Promise((resolve) => (opening.onsuccess = () => resolve(opening.result)));
    const all = db.transaction("records").objectStore("records").getAll();
    const records = await new Promise((resolve) => (all.onsuccess = () => resolve(all.result)));
    db.close();
    return Math.round(records.reduce((sum, { d }) => sum + d.length, 0) / records.length);
  }
}
