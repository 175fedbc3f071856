// A browser with a profile on disk, which can be killed, and pages whose graphs keep their threads.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { chromium, FLAGS, lane, site } from "./browser.mjs";

/** Any file of the site: its origin and its policy, without the run of a page of its own. */
export const AT_SITE = `${site}runtime/manifest.json`;

/** How often the crash tests crash: a handful, or as ANYSTEP_SOAK says. */
export const soak = process.env.ANYSTEP_SOAK === "1";

/** Counts up, a superstep each, and keeps a list of what it did. */
export const COUNTER = `
import operator
import os
from typing import Annotated, TypedDict

from anystep.graph import END, START, StateGraph


class State(TypedDict, total=False):
    n: int
    goal: int
    size: int
    log: Annotated[list, operator.add]


def up(state):
    return {"n": state["n"] + 1, "log": [os.urandom(state.get("size", 10))]}


def build(saver):
    graph = StateGraph(State)
    graph.add_node("up", up)
    graph.add_edge(START, "up")
    graph.add_conditional_edges("up", lambda state: "up" if state["n"] < state["goal"] else END)
    return graph.compile(checkpointer=saver)
`;

export class Profile {
  #process = null;
  #browser = null;
  #said = [];
  #folder = mkdtempSync(join(tmpdir(), "anystep-profile-"));

  /** Start the browser on this profile; a page that is at the site's origin. */
  async open() {
    await this.#start();
    return await this.page();
  }

  /** Start the browser with a private window alone; the page in it. */
  async openPrivate() {
    await this.#start("--incognito");
    const [page] = this.context.pages();
    await page.goto(AT_SITE, { timeout: 120_000 });
    return page;
  }

  /** Have the browser, which does not run, keep nothing for any site, as a visitor can tell it to. */
  blockSiteData() {
    const folder = join(this.#folder, "Default");
    mkdirSync(folder, { recursive: true });
    const BLOCK = 2;
    const profile = { default_content_setting_values: { cookies: BLOCK } };
    writeFileSync(join(folder, "Preferences"), JSON.stringify({ profile }));
  }

  async #start(...more) {
    const flags = [
      ...more,
      ...FLAGS,
      "--headless=new",
      `--user-data-dir=${this.#folder}`,
      "--remote-debugging-port=0",
      "--no-default-browser-check",
      "--enable-logging=stderr",
    ];
    // A group of its own: the whole browser can be killed at once.
    this.#process = spawn(lane.chromium, [...flags, "about:blank"], {
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#said = [];
    this.#browser = await chromium.connectOverCDP(await listening(this.#process, this.#said));
    const [context] = this.#browser.contexts();
    this.context = context;
  }

  async page() {
    const page = await this.context.newPage();
    // Python on another page may have both processors.
    await page.goto(AT_SITE, { timeout: 120_000 });
    return page;
  }

  /** The files of the profile in which sites keep what they store. */
  files() {
    const names = readdirSync(join(this.#folder, "Default"), { recursive: true });
    return names.filter((name) => /^(IndexedDB|WebStorage|File System)./.test(name));
  }

  /** SIGKILL for every process of the browser. */
  async kill() {
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    process.kill(-this.#process.pid, "SIGKILL");
    await gone;
    await this.#browser.close().catch(() => {});
    this.#process = null;
  }

  /** What there is to know about where the storage of all origins is, and what the browser said. */
  account() {
    const files = this.files().map((name) => {
      const { size, mtime } = statSync(join(this.#folder, "Default", name));
      return `${name} ${size} ${mtime.toISOString()}`;
    });
    return [...files.sort(), ...this.#said].join("\n");
  }

  /** Take the last bytes of what the databases wrote, as a kill in the middle of a write does. */
  tearLog() {
    const log = this.#log();
    truncateSync(log, statSync(log).size - 3);
  }

  /** Change a byte in the middle of what the databases wrote. */
  damageLog() {
    const bytes = readFileSync(this.#log());
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(this.#log(), bytes);
  }

  /** The log of LevelDB that is written to, of the only origin there is. */
  #log() {
    const folder = join(this.#folder, "Default", "IndexedDB");
    const logs = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".log"));
    return join(folder, logs.sort().at(-1));
  }

  async close() {
    if (this.#process !== null) await this.kill();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function listening(child, said) {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      said.push(line);
      const found = line.match(/DevTools listening on (ws:\S+)/);
      if (found) resolve(found[1]);
    });
    child.once("exit", () => reject(new Error(`the browser ended: ${said.slice(-20).join("\n")}`)));
  });
}

/** In a page: start Python with a lasting storage and load the counter, as `globalThis.graph`. */
export async function load(page, options = {}) {
  await page.evaluate(prepare, { site, source: COUNTER, storage: "indexeddb", ...options });
}

async function prepare({ site, source, storage }) {
  const { start } = await import(`${site}anystep/index.js`);
  globalThis.anystep = await start({ runtime: `${site}runtime/`, storage });
  globalThis.graph = await globalThis.anystep.load({ name: "counter", source });
}

/**
 * In a page: run, from an input or (null) from where the thread is, and report every checkpoint it
 * acknowledges as `acked`, a function that Node exposed.
 */
export function run(page, input, thread = "1", limit = 100_000) {
  return page.evaluate(
    async ([input, thread, recursionLimit]) => {
      const options = { thread, modes: ["checkpoints"], recursionLimit };
      for await (const { data } of globalThis.graph.stream(input, options)) {
        globalThis.acked(data.metadata.step);
      }
    },
    [input, thread, limit],
  );
}

export function state(page, thread = "1") {
  return page.evaluate((thread) => globalThis.graph.getState(thread), thread);
}

/** In a page: end Python, and start it again with a lasting storage. */
export async function startAgain(page, options = {}) {
  await page.evaluate(() => globalThis.anystep.close());
  await load(page, options);
}

/**
 * One tab runs a thread in a private file; the other is told that it is taken, and when the first
 * one has ended it goes on with what is there.
 */
export async function twoTabsOnAFile(page, newPage) {
  const other = await newPage();
  await load(page, { storage: "opfs" });
  await page.evaluate(async () => {
    globalThis.events = globalThis.graph.stream(
      { n: 0, goal: 5 },
      { thread: "1", modes: ["values"] },
    );
    await globalThis.events.next();
  });
  const told = await load(other, { storage: "opfs" }).catch(({ message }) => message);
  const first = await page.evaluate(async () => {
    for await (const _ of globalThis.events);
    const done = await globalThis.graph.getState("1");
    globalThis.anystep.close();
    return done;
  });
  await load(other, { storage: "opfs" });
  const second = await state(other);
  const forward = await other.evaluate(() =>
    globalThis.graph
      .updateState("1", { goal: 7 }, { asNode: "__start__" })
      .then(() => globalThis.graph.invoke(null, { thread: "1" })),
  );

  assert.match(told, /the file 'anystep': another tab has it open.*Close it there/);
  assert.deepEqual([first.values.n, first.next], [5, []]);
  assert.deepEqual(second, first);
  assert.equal(forward.values.n, 7);
}
