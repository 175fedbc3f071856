// The element's pure parts under Node: frames from events, differences, layout.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";

const lane = JSON.parse(process.env.ANYSTEP_LANE);
const part = (name) => import(pathToFileURL(join(lane.folder, "anystep", "element", name)).href);
const { MOST_FRAMES, RunModel, nodeStates } = await part("model.js");
const { bestDirection, clustersOf, collapsed, layout } = await part("layout.js");
const { compared } = await part("panels.js");
const recording = (name) =>
  JSON.parse(readFileSync(join(lane.folder, "demos", `${name}.json`), "utf8"));

function followed({ runs }) {
  const model = new RunModel();
  for (const { events } of runs) for (const event of events) model.add(event);
  return model;
}

const begin = (id, name, ns = []) => ({ mode: "tasks", ns, data: { id, name, input: {} } });
const end = (id, name, more = {}, ns = []) => ({
  mode: "tasks",
  ns,
  data: { id, name, result: {}, error: null, interrupts: [], ...more },
});

describe("the model", () => {
  test("a recorded run becomes a frame for the input and one for each superstep", () => {
    const model = followed(recording("counter"));
    assert.equal(model.frames.length, 18);
    assert.deepEqual(model.values, {
      steps: 8,
      highest: 16,
      path: [6, 3, 10, 5, 16, 8, 4, 2, 1],
      n: 1,
    });
    assert.deepEqual(model.frames[1].before, model.frames[0].values);
  });

  test("tasks of a fan-out are counted, inside subgraphs too", () => {
    const states = nodeStates(followed(recording("mapreduce")), 2);
    assert.deepEqual(states.get("study"), { state: "done", ended: 4, all: 4, now: true });
    assert.deepEqual(states.get("study:measure"), { state: "done", ended: 4, all: 4, now: true });
  });

  test("a question closes its frame; the answer begins another one", () => {
    const model = new RunModel();
    model.add({ mode: "values", data: { a: 1 } });
    model.add(begin("t", "ask"));
    model.add(
      end("t", "ask", {
        interrupts: [{ id: "q", value: "ok?", response_schema: { type: "boolean" } }],
      }),
    );
    assert.deepEqual(model.questions, [{ id: "q", value: "ok?", schema: { type: "boolean" } }]);
    model.add({ mode: "values", data: { a: 1 } });
    model.add(begin("t", "ask"));
    model.add(end("t", "ask", { result: { a: 2 } }));
    model.add({ mode: "values", data: { a: 2 } });
    assert.deepEqual(model.questions, []);
    assert.equal(model.frames.length, 3);
    assert.equal(nodeStates(model, 1).get("ask").state, "interrupted");
    assert.equal(nodeStates(model, 2).get("ask").state, "done");
  });

  test("what was never reached is skipped, once the run is over", () => {
    const recorded = recording("timetravel");
    const paths = recorded.drawing.nodes.map(({ id }) => id);
    const model = followed(recorded);
    const last = model.frames.length - 1;
    assert.equal(nodeStates(model, last, paths, true).get("stay").state, "skipped");
    assert.equal(nodeStates(model, last, paths, false).get("stay"), undefined);
  });

  test("a failure is a state of its own", () => {
    const model = new RunModel();
    model.add(begin("t", "break"));
    model.add(end("t", "break", { error: "ValueError('no')" }));
    assert.equal(nodeStates(model, 0).get("break").state, "failed");
  });

  test("a run of updates alone is followed as well", () => {
    const model = new RunModel();
    model.add({ mode: "updates", data: { a: { x: 1 } } });
    model.add({ mode: "updates", data: { b: { y: 2 } } });
    assert.deepEqual(model.values, { x: 1, y: 2 });
  });

  test("stays bounded however long a run is", () => {
    const model = new RunModel();
    for (let n = 0; n < MOST_FRAMES + 500; n++) model.add({ mode: "updates", data: { a: { n } } });
    assert.equal(model.frames.length, MOST_FRAMES);
    assert.equal(model.dropped, 500);
  });
});

describe("node states", () => {
  test("going back and forth in time gives what going forward gave", () => {
    const model = followed(recording("counter"));
    const forward = model.frames.map((_, index) => [...nodeStates(model, index)]);
    const back = model.frames.map((_, index) => [
      ...nodeStates(model, model.frames.length - 1 - index),
    ]);
    assert.deepEqual(back.toReversed(), forward);
  });
});

describe("differences", () => {
  test("say what became of a value", () => {
    assert.equal(compared({ a: [1] }, { a: [1] }), null);
    assert.equal(compared(undefined, 1).chip, "new");
    assert.equal(compared(1, undefined).chip, "gone");
    assert.deepEqual(compared([1], [1, 2, 3]).added, [2, 3]);
    assert.equal(compared([1, 2], [2]).kind, "changed");
    assert.equal(compared(3, 5).chip, "+2");
    assert.equal(compared(5, 3).chip, "−2");
  });
});

describe("the layout", () => {
  test("subgraphs fold into one node and lose no edge to the outside", () => {
    const { drawing } = recording("mapreduce");
    assert.deepEqual(clustersOf(drawing), ["study"]);
    const folded = collapsed(drawing, ["study"]);
    assert.deepEqual(folded.nodes.map(({ id }) => id).sort(), [
      "__end__",
      "__start__",
      "combine",
      "split",
      "study",
    ]);
    assert.deepEqual(folded.edges.map(({ source, target }) => `${source} ${target}`).sort(), [
      "__start__ split",
      "combine __end__",
      "split study",
      "study combine",
    ]);
  });

  test("no two nodes overlap, and every edge has a way", () => {
    for (const name of ["counter", "mapreduce", "approval"]) {
      const { drawing } = recording(name);
      const { nodes, edges } = layout(drawing);
      assert.equal(edges.length, drawing.edges.length);
      for (const [index, one] of nodes.entries()) {
        for (const other of nodes.slice(index + 1)) {
          const apart =
            Math.abs(one.x - other.x) >= (one.width + other.width) / 2 ||
            Math.abs(one.y - other.y) >= (one.height + other.height) / 2;
          assert.ok(apart, `${one.id} and ${other.id} of ${name}`);
        }
      }
    }
  });

  test("a loop of a node to itself, and an edge to nowhere, are no trouble", () => {
    const drawing = {
      nodes: [{ id: "a", name: "a" }],
      edges: [
        { source: "a", target: "a" },
        { source: "a", target: "gone" },
      ],
    };
    assert.equal(layout(drawing).edges.length, 1);
  });

  test("two hundred nodes are laid out in less than a second or so", () => {
    const nodes = Array.from({ length: 200 }, (_, n) => ({ id: `n${n}`, name: `n${n}` }));
    const edges = nodes
      .slice(1)
      .map(({ id }, n) => ({ source: nodes[Math.floor(n / 3)].id, target: id }));
    const begun = performance.now();
    layout({ nodes, edges });
    assert.ok(performance.now() - begun < 1_000 * lane.patience);
  });

  test("the direction is the one that shows the graph larger", () => {
    const { drawing } = recording("analysis");
    assert.equal(bestDirection(drawing, { width: 700, height: 200 }), "LR");
    assert.equal(bestDirection(drawing, { width: 300, height: 600 }), "TB");
  });
});
