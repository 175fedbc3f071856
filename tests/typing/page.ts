// NOT meant to be executed: the types of a page's JavaScript, checked by tsc against what they promise.

import {
  CancelledError,
  ClosedError,
  DownloadError,
  PythonError,
  start,
  type Anystep,
  type Drawing,
  type Graph,
  type Progress,
  type Snapshot,
  type StreamEvent,
} from "../../web/anystep/web/js/index.js";

const anystep: Anystep = await start({
  runtime: "runtime/",
  storage: { kind: "indexeddb", durability: "strict" },
  onProgress(progress: Progress) {
    if (progress.phase === "download") progress.loaded satisfies number;
    // @ts-expect-error only a download counts bytes
    else progress.loaded;
  },
});
const graph: Graph = await anystep.load({ name: "g", source: "…" });
graph.drawing satisfies Drawing;

const stop = new AbortController();
for await (const event of graph.stream({ text: "hi" }, { thread: "1", signal: stop.signal })) {
  event satisfies StreamEvent;
}
for await (const { ns } of graph.resume("yes", { thread: "1", goto: "node", modes: ["debug"] })) {
  ns satisfies string[];
}
const state: Snapshot = await graph.invoke(null, { thread: "1", checkpoint: "…" });
const history: Snapshot[] = await graph.history("1", { limit: 3 });
(await graph.fork("1", history[0]?.checkpoint ?? "")) satisfies Snapshot;
(await graph.updateState("1", { n: 1 }, { asNode: "node" })) satisfies Snapshot;
(await graph.cancel("1", { grace: 100 })) satisfies "idle" | "stopped" | "replaced";
const { data } = await graph.exportThread(state.thread);
(await graph.importThread(data)) satisfies string;

// @ts-expect-error a run needs a thread
graph.stream({}, {});
// @ts-expect-error there is no such mode
graph.stream({}, { thread: "1", modes: ["everything"] });
// @ts-expect-error a page makes no graphs
new (graph.constructor as typeof Graph)();

for (const error of [new Error() as unknown]) {
  if (error instanceof PythonError) error.traceback satisfies string;
  if (error instanceof DownloadError) error.file satisfies string;
  if (error instanceof CancelledError || error instanceof ClosedError) error.message;
}
