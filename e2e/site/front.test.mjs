// The front page, as visitors meet it: the curious, the hurried, the one without a mouse.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { HURRIED, lane, launch, openPage, site, told, visit } from "./visits.mjs";

const answers = lane.record.runs.filter((run) => "resume" in run).map((run) => run.resume);

describe("the front page", () => {
  let browser;
  before(async () => (browser = await launch()));
  after(() => browser?.close());

  test("shows the recorded run before Python is there", async () => {
    const { context, page, complaints } = await openPage(browser);
    await page.route("**/runtime/**", () => {}); // Python never comes
    await page.goto(site);
    await page.waitForSelector("anystep-graph .steps li:nth-child(3)", { timeout: 15_000 });

    assert.equal(await page.textContent("#source"), "recorded");
    assert.ok((await page.locator("anystep-graph .node").count()) >= 6, "the graph is drawn");
    assert.ok((await page.locator('anystep-graph .node.step[data-state="done"]').count()) >= 1);
    assert.match(await page.textContent("#recorded-digest"), /^[0-9a-f]{64}$/);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  describe("with Python in the tab", () => {
    let opened;
    before(async () => (opened = await visit(browser, "")));
    after(() => opened.context.close());

    test("runs the graph live under its policy up to the question", async () => {
      const { page } = opened;
      await untilQuestion(page);

      assert.equal(await page.locator('anystep-graph .node[data-state="interrupted"]').count(), 1);
      assert.match(await page.textContent(".runtime-text"), /^Python 3\.14\.\d+ in this tab/);
      assert.equal(await page.textContent("#source"), "live in this tab");
    });

    test("resumes with the answers and ends with the bytes CPython made", async () => {
      const { page } = opened;
      await answerAsRecorded(page);

      assert.equal(await verdict(page), "same");
      assert.equal(await page.textContent("#live-digest"), lane.record.sha256);
      assert.equal(await page.locator('anystep-graph .node[data-state="active"]').count(), 0);
    });

    test("runs again with the visitor's own text, shown as text whatever it holds", async () => {
      const { page } = opened;
      const hostile = 'Fine <img src=x onerror="document.title=1"> & <b>bold</b>.';
      await page.fill("#text", hostile);
      await page.click("#run");
      await untilQuestion(page);
      await answerAsRecorded(page);

      assert.equal(await verdict(page), "different");
      assert.ok((await page.textContent("anystep-graph .state")).includes(hostile));
      assert.equal(await page.locator("anystep-graph img, anystep-graph b").count(), 0);
    });

    test("can be worked by keyboard alone", async () => {
      const { page } = opened;
      await page.focus("#text");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await untilQuestion(page);
      await page.focus("anystep-graph .question button");
      await page.keyboard.press("Enter");
      assert.equal(await verdict(page), "different");
      await page.focus("anystep-graph .scrubber, anystep-graph input[type=range]");
      await page.keyboard.press("Home");
      await page.waitForSelector('anystep-graph .steps li:first-child button[aria-current="step"]');
    });

    test("asked no other host for anything, and nothing complained", () => {
      assert.deepEqual(opened.outside, []);
      assert.deepEqual(opened.complaints, []);
    });
  });

  test("counts every byte of the download and offers another try when it breaks", async () => {
    const { context, page } = await openPage(browser, HURRIED);
    let broken = true;
    await page.route("**/python_stdlib.zip", (route) =>
      broken ? route.abort() : route.continue(),
    );
    await page.goto(site);
    await page.waitForSelector("#runtime button:not([hidden])", { timeout: 60_000 });
    assert.match(await page.textContent(".runtime-text"), /stdlib\.zip could not be fetched/);

    broken = false;
    const watched = page.evaluate(watchProgress);
    await page.click("#runtime button");
    const { loaded, total } = await watched;

    assert.equal(loaded, total, "the last thing said is the whole");
    assert.equal(total, (lane.bytes / 1e6).toFixed(1));
    await context.close();
  });

  test("an address that is none gets a page that says so", async () => {
    const { context, page, complaints } = await openPage(browser);
    const response = await page.goto(`${site}demos/nothing-here.html`);

    assert.equal(response.status(), 404);
    assert.equal(await page.textContent("h1"), "There is no such page.");
    assert.deepEqual(
      complaints.filter((text) => !text.includes("404")),
      [],
    );
    await context.close();
  });

  test("the page of the documentation works as it is written", async () => {
    const { context, page, outside, complaints } = await openPage(browser);
    await page.goto(lane.own);
    await page.waitForSelector("#events li:nth-child(3)", { timeout: 60_000 });

    assert.deepEqual(await page.locator("#events li").allTextContents(), [
      'values: {"text":"hello"}',
      'updates: {"shout":{"loud":"HELLO"}}',
      'values: {"text":"hello","loud":"HELLO"}',
    ]);
    assert.deepEqual(outside, []);
    assert.deepEqual(complaints, []);
    await context.close();
  });
});

async function untilQuestion(page) {
  await page.waitForSelector('#source[data-source^="live"]', { timeout: 90_000 });
  await page.waitForSelector("anystep-graph .question:not([hidden]) button", { timeout: 60_000 });
}

/** Answer every question as the recording did. */
async function answerAsRecorded(page) {
  for (const answer of answers) {
    await page.waitForSelector("anystep-graph .question:not([hidden]) button");
    const option = page.locator("anystep-graph .question button", {
      hasText: new RegExp(`^${answer}$`),
    });
    if ((await option.count()) > 0) {
      await option.click();
    } else {
      await page.fill('anystep-graph .question [name="answer"]', String(answer));
      await page.keyboard.press("Enter");
    }
    await told(page, "answer");
  }
}

async function verdict(page) {
  await page.waitForSelector("#verdict[data-verdict]", { timeout: 60_000 });
  return await page.getAttribute("#verdict", "data-verdict");
}

// In the page: the last numbers of the download that were shown.
function watchProgress() {
  const text = document.querySelector(".runtime-text");
  return new Promise((resolve) => {
    let last = {};
    new MutationObserver(() => {
      const found = /Fetching Python: ([\d.]+) of ([\d.]+) MB/.exec(text.textContent);
      if (found !== null) last = { loaded: found[1], total: found[2] };
      if (text.textContent.includes("in this tab")) resolve(last);
    }).observe(text, { childList: true });
  });
}
