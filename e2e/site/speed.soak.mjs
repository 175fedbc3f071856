// What a superstep costs in the tab, beside LangGraph.js in the same tab, turn about.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

import { lane, launch, openPage, site } from "./visits.mjs";

const STEPS = 1_000;
const ROUNDS = 5;
/** How much cheaper a step has to be, the best round of each compared. */
const TARGET = 50;

const PEER = `export { StateGraph, Annotation, START, END } from "@langchain/langgraph/web";`;

const PROGRAM = `
from time import perf_counter
from typing import TypedDict

from anystep.graph import END, START, StateGraph


class State(TypedDict, total=False):
    n: int


def one(state):
    return {"n": state["n"] + 1}


def build(steps):
    graph = StateGraph(State).add_node("one", one).add_edge(START, "one")
    graph.add_conditional_edges("one", lambda state: "one" if state["n"] < steps else END, ["one", END])
    return graph.compile()


def run(steps):
    graph = build(steps)
    begun = perf_counter()
    assert graph.invoke({"n": 0}, {"recursion_limit": 2 * steps})["n"] == steps
    return (perf_counter() - begun) * 1000
`;

test("a superstep is fifty times cheaper than LangGraph.js's", { timeout: 240_000 }, async (t) => {
  const bundle = execFileSync(
    join(lane.modules, ".bin", "esbuild"),
    ["--bundle", "--format=esm", "--platform=browser", "--minify", "--log-level=error"],
    { input: PEER, env: { ...process.env, NODE_PATH: lane.peer }, maxBuffer: 1e8 },
  );
  const browser = await launch(t);
  const { context, page } = await openPage(browser);
  await page.route("**/peer.js", (route) =>
    route.fulfill({ contentType: "text/javascript", body: bundle }),
  );
  await page.goto(`${site}runtime/manifest.json`);
  const { ours, theirs } = await page.evaluate(race, {
    site,
    program: PROGRAM,
    steps: STEPS,
    rounds: ROUNDS,
  });
  const [best, peer] = [Math.min(...ours), Math.min(...theirs)].map((ms) => (1000 * ms) / STEPS);

  t.diagnostic(
    `${best.toFixed(1)} µs a superstep; LangGraph.js ${peer.toFixed(0)} µs: ${(peer / best).toFixed(0)} times`,
  );
  assert.ok(peer / best >= TARGET, `${peer} and ${best} µs`);
  await context.close();
});

// In the page: rounds of each in turn, milliseconds each.
async function race({ site, program, steps, rounds }) {
  const { StateGraph, Annotation, START, END } = await import(`${site}peer.js`);
  const { start } = await import(`${site}anystep/index.js`);
  const graph = new StateGraph(Annotation.Root({ n: Annotation() }))
    .addNode("one", ({ n }) => ({ n: n + 1 }))
    .addEdge(START, "one")
    .addConditionalEdges("one", ({ n }) => (n < steps ? "one" : END), ["one", END])
    .compile();
  const anystep = await start({ runtime: `${site}runtime/` });
  await anystep.module({ name: "race", source: program });
  const [ours, theirs] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now();
    const { n } = await graph.invoke({ n: 0 }, { recursionLimit: 2 * steps });
    theirs.push(performance.now() - begun);
    if (n !== steps) throw new Error(`LangGraph.js counted to ${n}`);
    ours.push(await anystep.call("race", "run", steps));
  }
  anystep.close();
  return { ours, theirs };
}
