// NOT meant to be executed: a page's JavaScript, every call of it, checked by tsc against its types.
// declared.mjs checks these against the JavaScript, and that nothing is missing here.

import {
  CancelledError,
  ClosedError,
  DownloadError,
  PythonError,
  forgetSnapshots,
  start,
  type Anystep,
  type Drawing,
  type Graph,
  type Kept,
  type Progress,
  type Shown,
  type Snapshot,
  type StreamEvent,
} from "../../web/anystep/web/js/index.js";
import "../../web/anystep/web/js/element/index.js";

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
graph.name satisfies string;
(await graph.draw({ xray: 2 })) satisfies Drawing;

anystep.versions.python satisfies string;
anystep.started.restored satisfies boolean;
(await anystep.kept) satisfies Kept;
await anystep.module({ name: "m", source: "…" });
(await anystep.call("m", "f", { any: ["JSON"] })) satisfies Shown;
// @ts-expect-error a function does not cross
anystep.call("m", "f", () => 1);
await anystep.packages(["pydantic", "./mine.whl"]);
await anystep.unpack("files.zip", "/files");
await anystep.restart();

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
(await graph.getState("1", { checkpoint: "…" })) satisfies Snapshot;
(await graph.threads()) satisfies string[];
await graph.deleteThread("1");

// @ts-expect-error a run needs a thread
graph.stream({}, {});
// @ts-expect-error there is no such mode
graph.stream({}, { thread: "1", modes: ["everything"] });
// @ts-expect-error a page makes no graphs
new (graph.constructor as typeof Graph)();

for (const error of [new Error() as unknown]) {
  if (error instanceof PythonError) {
    [error.type, error.traceback] satisfies string[];
    error.module satisfies string | null;
    error.code satisfies Shown;
  }
  if (error instanceof DownloadError) error.file satisfies string;
  if (error instanceof CancelledError || error instanceof ClosedError) error.message;
}

const element = document.querySelector("anystep-graph")!;
await element.bind(graph, { thread: "1", pace: 0 });
(await element.run({ text: "hi" }, { recursionLimit: 100 })) satisfies Shown;
await element.restore();
await element.stop();
await element.play();
const questions = await element.follow(graph.stream(null, { thread: "1", modes: ["tasks"] }));
(await element.ask(questions)) satisfies Shown;
element.push('{"mode": "values", "data": {}}');
element.push({ mode: "values", data: {} });
element.finish();
element.reset();
element.select(element.length - 1);
element.drawing = graph.drawing;
[element.values, element.questions[0]?.value] satisfies (Shown | undefined)[];
element.addEventListener("anystep-step", ({ detail }) => detail.index satisfies number);
addEventListener("anystep-done", ({ detail }) => detail.values satisfies Shown);
document.addEventListener("anystep-loaded", ({ detail }) => element.play(detail.recording));
// @ts-expect-error only a run that was bound has a thread
element.run({}, { thread: "1" });

anystep.close();
await forgetSnapshots();
