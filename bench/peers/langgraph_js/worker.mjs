// LangGraph.js in a process of its own: verifies a scenario, then times rounds of it.
//
// Speaks the protocol of bench/worker.py, one JSON line each way:
// {"do": "prepare", scenario, seconds} -> {once, units, repeat}, {"do": "round"} -> {cpu, wall},
// {"do": "peak"} -> {peak}; a failure answers {error}. Seconds and bytes throughout.

import { createInterface } from "node:readline";
import { Annotation, END, MemorySaver, Send, START, StateGraph } from "@langchain/langgraph";

const Number_ = Annotation.Root({ n: Annotation() });
const Gathered = Annotation.Root({
  found: Annotation({ reducer: (old, more) => old.concat(more), default: () => [] }),
});

function expect(what, got, wanted) {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) {
    throw new Error(`${what}: ${JSON.stringify(got)}, expected ${JSON.stringify(wanted)}`);
  }
}

function chain(size) {
  const builder = new StateGraph(Number_);
  let previous = START;
  for (let index = 0; index < size; index++) {
    builder.addNode(`n${index}`, async () => ({}));
    builder.addEdge(previous, `n${index}`);
    previous = `n${index}`;
  }
  const graph = builder.addEdge(previous, END).compile();
  return {
    units: size,
    call: () => graph.invoke({ n: 7 }, { recursionLimit: size + 10 }),
    check: (result) => expect("n", result.n, 7),
  };
}

function looped(size, options = {}) {
  return new StateGraph(Number_)
    .addNode("step", async (state) => ({ n: state.n + 1 }))
    .addEdge(START, "step")
    .addConditionalEdges("step", async (state) => (state.n < size ? "step" : END), ["step", END])
    .compile(options);
}

function loop(size) {
  const graph = looped(size);
  return {
    units: size,
    call: () => graph.invoke({ n: 0 }, { recursionLimit: size + 10 }),
    check: (result) => expect("n", result.n, size),
  };
}

function streamed(size) {
  const graph = looped(size);
  return {
    units: size,
    async call() {
      const events = [];
      const config = { recursionLimit: size + 10, streamMode: "updates" };
      for await (const event of await graph.stream({ n: 0 }, config)) events.push(event);
      return events;
    },
    check(events) {
      expect("events", events.length, size);
      expect("last", events.at(-1), { step: { n: size } });
    },
  };
}

function send(size) {
  const graph = new StateGraph(Gathered)
    .addNode("work", async (state) => ({ found: [state.i] }))
    .addNode("join", async () => ({}))
    .addConditionalEdges(
      START,
      () => Array.from({ length: size }, (_, i) => new Send("work", { i })),
      ["work"],
    )
    .addEdge("work", "join")
    .addEdge("join", END)
    .compile();
  return {
    units: size,
    call: () => graph.invoke({ found: [] }),
    check: (result) =>
      expect(
        "found",
        result.found,
        Array.from({ length: size }, (_, i) => i),
      ),
  };
}

function saved(size) {
  let number = 0;
  return {
    units: size,
    call() {
      const graph = looped(size, { checkpointer: new MemorySaver() });
      number += 1;
      const configurable = { thread_id: `t${number}` };
      return graph.invoke({ n: 0 }, { recursionLimit: size + 10, configurable });
    },
    check: (result) => expect("n", result.n, size),
  };
}

const WORKS = {
  chain_100_async: () => chain(100),
  chain_1000_async: () => chain(1000),
  loop_router_async: () => loop(1000),
  stream_updates_async: () => streamed(1000),
  send_100_async: () => send(100),
  send_1000_async: () => send(1000),
  saved_int_async: () => saved(300),
};

let work;
let repeat = 1;

async function timed(times) {
  const cpu = process.cpuUsage();
  const wall = process.hrtime.bigint();
  for (let time = 0; time < times; time++) await work.call();
  const used = process.cpuUsage(cpu);
  return {
    cpu: (used.user + used.system) / 1e6 / times,
    wall: Number(process.hrtime.bigint() - wall) / 1e9 / times,
  };
}

async function answer(request) {
  if (request.do === "prepare") {
    if (!(request.scenario in WORKS)) throw new Error(`no program for ${request.scenario}`);
    work = WORKS[request.scenario]();
    work.check(await work.call());
    const { cpu, wall } = await timed(1);
    const once = Math.max(cpu, wall, 1e-7);
    repeat = Math.max(1, Math.min(Math.ceil(request.seconds / once), 20000));
    return { once, units: work.units, repeat };
  }
  if (request.do === "round") return timed(repeat);
  return { peak: process.resourceUsage().maxRSS * 1024 };
}

for await (const line of createInterface({ input: process.stdin })) {
  let said;
  try {
    said = await answer(JSON.parse(line));
  } catch (error) {
    said = { error: `${error.name}: ${error.message}` };
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
