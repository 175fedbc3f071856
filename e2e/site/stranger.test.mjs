// The pages that docs/browser.md writes, as a stranger tries them: in an empty folder, with the npm
// package, the runtime, and the plainest server there is.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";

import { lane, launch } from "./visits.mjs";

const FOLDER = join(lane.folder, "../..", new URL("./", lane.own).pathname);
const ENDED = `document.querySelector("anystep-graph").shadowRoot.querySelector(".status").textContent === "finished"`;

describe("a stranger with an empty folder and python3 -m http.server", { timeout: 240_000 }, () => {
  let server;
  let address;
  let browser;
  let page;
  const asked = [];
  const complaints = [];
  before(async () => {
    [server, address] = await serving(FOLDER);
    browser = await launch();
    page = await browser.newPage({ reducedMotion: "reduce" });
    page.on("request", (request) => asked.push(request.url()));
    page.on("pageerror", (error) => complaints.push(String(error.stack)));
    page.on("response", (response) => {
      const missing = response.status() >= 400 && !response.url().endsWith("/favicon.ico");
      if (missing) complaints.push(`${response.status()} ${response.url()}`);
    });
  });
  after(async () => {
    server?.kill();
    await browser?.close();
  });

  test("a page of one script runs a graph", async () => {
    await page.goto(`${address}mine.html`);
    await page.waitForSelector("#events li:nth-child(3)", { timeout: 60_000 });

    assert.equal(
      await page.textContent("#events li:nth-child(3)"),
      'values: {"text":"hello","loud":"HELLO"}',
    );
  });

  test("the element plays a run that a page recorded, without Python", async () => {
    const recording = await page.evaluate(async (address) => {
      const { start } = await import(`${address}anystep/index.js`);
      const { recorded } = await import(`${address}recorded.js`);
      const anystep = await start({ runtime: "runtime/" });
      const source = await (await fetch("my_graph.py")).text();
      const graph = await anystep.load({ name: "mine", source });
      const recording = await recorded(graph, { text: "hello" });
      anystep.close();
      return recording;
    }, address);
    asked.length = 0;
    await page.route("**/recorded.json", (route) => route.fulfill({ json: recording }));
    await page.goto(`${address}drawn.html`);
    await page.waitForFunction(ENDED, null, { timeout: 30_000 });
    const values = await page.$eval("anystep-graph", (element) => element.values);

    assert.deepEqual(values, { text: "hello", loud: "HELLO" });
    assert.deepEqual(
      asked.filter((url) => !/drawn\.html|anystep\/|recorded\.json|favicon/.test(url)),
      [],
    );
  });

  test("PyScript feeds the element", async () => {
    await page.goto(`${address}scripted.html`);
    await page.waitForFunction(ENDED, null, { timeout: 90_000 });

    assert.match(await page.textContent("anystep-graph .state"), /HELLO/);
    assert.deepEqual(complaints, []);
    assert.deepEqual(
      asked.filter((url) => !url.startsWith(address) && !/^(blob|data):/.test(url)),
      [],
    );
  });
});

/** Python's own server on a free port: the process, and its address. */
function serving(folder) {
  const words = ["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", folder];
  const server = spawn("python3", words, { stdio: ["ignore", "pipe", "ignore"] });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`http.server ended with ${code}`)));
    createInterface({ input: server.stdout }).once("line", (line) => {
      const [, port] = line.match(/port (\d+)/);
      resolve([server, `http://127.0.0.1:${port}/`]);
    });
  });
}
