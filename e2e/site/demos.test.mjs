// Every demo runs and gives its result; runs are left, taken up, forked, shared, changed and stopped.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { DEMOS, HURRIED, lane, launch, open, ready, run, site, told, visit } from "./visits.mjs";

const RESULTS = {
  analysis: (values) => {
    assert.deepEqual(Object.keys(values).sort(), ["char_count", "input", "summary", "word_count"]);
    assert.equal(values.word_count, 15);
    assert.equal(values.char_count, 67);
    assert.ok(values.summary.includes(values.input.slice(0, 50)));
  },
  counter: (values) => {
    assert.deepEqual(values.path, [6, 3, 10, 5, 16, 8, 4, 2, 1]);
    assert.equal(values.steps, 8);
    assert.equal(values.highest, 16);
  },
  mapreduce: (values) =>
    assert.equal(values.report, "33 words in 4 lines; the longest is 'north-west'."),
  timetravel: (values) =>
    assert.equal(values.plan, "Off to the city in the rain, with 260 to spend."),
  chat: ({ messages }) => {
    assert.equal(
      messages.at(-1).content,
      "The lighthouse (54 m) is 32 metres higher than the windmill (22 m).",
    );
    assert.equal(messages.filter(({ type }) => type === "tool").length, 3);
  },
};

describe("the demos", () => {
  let browser;
  before(async () => (browser = await launch()));
  after(() => browser?.close());

  for (const name of Object.keys(RESULTS)) {
    test(`${name} runs in the tab and gives its result`, async () => {
      const { context, page, outside, complaints } = await visit(browser, `demos/${name}.html`);
      await ready(page);
      await run(page);
      const { values } = await told(page, "done");

      RESULTS[name](values);
      assert.equal(await page.locator('anystep-graph .node.step[data-state="failed"]').count(), 0);
      assert.deepEqual(outside, []);
      assert.deepEqual(complaints, []);
      await context.close();
    });
  }

  test("the text analysis is a function a page can call", async () => {
    const { context, page } = await visit(browser, "demos/analysis.html");
    await ready(page);
    const [analysed, info] = await page.evaluate(async (site) => {
      const { start } = await import(`${site}anystep/index.js`);
      const anystep = await start({ runtime: `${site}runtime/` });
      const source = document.getElementById("program").textContent;
      await anystep.module({ name: "analysis", source });
      return [
        await anystep.call("analysis", "analyze_text", "one two"),
        await anystep.call("analysis", "info"),
      ];
    }, site);

    assert.deepEqual(analysed, {
      input: "one two",
      word_count: 2,
      char_count: 7,
      summary: "2 words, 7 characters: one two",
    });
    assert.deepEqual(Object.keys(info), ["framework", "version", "target", "features"]);
    assert.equal(info.target, "emscripten");
    await context.close();
  });

  test("approval is left in the middle and taken up after a reload, by form and by schema", async () => {
    const { context, page } = await visit(browser, "demos/approval.html");
    await ready(page);
    await page.fill("#input", "the old pier");
    await run(page);
    await told(page, "question");
    await page.click('anystep-graph .question button >> text="try again"');
    await told(page, "question");

    await page.reload();
    await page.waitForSelector('#source[data-source="restored"]', { timeout: 90_000 });
    await page.waitForSelector("anystep-graph .question:not([hidden]) button");
    assert.match(await page.textContent("anystep-graph .asked"), /In short: The old pier\./);
    await page.click('anystep-graph .question button >> text="publish it"');
    await page.waitForSelector("anystep-graph .question select");
    await page.selectOption("anystep-graph .question select", { label: "notice board" });
    await page.fill('anystep-graph .question [name="copies"]', "0");
    await page.click('anystep-graph .question button[name="send"]');
    assert.match(await page.textContent("anystep-graph .question .problem"), /at least 1/);
    await page.fill('anystep-graph .question [name="copies"]', "7");
    await page.evaluate(() => (globalThis.told.length = 0)); // The recording was told of as well.
    await page.click('anystep-graph .question button[name="send"]');
    const { values } = await told(page, "done");

    assert.deepEqual(values.published, {
      text: "In short: The old pier.",
      channel: "notice board",
      copies: 7,
      notify: true,
    });
    assert.equal(values.rounds, 2);
    await context.close();
  });

  test("time travel: an earlier step, other weather, another plan; the old way stays", async () => {
    const { context, page } = await visit(browser, "demos/timetravel.html");
    await ready(page);
    await run(page);
    await told(page, "done");
    await page.click('anystep-graph .steps button:has-text("look_outside")');
    await page.click('anystep-graph button:has-text("Fork from here")');
    await page.fill("anystep-graph .fork textarea", '{"weather": "sun"}');
    await page.click('anystep-graph .fork button[type="submit"]');
    const { values } = await told(page, "done");

    assert.equal(
      values.plan,
      "Off to the mountains in the sun, with 80 to spend.".replace("mountains", values.place),
    );
    assert.equal(values.place, "mountains");
    assert.equal(values.weather, "sun");
    await context.close();
  });

  test("subgraphs expand, and their tasks are counted inside", async () => {
    const { context, page } = await visit(browser, "demos/mapreduce.html");
    await ready(page);
    assert.equal(await page.locator("anystep-graph .cluster").count(), 0);
    await page.click('anystep-graph button:has-text("Expand")');
    await run(page);
    await told(page, "done");

    assert.equal(await page.locator("anystep-graph .cluster").count(), 1);
    const measure = page.locator("anystep-graph .node", { hasText: "measure" });
    assert.equal(await measure.locator(".count text").textContent(), "×4");
    await context.close();
  });

  test("a changed program runs, its error names its line, and a link carries it", async () => {
    const { context, page, complaints } = await visit(browser, "demos/analysis.html");
    await ready(page);
    await page.click("#edit");
    await page.waitForSelector(".editor .cm-content", { timeout: 30_000 });
    await page.click(".editor .cm-content");
    await page.keyboard.press("Control+a");
    await page.evaluate(paste, BROKEN);
    await run(page);
    await page.waitForSelector("anystep-graph .failure:not([hidden])");
    assert.match(
      await page.textContent("anystep-graph .failure pre"),
      /^Traceback.*\n\s+File "analysis.py", line 8, in fail[\s\S]*ZeroDivisionError/,
    );
    assert.equal(await page.isHidden("#trace"), true, "a traceback is shown once");
    assert.equal(await page.locator('anystep-graph .node[data-state="failed"]').count(), 1);

    await page.click("#share");
    await page.waitForFunction(() => location.hash.length > 20);
    const address = page.url();
    assert.ok(address.length < 8_000, `${address.length} characters`);
    const other = await context.newPage();
    await other.goto(address);
    await other.waitForFunction(() => document.getElementById("note").textContent !== "");
    assert.match(await other.textContent("#note"), /came with the link/);
    assert.equal(await other.textContent("#program"), BROKEN);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test("the program and a traceback are copied, and memory is told after a run", async () => {
    const permissions = ["clipboard-read", "clipboard-write"];
    const { context, page, complaints } = await visit(browser, "demos/analysis.html", {
      ...HURRIED,
      permissions,
    });
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    const fragment = await open(page, BROKEN, "x");
    await page.goto(`${site}demos/analysis.html#${fragment}`);
    await page.reload();
    await ready(page);
    await page.click(".code-head .copy");
    await page.waitForSelector('.code-head .copy:text-is("Copied")');
    const program = await copied();
    await run(page);
    await page.click('anystep-graph .failure button:has-text("Copy traceback")');
    await page.waitForSelector('anystep-graph .failure button:text-is("Copied")');
    const trace = await copied();
    await page.waitForFunction(() => document.getElementById("memory").textContent !== "");
    const memory = await page.textContent("#memory");

    assert.equal(program, BROKEN);
    assert.match(trace, /^Traceback.*\n {2}File "analysis.py", line 8, in fail\n/);
    assert.match(
      memory,
      /^Python takes \d+ MB of memory; this browser keeps \d+ MB of this site\.$/,
    );
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test("a program that came with a link shows the line it failed at", async () => {
    const { context, page } = await visit(browser, "demos/analysis.html");
    const fragment = await open(page, BROKEN, "x");
    await page.goto(`${site}demos/analysis.html#${fragment}`);
    await page.reload();
    await ready(page);
    await run(page);
    await page.waitForSelector("#program[data-failed]");

    const line = await page.$eval("#program", (code) =>
      code.style.getPropertyValue("--failed-line"),
    );
    assert.equal(line, "8");
    await context.close();
  });

  test("a thread is saved as a file, and opened by somebody else", async () => {
    const { context, page } = await visit(browser, "demos/approval.html");
    await ready(page);
    await page.fill("#input", "the harbour bell");
    await run(page);
    await told(page, "question");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
    const file = await download.path();

    const other = await visit(browser, "demos/approval.html");
    await ready(other.page);
    await other.page.setInputFiles("#file", file);
    await other.page.waitForFunction(
      () => document.getElementById("source").textContent === "from a file",
    );
    await other.page.waitForSelector("anystep-graph .question:not([hidden]) button");
    assert.match(await other.page.textContent("anystep-graph .asked"), /harbour bell/);
    assert.deepEqual(other.complaints, []);

    await other.page.setInputFiles("#file", {
      name: "no.anystep",
      mimeType: "application/octet-stream",
      buffer: Buffer.from("not a thread"),
    });
    await other.page.waitForFunction(() =>
      /Error/.test(document.getElementById("note").textContent),
    );
    await other.context.close();
    await context.close();
  });

  test("a link that was tampered with leaves the demo as it is", async () => {
    const { context, page } = await visit(browser, "demos/counter.html#AAAA-not-a-link");
    await page.waitForFunction(() => document.getElementById("note").textContent !== "");

    assert.match(await page.textContent("#note"), /could not be read/);
    assert.match(await page.textContent("#program"), /def triple/);
    await context.close();
  });

  test("an endless loop is stopped, and the next run works", async () => {
    const { context, page } = await visit(browser, "demos/analysis.html");
    const fragment = await open(page, ENDLESS, "x");
    await page.goto(`${site}demos/analysis.html#${fragment}`);
    await page.reload();
    await ready(page);
    await run(page);
    await page.waitForFunction(() => document.getElementById("source").dataset.source === "live");
    await page.click('anystep-graph button:has-text("Stop")');
    await page.waitForFunction(
      () =>
        document.querySelector("anystep-graph").shadowRoot.querySelector(".status").textContent ===
        "stopped",
      null,
      { timeout: 60_000 },
    );
    await page.fill("#input", "stop");
    await run(page);
    const { values } = await told(page, "done");

    assert.equal(values.summary, "done");
    await context.close();
  });

  test("a thousand steps leave the page responsive", async (t) => {
    const { context, page } = await visit(browser, "demos/analysis.html");
    const fragment = await open(page, THOUSAND, "x");
    await page.goto(`${site}demos/analysis.html#${fragment}`);
    await page.reload();
    await ready(page);
    await page.evaluate(watchBlocks);
    const begun = Date.now();
    await run(page);
    const { values } = await told(page, "done", 120_000);
    const seconds = (Date.now() - begun) / 1000;
    const longest = await page.evaluate(() => globalThis.longestBlock);

    t.diagnostic(
      `1000 steps shown in ${seconds.toFixed(1)} s; longest block of the page ${longest.toFixed(0)} ms`,
    );
    assert.equal(values.n, 1000);
    assert.ok(longest < 200 * lane.patience, `the page was blocked for ${longest} ms`);
    await context.close();
  });

  test("memory stays flat over many runs", async (t) => {
    const { context, page } = await visit(browser, "demos/counter.html");
    await ready(page);
    const client = await context.newCDPSession(page);
    const size = async () => {
      await client.send("HeapProfiler.collectGarbage");
      return (await client.send("Runtime.getHeapUsage")).usedSize / 1e6;
    };
    const sizes = [];
    for (let round = 0; round < 3; round++) {
      for (let count = 0; count < 4; count++) {
        await page.fill("#input", '{"n": 5}');
        await run(page);
        await told(page, "done");
      }
      sizes.push(await size());
    }
    t.diagnostic(
      `heap of the page after 4, 8, 12 runs: ${sizes.map((one) => one.toFixed(1)).join(", ")} MB`,
    );
    assert.ok(sizes[2] - sizes[1] < 3, `grew from ${sizes[1]} to ${sizes[2]} MB`);
    await context.close();
  });

  test("all demos are in the menu of each", async () => {
    const { context, page } = await visit(browser, "demos/chat.html");
    const links = await page
      .locator(".demos a")
      .evaluateAll((all) => all.map((a) => a.getAttribute("href")));

    assert.deepEqual(links.sort(), DEMOS.map((name) => `${name}.html`).sort());
    await context.close();
  });
});

const BROKEN = `from typing import TypedDict
from anystep.graph import END, START, StateGraph

class S(TypedDict):
    input: str

def fail(state):
    return {"input": 1 / 0}

def build(saver):
    return StateGraph(S).add_node("fail", fail).add_edge(START, "fail").compile(checkpointer=saver)
`;

const ENDLESS = `from typing import TypedDict
from anystep.graph import START, StateGraph

class S(TypedDict, total=False):
    input: str
    summary: str

def spin(state):
    while state["input"] != "stop":
        pass
    return {"summary": "done"}

def build(saver):
    return StateGraph(S).add_node("spin", spin).add_edge(START, "spin").compile(checkpointer=saver)
`;

const THOUSAND = `from typing import TypedDict
from anystep.graph import END, START, StateGraph

class S(TypedDict, total=False):
    input: str
    n: int

def one(state):
    return {"n": state.get("n", 0) + 1}

def build(saver):
    graph = StateGraph(S).add_node("one", one).add_edge(START, "one")
    graph.add_conditional_edges("one", lambda state: "one" if state["n"] < 1000 else END, ["one", END])
    return graph.compile(checkpointer=saver)
`;

// In the page: paste into the editor, as a visitor would.
function paste(text) {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const content = document.querySelector(".editor").shadowRoot.querySelector(".cm-content");
  content.dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }),
  );
}

// In the page: its longest task since now; the browser lists those of fifty milliseconds and more.
function watchBlocks() {
  globalThis.longestBlock = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries())
      globalThis.longestBlock = Math.max(globalThis.longestBlock, duration);
  }).observe({ type: "longtask" });
}
