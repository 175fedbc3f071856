// The snapshot of Python's memory: what is restored works, is nobody else's, and can be done without.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { launch, openPage, site } from "./visits.mjs";

const PROGRAM = `
import random, secrets, sys, uuid
import msgpack
from anystep.web import IndexedDBSaver

def facts(_):
    return {
        "fresh": [random.random(), secrets.token_hex(8), str(uuid.uuid4())],
        "packer": msgpack.Packer.__module__,
        "environment": __import__("os").environ.get("MSGPACK_PUREPYTHON"),
        "rehearsal": "anystep_rehearsal" in sys.modules,
    }

async def stored(_):
    saver = IndexedDBSaver("anystep-snapshot-test")
    config = {"configurable": {"thread_id": "none"}}
    return [await saver.aget_tuple(config), saver.get_tuple(config)]

def model(_):
    import pydantic
    return type(pydantic.create_model("M", a=(int, ...))(a="1").a).__name__
`;

const GRAPH = `
from typing import TypedDict
from anystep.graph import StateGraph

class State(TypedDict, total=False):
    n: int

def count(state):
    while state["n"] < 0:
        pass
    return {"n": state["n"] + 1}

def build(saver):
    graph = StateGraph(State)
    graph.add_node("count", count)
    graph.set_entry_point("count")
    return graph.compile(checkpointer=saver)
`;

describe("a snapshot of Python", { timeout: 600_000 }, () => {
  let browser;
  let opened;
  let made;

  before(async () => {
    browser = await launch();
    opened = await openPage(browser);
    made = await started({});
  });
  after(() => browser?.close());

  /** Start Python in a fresh page, run the program's functions and a graph, and end it. */
  async function started({ calls = [], wait = false, options = {} }) {
    const { page } = opened;
    await page.goto(`${site}runtime/manifest.json`);
    return await page.evaluate(
      async ([site, PROGRAM, GRAPH, calls, wait, options]) => {
        const { start } = await import(`${site}anystep/index.js`);
        const anystep = await start({ runtime: `${site}runtime/`, ...options });
        await anystep.packages(calls.includes("model") ? ["pydantic"] : []);
        await anystep.module({ name: "program", source: PROGRAM });
        const said = {};
        for (const name of calls) said[name] = await anystep.call("program", name);
        const graph = await anystep.load({ name: "graph", source: GRAPH });
        const state = await graph.invoke({ n: 1 }, { thread: "1" });
        const kept = wait ? await anystep.kept : undefined;
        anystep.close();
        return { started: anystep.started, kept, said, state };
      },
      [site, PROGRAM, GRAPH, calls, wait || made === undefined, options],
    );
  }

  /** The files that the browser keeps, by name, with their sizes. */
  function files() {
    return opened.page.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      const found = {};
      for await (const [name, handle] of (
        await root.getDirectoryHandle("anystep-snapshots")
      ).entries()) {
        found[name] = (await handle.getFile()).size;
      }
      return found;
    });
  }

  test("is made once the first start has nothing to do, in a size that is told", async (t) => {
    assert.deepEqual(made.started, { restored: false, bytes: 0, reason: "none was kept yet" });
    assert.deepEqual(made.kept, { kept: true, bytes: made.kept.bytes, reason: "" });
    assert.deepEqual(Object.values(await files()), [made.kept.bytes]);
    t.diagnostic(`${(made.kept.bytes / 1e6).toFixed(1)} MB`);
    assert.ok(made.kept.bytes < 25e6);
  });

  test("a start that is restored runs graphs, compiled extensions, storage and further wheels", async () => {
    const { started: how, said, state } = await started({ calls: ["facts", "stored", "model"] });

    assert.deepEqual(how, { restored: true, bytes: made.kept.bytes, reason: "" });
    assert.equal(said.facts.packer, "msgpack._cmsgpack");
    assert.deepEqual([said.facts.environment, said.facts.rehearsal], [null, false]);
    assert.deepEqual(said.stored, [null, null]);
    assert.equal(said.model, "int");
    assert.deepEqual(state.values, { n: 2 });
  });

  test("two starts from one snapshot draw different numbers, secrets and ids", async () => {
    const [one, other] = [await started({ calls: ["facts"] }), await started({ calls: ["facts"] })];

    assert.ok(one.started.restored && other.started.restored);
    one.said.facts.fresh.forEach((drawn, at) => assert.notEqual(drawn, other.said.facts.fresh[at]));
    assert.notEqual(one.state.checkpoint, other.state.checkpoint);
  });

  test("an endless loop's worker is replaced by one that is restored", async (t) => {
    await opened.page.goto(`${site}runtime/manifest.json`);
    const [outcome, values, seconds] = await opened.page.evaluate(
      async ([site, GRAPH]) => {
        const { start } = await import(`${site}anystep/index.js`);
        const anystep = await start({ runtime: `${site}runtime/` });
        const graph = await anystep.load({ name: "graph", source: GRAPH });
        const endless = graph.invoke({ n: -1 }, { thread: "endless" }).catch(() => {});
        const begun = performance.now();
        const outcome = await graph.cancel("endless", { grace: 0 });
        await endless;
        const { values } = await graph.invoke({ n: 4 }, { thread: "other" });
        const seconds = (performance.now() - begun) / 1000;
        anystep.close();
        return [outcome, values, seconds];
      },
      [site, GRAPH],
    );

    t.diagnostic(`replaced, and a graph has run, in ${seconds.toFixed(2)} s`);
    assert.deepEqual([outcome, values], ["replaced", { n: 5 }]);
  });

  test("another runtime has another snapshot, which takes the place of the first", async () => {
    // The same manifest to a program, another text.
    const respace = async (route) =>
      route.fulfill({ body: `${await (await route.fetch()).text()} ` });
    await opened.context.route("**/manifest.json", respace);
    const { started: how, kept } = await started({ wait: true });
    await opened.context.unroute("**/manifest.json", respace);

    assert.equal(how.reason, "the one that was kept is of another runtime or browser");
    assert.equal(kept.kept, true, kept.reason);
    assert.deepEqual(Object.values(await files()), [kept.bytes]);
    // It was of the same runtime but for a space: now that one's is gone.
    assert.equal((await started({})).started.reason, how.reason);
  });

  test("one that is damaged is thrown away, and Python starts from its files", async () => {
    assert.equal((await started({ wait: true })).kept.kept, true);
    await opened.page.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      const folder = await root.getDirectoryHandle("anystep-snapshots");
      for await (const handle of folder.values()) {
        const writer = await handle.createWritable({ keepExistingData: true });
        await writer.write({
          type: "write",
          position: 5_000_000,
          data: Uint8Array.of(1, 2, 3, 4, 5),
        });
        await writer.close();
      }
    });
    const { started: how, state } = await started({});

    assert.deepEqual(how, {
      restored: false,
      bytes: 0,
      reason: "the one that was kept is damaged",
    });
    assert.deepEqual(state.values, { n: 2 });
    assert.deepEqual(await files(), {});
  });

  test("one whose beginning is damaged is no reason to stop either", async () => {
    await opened.page.goto(`${site}runtime/manifest.json`);
    const heads = ['{"depends": 1, "length": 1e12, "pages": [0], "files": []}', "not JSON", ""];
    for (const head of heads) {
      await opened.page.evaluate(
        async ([site, head]) => {
          const { sha256 } = await import(`${site}anystep/snapshot.js`);
          const name = await sha256(new TextEncoder().encode(`${site}runtime/`));
          const root = await navigator.storage.getDirectory();
          const folder = await root.getDirectoryHandle("anystep-snapshots", { create: true });
          const writer = await (
            await folder.getFileHandle(name, { create: true })
          ).createWritable();
          const text = new TextEncoder().encode(head);
          await writer.write(new Blob([new Uint8Array(32), Uint32Array.of(text.length), text]));
          await writer.close();
        },
        [site, head],
      );
      const { started: how, state } = await started({});
      assert.equal(how.reason, "the one that was kept is damaged");
      assert.deepEqual([state.values, await files()], [{ n: 2 }, {}]);
    }
  });

  test("a page that begins early gets the one that was begun, and no other", async () => {
    const early = async (runtime, options) => {
      await opened.page.goto(`${site}runtime/manifest.json`);
      await opened.page.evaluate(
        ([site, runtime]) =>
          new Promise((resolve, reject) => {
            const script = document.createElement("script");
            script.dataset.runtime = runtime;
            script.src = `${site}anystep/early.js`;
            script.addEventListener("load", resolve);
            script.addEventListener("error", reject);
            document.head.append(script);
          }),
        [site, runtime],
      );
      return await opened.page.evaluate(
        async ([site, options]) => {
          const begun = globalThis.anystepEarly.worker;
          let ended = false;
          begun.terminate = () => {
            ended = true;
            Worker.prototype.terminate.call(begun);
          };
          const { start } = await import(`${site}anystep/index.js`);
          const steps = [];
          const onProgress = ({ phase }) => steps.push(phase);
          const anystep = await start({ runtime: `${site}runtime/`, onProgress, ...options });
          const was = ended;
          anystep.close();
          return [
            anystep.started.restored,
            was,
            ended,
            steps.includes("restore"),
            "anystepEarly" in globalThis,
          ];
        },
        [site, options],
      );
    };
    assert.equal((await started({ wait: true })).kept.kept, true);

    assert.deepEqual(await early(`${site}runtime/`, {}), [true, false, true, true, false]);
    assert.deepEqual(await early(`${site}elsewhere/`, {}), [true, true, true, true, false]);
    assert.deepEqual(await early(`${site}runtime/`, { snapshot: false }), [
      false,
      true,
      true,
      false,
      false,
    ]);
  });

  test("one that cannot be restored is refused once, and not made again", async () => {
    await opened.page.goto(`${site}runtime/manifest.json`);
    await opened.page.evaluate(async (site) => {
      const { dependencies, keepSnapshot } = await import(`${site}anystep/snapshot.js`);
      const base = `${site}runtime/`;
      const depends = await dependencies(await (await fetch(`${base}manifest.json`)).text());
      await keepSnapshot(base, { depends, heap: new Uint8Array(32 * 2 ** 20).fill(7), files: [] });
    }, site);
    const first = await started({});
    const second = await started({ wait: true });

    assert.match(first.started.reason, /invalid magic number/);
    assert.deepEqual([first.state.values, second.state.values], [{ n: 2 }, { n: 2 }]);
    assert.equal(second.started.reason, first.started.reason);
    assert.equal(second.kept.kept, false);
  });

  test("none is used, made or left where the page does not want one", async () => {
    const { started: how, kept } = await started({ wait: true, options: { snapshot: false } });
    const left = await opened.page.evaluate(async (site) => {
      const { forgetSnapshots } = await import(`${site}anystep/index.js`);
      await forgetSnapshots();
      const found = [];
      for await (const name of (await navigator.storage.getDirectory()).keys()) found.push(name);
      return found;
    }, site);

    assert.deepEqual(how, { restored: false, bytes: 0, reason: "switched off" });
    assert.deepEqual(kept, { kept: false, bytes: 0, reason: "switched off" });
    assert.deepEqual(left, []);
    assert.deepEqual([opened.outside, opened.complaints], [[], []]);
  });
});
