// Python itself in the page's worker: the host-marked tests, the demo, a stuck graph.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";

import { lane, launch, openPage, site } from "./browser.mjs";

describe("Python in a worker of the page", () => {
  let browser;
  let opened;
  const printed = [];

  before(async () => {
    browser = await launch();
    opened = await openPage(browser);
    opened.page.on("console", (message) => printed.push(message.text()));
    // Any file of the site: its origin and its policy, without the run of its own page.
    await opened.page.goto(`${site}runtime/manifest.json`);
    const inside = readFileSync(lane.tests.inside, "utf8");
    await opened.page.evaluate(prepare, { ...lane.tests, site, inside });
  });
  after(() => browser?.close());

  /** Call a function of inside.py with one JSON text. */
  async function inside(name, asked) {
    const call = async ([name, asked]) => {
      try {
        return await globalThis.anystep.call("inside", name, asked);
      } catch (error) {
        // What crosses to Node is a name and a message.
        throw new Error(`${error.message}\n${error.traceback}`, { cause: error });
      }
    };
    return JSON.parse(await opened.page.evaluate(call, [name, JSON.stringify(asked)]));
  }

  test("the host-marked tests pass, golden vectors among them", { timeout: 600_000 }, async () => {
    const asked = { repo: "/repo", excluded: lane.tests.excluded };
    const counts = await inside("run_tests", asked).catch((error) => {
      throw new Error(printed.join("\n"), { cause: error });
    });
    writeFileSync(lane.counts, JSON.stringify(counts));

    assert.equal(counts.failed, 0, printed.join("\n"));
    assert.equal(counts.exit, 0, printed.join("\n"));
    assert.ok(counts.files["tests/core/test_serde_vectors.py"] > 0, "no golden vector was read");
  });

  test("the demo's record is CPython's, value for value", async () => {
    const asked = { ...lane.demo, source: "/repo/examples/demo_review.py" };
    const { record } = await inside("run_demo", asked);

    assert.deepEqual(record, JSON.parse(readFileSync(lane.demo_record, "utf8")));
  });

  test("an error of a graph arrives with its type and its traceback", async () => {
    const error = await opened.page.evaluate(async () => {
      try {
        const source = "def build(saver):\n    return 1 / 0\n";
        return await globalThis.anystep.load({ name: "wrong", source });
      } catch ({ name, type, traceback }) {
        return { name, type, traceback };
      }
    });

    assert.equal(error.name, "PythonError");
    assert.equal(error.type, "ZeroDivisionError");
    assert.match(error.traceback, /line 2, in build\n\s+return 1 \/ 0/);
  });

  test("a program that imports pydantic gets it, and its threads keep the models", async () => {
    const values = await opened.page.evaluate(async () => {
      const source = `
from pydantic import BaseModel
from anystep.graph import START, StateGraph

class State(BaseModel):
    n: int = 0

graph = StateGraph(State)
graph.add_node("up", lambda state: {"n": state.n + 1})
graph.add_edge(START, "up")
`;
      const graph = await globalThis.anystep.load({ name: "models", source, attribute: "graph" });
      return (await graph.invoke({ n: "41" }, { thread: "1" })).values;
    });

    assert.deepEqual(values, { n: 42 });
  });

  test("an endless loop ends with its worker, and the page draws all the while", async () => {
    const outcome = await opened.page.evaluate(async () => {
      const source = "def spin(_):\n    while True:\n        pass\n";
      await globalThis.anystep.module({ name: "endless", source });
      const spinning = globalThis.anystep.call("endless", "spin").catch(({ name }) => name);
      let frames = 0;
      while (frames < 10)
        frames += await new Promise((drawn) => requestAnimationFrame(() => drawn(1)));
      globalThis.anystep.close();
      return { error: await spinning, frames };
    });

    assert.deepEqual(outcome, { error: "ClosedError", frames: 10 });
    assert.deepEqual(opened.outside, [], "asked another host");
  });
});

// In the page: start Python and give it the tests.
async function prepare({ site, wheels, archive, inside }) {
  const { start } = await import(`${site}anystep/index.js`);
  const anystep = await start({ runtime: `${site}runtime/` });
  await anystep.packages(wheels);
  await anystep.unpack(archive, "/repo");
  await anystep.module({ name: "inside", source: inside });
  globalThis.anystep = anystep;
}
