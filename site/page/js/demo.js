// A demo: its recording plays at once; its program can be changed, run, shared, left and taken up.

import "../anystep/element/index.js";
import { start } from "../anystep/index.js";
import { copyButton } from "./copy.js";
import { save, whenChosen } from "./files.js";
import { highlightAll } from "./highlight.js";
import { keepOffline } from "./offline.js";
import { RuntimeBar } from "./runtime-bar.js";
import { packed, unpacked } from "./share.js";

const $ = (id) => document.getElementById(id);
const element = $("graph");
const { name, field } = document.body.dataset;
/** Where the program is read, until an editor takes its place. */
const program = $("program");
const shipped = program.textContent;
const bar = new RuntimeBar($("runtime"));

let anystep = null;
let graph = null;
/** The graph that was asked for, and what it is loaded from. */
let loading = null;
let wanted = null;
let editor = null;
/** Run was pressed, and its run has not begun yet. */
let beginning = false;
/** The error that the graph's element shows. */
let shown = null;

const copyTrace = copyButton(() => $("trace").textContent, "the traceback");

const source = () => editor?.text() ?? program.textContent;

function stage(text, kind = text) {
  $("source").textContent = text;
  $("source").dataset.source = kind;
}

function note(text) {
  $("note").textContent = text;
}

function input() {
  const text = $("input").value;
  if (field) return { ...JSON.parse($("input").dataset.rest), [field]: text };
  return JSON.parse(text);
}

// Threads: one is open, and it is the same after a reload, until a new one is asked for.

const KEY = `anystep demo ${name}`;
let thread = kept() ?? `${name}-1`;

function kept() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // A private window: the thread lasts as long as the page.
  }
}

function keep(id) {
  thread = id;
  try {
    localStorage.setItem(KEY, id);
  } catch {
    // As above.
  }
}

async function newThread() {
  const taken = (await graph.threads()).filter((id) => id.startsWith(`${name}-`));
  const highest = Math.max(0, ...taken.map((id) => Number(id.slice(name.length + 1)) || 0));
  keep(`${name}-${highest + 1}`);
}

async function load() {
  const text = source();
  if (loading === null || wanted !== text) {
    wanted = text;
    loading = anystep.load({ name, source: text });
    loading.catch(() => (loading = null));
  }
  graph = await loading;
}

async function run() {
  // Not disabled meanwhile: a button that is loses the focus.
  if (beginning) return;
  beginning = true;
  note("");
  unmark();
  try {
    const given = input();
    await load();
    await newThread();
    await element.bind(graph, { thread });
    stage("live in this tab", "live");
    const running = element.run(given, { recursionLimit: 10_000 });
    beginning = false;
    await running;
  } catch (error) {
    explain(error);
  } finally {
    beginning = false;
    tellMemory();
  }
}

// After a run, not before: a first run waits for nothing that it does not need.
async function tellMemory() {
  const { memoryOf } = await import("./memory.js");
  // Where the worker is being replaced, the next run tells.
  $("memory").textContent = await memoryOf(anystep).catch(() => "");
}

function explain(error) {
  if (["AbortError", "CancelledError"].includes(error.name)) return;
  if (error instanceof SyntaxError) {
    note(`The input is not JSON: ${error.message}`);
    return;
  }
  note(`${error.type ?? error.name}: ${error.message}`);
  mark(error);
}

/** The traceback, if nobody shows it, and the line of the program it ends at. */
function mark(error) {
  // What a run raised stands where the run does.
  $("trace").hidden = !error.traceback || error === shown;
  if (!$("trace").hidden) {
    $("trace").textContent = error.traceback;
    $("trace").after(copyTrace);
  }
  const lines = [
    ...String(error.traceback ?? "").matchAll(new RegExp(`File "${name}\\.py", line (\\d+)`, "g")),
  ];
  if (lines.length === 0) return;
  const line = Number(lines.at(-1)[1]);
  if (editor !== null) editor.line(line);
  else point(line);
}

/** Mark a line of the program where it stands, and bring it into view; 0 marks none. */
function point(line) {
  program.style.setProperty("--failed-line", String(line));
  program.toggleAttribute("data-failed", line > 0);
  const height = Number.parseFloat(getComputedStyle(program).lineHeight);
  if (line > 0) program.parentElement.scrollTop = (line - 4) * height;
}

function unmark() {
  $("trace").hidden = true;
  copyTrace.remove();
  point(0);
}

async function saveThread() {
  try {
    await load();
    const { data } = await graph.exportThread(thread);
    save(`${thread}.anystep`, data);
    note(`Saved ${thread}: ${data.length.toLocaleString("en")} bytes, every step of it.`);
  } catch (error) {
    explain(error);
  }
}

async function openThread(data) {
  try {
    await load();
    keep(await graph.importThread(data));
    await element.bind(graph, { thread });
    stage("from a file", "restored");
    note(`Opened ${thread}.`);
    element.restore().catch(explain);
  } catch (error) {
    explain(error);
  }
}

// A thread that was left in the middle is taken up where it stopped.
async function takeUp() {
  await load();
  const { next, checkpoint } = await graph.getState(thread);
  if (checkpoint === null || next.length === 0) return false;
  await element.bind(graph, { thread });
  stage("taken up where you left it", "restored");
  element.restore().catch(explain);
  return true;
}

async function change() {
  if (editor !== null) return;
  $("edit").disabled = true;
  const { edit } = await import("../editor.js");
  const box = document.createElement("div");
  box.className = "editor";
  const text = program.textContent;
  $("code").replaceChildren(box);
  editor = edit(box, text, { label: "Python program", onRun: run });
  editor.focus();
  $("edit").hidden = true;
  $("restore").hidden = false;
}

async function share() {
  const what = { input: $("input").value, ...(source() === shipped ? {} : { source: source() }) };
  const address = `${location.href.split("#")[0]}#${await packed(what)}`;
  history.replaceState(null, "", address);
  try {
    await navigator.clipboard.writeText(address);
    note(
      `The link is in the address bar and copied: ${address.length.toLocaleString("en")} characters.`,
    );
  } catch {
    note("The link is in the address bar.");
  }
}

// A link may come from anybody: what it brings is shown, and runs only when asked to.
async function fromLink() {
  const fragment = location.hash.slice(1);
  if (fragment === "") return;
  try {
    const what = await unpacked(fragment);
    if (typeof what.input === "string") $("input").value = what.input;
    if (typeof what.source === "string") {
      program.textContent = what.source;
      note("This program came with the link. Read it, then run it.");
    }
  } catch {
    note("The link could not be read; this is the demo as it is.");
  }
}

async function main() {
  // First of all: Python takes its time, and everything else fits into it.
  const options = { runtime: "../runtime/", storage: "indexeddb" };
  const starting = bar.fetching((onProgress) => startKept({ ...options, onProgress }));
  await fromLink();
  highlightAll();
  $("edit").before(copyButton(source, "the program"));
  $("form").addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  $("edit").addEventListener("click", change);
  $("restore").addEventListener("click", () => {
    history.replaceState(null, "", location.pathname);
    location.reload();
  });
  $("share").addEventListener("click", share);
  $("save").addEventListener("click", saveThread);
  $("open").addEventListener("click", () => $("file").click());
  whenChosen($("file"), openThread);
  $("replay").addEventListener("click", () => {
    stage("recorded");
    element.play();
  });
  element.addEventListener("anystep-error", ({ detail }) => {
    shown = detail.error;
    explain(shown);
  });
  anystep = await starting;
  window.dispatchEvent(new Event("anystep-ready"));
  for (const id of ["run", "save", "open"]) $(id).disabled = false;
  keepOffline();
  if (source() === shipped) await takeUp();
}

// Where nothing may be stored (a private window), threads last as long as the page.
async function startKept(options) {
  try {
    return await start(options);
  } catch (error) {
    if (error.name === "DownloadError" || error.type === undefined) throw error;
    note("This browser keeps nothing here: threads last as long as the page.");
    return await start({ ...options, storage: "memory" });
  }
}

main();
