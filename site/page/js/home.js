// The front page: the recording plays at once; Python comes behind it, then the same run for real.

import "../anystep/element/index.js";
import { start } from "../anystep/index.js";
import { offerCopies } from "./copy.js";
import { highlightAll } from "./highlight.js";
import { keepOffline } from "./offline.js";
import { RuntimeBar } from "./runtime-bar.js";

const $ = (id) => document.getElementById(id);
const element = $("graph");
const bar = new RuntimeBar($("runtime"));

/** @type {any} */
let recorded;
let anystep = null;

function stage(source) {
  $("source").textContent = source;
  $("source").dataset.source = source;
}

async function playRecording() {
  stage("recorded");
  await element.play();
}

async function runLive(text) {
  stage("live in this tab");
  const { thread, host, text_channel: channel } = recorded;
  digest("running …");
  try {
    const source = $("program").textContent;
    // Loaded anew: an empty saver, and the clock at its beginning.
    const graph = await anystep.load({ name: "demo", source, host });
    await element.bind(graph, { thread });
    await element.run({ ...recorded.input, [channel]: text });
    compare(await graph.exportThread(thread));
  } catch (error) {
    if (error.name === "AbortError" || error.name === "CancelledError") return;
    digest("the run failed");
    throw error;
  }
}

function digest(text, verdict = "", kind) {
  $("live-digest").textContent = text;
  $("verdict").textContent = verdict;
  if (kind === undefined) delete $("verdict").dataset.verdict;
  else $("verdict").dataset.verdict = kind;
}

function compare({ data, sha256 }) {
  const size = data.length.toLocaleString("en");
  if (sha256 === recorded.sha256) {
    digest(
      sha256,
      `Equal: ${size} bytes of checkpoints, made here as they were made there.`,
      "same",
    );
  } else {
    digest(
      sha256,
      `Other words or answers, other bytes (${size}). Answer as the recording did, and the two lines are equal.`,
      "different",
    );
  }
}

async function main() {
  // First of all: Python takes its time, and everything else fits into it.
  const starting = bar.fetching((onProgress) => start({ runtime: "runtime/", onProgress }));
  highlightAll();
  offerCopies();
  element.addEventListener("anystep-question", () => digest("waiting for your answer"));
  // The element may have been faster than this module.
  recorded = await (await fetch(element.getAttribute("src"))).json();
  $("recorded-host").textContent = `recorded by ${recorded.made_by}`;
  $("recorded-digest").textContent = recorded.sha256;
  $("text").value = recorded.input[recorded.text_channel];
  $("replay").addEventListener("click", playRecording);
  $("again").addEventListener("submit", (event) => {
    event.preventDefault();
    element.scrollIntoView({ block: "center" });
    runLive($("text").value);
  });
  anystep = await starting;
  $("run").disabled = false;
  keepOffline();
  // Unless the visitor was faster.
  if ($("source").dataset.source === "recorded") await runLive($("text").value);
}

main();
