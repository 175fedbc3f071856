// The page: play the recording at once, fetch Python meanwhile, then run the graph for real.

import { start } from "./anystep/index.js";
import { GraphView } from "./graph-view.js";
import { highlighted } from "./highlight.js";
import { StatePanel, StepList } from "./panels.js";
import { MODES, Player, STEP_MS, wait } from "./player.js";
import { Question } from "./question.js";
import { RuntimeBar } from "./runtime-bar.js";
import { make } from "./values.js";

const $ = (id) => document.getElementById(id);

const graphView = new GraphView($("graph"));
const state = new StatePanel($("state"));
const steps = new StepList($("steps"), ({ values }) => state.show(values));
const player = new Player({ graph: graphView, steps, state });
const question = new Question($("question"));
const bar = new RuntimeBar({
  text: $("runtime-text"),
  bar: $("runtime-bar"),
  button: $("runtime-button"),
});

let recorded;
let live = null;
let running = new AbortController();

/** A run was replaced by another one. */
class Replaced extends Error {}

/** Begin something that takes the stage; whatever had it before ends. */
function takeStage(source) {
  running.abort(new Replaced());
  running = new AbortController();
  player.reset();
  question.hide();
  $("result").hidden = true;
  $("source").textContent = source;
  $("source").dataset.source = source;
  return running.signal;
}

function quietly(promise) {
  return promise.catch((error) => {
    if (!(error instanceof Replaced)) throw error;
  });
}

async function playRecording() {
  const signal = takeStage("recorded");
  for (const [index, run] of recorded.runs.entries()) {
    if ("resume" in run) {
      await wait(2 * STEP_MS, signal);
      question.hide();
    }
    const interrupts = await player.play(run.events, signal);
    if (interrupts.length > 0) question.recall(interrupts, recorded.runs[index + 1].resume);
  }
  showResult();
}

function showResult() {
  const result = player.values[recorded.result_channel];
  if (result === undefined) return;
  $("result-text").textContent = result;
  $("result").hidden = false;
}

async function runLive(text) {
  const signal = takeStage("live in this tab");
  const { thread } = recorded;
  const asked = { thread, modes: MODES };
  const input = { ...recorded.input, [recorded.text_channel]: text };
  $("live-digest").textContent = "running …";
  delete $("verdict").dataset.verdict;
  $("verdict").textContent = "";
  try {
    // Loaded anew: an empty saver, and the clock at its beginning.
    const graph = await live.anystep.load({ name: "demo", source: live.source, host: recorded.host });
    let interrupts = await player.play(graph.stream(input, asked), signal);
    while (interrupts.length > 0) {
      $("live-digest").textContent = "waiting for your answer";
      const answer = await question.ask(interrupts, signal);
      interrupts = await player.play(graph.resume(answer, asked), signal);
    }
    showResult();
    showDigest(await graph.exportThread(thread));
  } catch (error) {
    if (error instanceof Replaced) throw error;
    showError(error);
  }
}

function showDigest({ data, sha256 }) {
  const same = sha256 === recorded.sha256;
  $("live-digest").textContent = sha256;
  $("verdict").dataset.verdict = same ? "same" : "different";
  $("verdict").textContent = same
    ? `Equal: ${count(data.length)} bytes of checkpoints, made here as they were made there.`
    : `Different words or answers, different bytes (${count(data.length)}). ` +
      "Run the text of the recording and answer as it did, and the two lines are equal.";
}

function count(number) {
  return number.toLocaleString("en");
}

function showError(error) {
  $("live-digest").textContent = "the run failed";
  $("verdict").dataset.verdict = "error";
  $("verdict").replaceChildren(
    make("strong", {}, `${error.type ?? error.name}: `),
    error.message,
    make("pre", {}, error.traceback ?? error.stack ?? ""),
  );
}

async function startPython(source) {
  const begun = performance.now();
  const anystep = await start({ runtime: "runtime/", onProgress: (step) => bar.progress(step) });
  live = { anystep, source };
  bar.ready(anystep.versions, (performance.now() - begun) / 1000);
  $("run").disabled = false;
}

// Ask first where people said that they pay for what they download; offer another try on failure.
async function keepTrying(source) {
  if (navigator.connection?.saveData) {
    await bar.offer("Python is a download of some megabytes. You asked to save data.", "Fetch Python");
  }
  for (;;) {
    try {
      return await startPython(source);
    } catch (error) {
      await bar.offer(`Python could not be started: ${error.message}`, "Try again");
    }
  }
}

function showRecording() {
  $("recorded-host").textContent = `recorded by ${recorded.made_by}`;
  $("recorded-digest").textContent = recorded.sha256;
  $("text").value = recorded.input[recorded.text_channel];
  graphView.draw(recorded.drawing);
}

function showProgram(source) {
  $("program").replaceChildren(...highlighted(source));
  $("lines").textContent = `(${source.trimEnd().split("\n").length} lines of Python)`;
}

async function main() {
  const sourcing = fetch("demo_review.py").then((response) => response.text());
  recorded = await (await fetch("recorded.json")).json();
  showRecording();
  const playing = quietly(playRecording());
  $("replay").addEventListener("click", () => quietly(playRecording()));
  $("again").addEventListener("submit", (event) => {
    event.preventDefault();
    $("stage").scrollIntoView({ block: "start" });
    quietly(runLive($("text").value));
  });
  const source = await sourcing;
  showProgram(source);
  await keepTrying(source);
  const playingNow = running;
  await Promise.race([playing, wait(2 * STEP_MS, running.signal).catch(() => {})]);
  // Unless the visitor was faster.
  if (running === playingNow) quietly(runLive(recorded.input[recorded.text_channel]));
}

main().catch((error) => {
  $("runtime-text").textContent = `The page could not be shown: ${error.message}`;
  throw error;
});
