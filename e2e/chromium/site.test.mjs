// The page, as visitors meet it: the curious, the hurried, the one without a mouse.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { lane, launch, openPage, screenshot, site, untilQuestion } from "./browser.mjs";

const HURRIED = { reducedMotion: "reduce" };
const answers = lane.record.runs.filter((run) => "resume" in run).map((run) => run.resume);

describe("the static page", () => {
  let browser;
  before(async () => (browser = await launch()));
  after(() => browser.close());

  test("shows the recorded run before Python is there", async () => {
    const { context, page, complaints } = await openPage(browser);
    await page.route("**/runtime/**", () => {}); // Python never comes
    await page.goto(site);
    await page.waitForSelector("#steps li:nth-child(3)", { timeout: 10_000 });

    assert.equal(await page.textContent("#source"), "recorded");
    assert.ok((await page.locator("#graph .node").count()) >= 4, "the graph is drawn");
    assert.ok((await page.locator('#graph .node[data-state="done"]').count()) >= 1);
    assert.match(await page.textContent("#recorded-digest"), /^[0-9a-f]{64}$/);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  describe("with Python in the tab", () => {
    let visit;
    before(async () => {
      visit = await openPage(browser, HURRIED);
      await visit.page.goto(site);
    });
    after(() => visit.context.close());

    test("runs the graph live under its policy up to the question", async () => {
      const { page } = visit;
      await untilQuestion(page);

      assert.equal(await page.locator('#graph .node[data-state="interrupted"]').count(), 1);
      assert.match(await page.textContent("#runtime-text"), /^Python 3\.14\.\d+ is running/);
      assert.ok((await page.locator("#steps li").count()) >= 2);
    });

    test("resumes with the answers and ends with the bytes CPython made", async () => {
      const { page } = visit;
      await answerAsRecorded(page);

      assert.equal(await verdict(page), "same");
      assert.equal(await page.textContent("#live-digest"), lane.record.sha256);
      assert.equal(await page.locator('#graph .node[data-state="active"]').count(), 0);
    });

    test("runs again with the visitor's own text, shown as text whatever it holds", async () => {
      const { page } = visit;
      const hostile = 'Fine <img src=x onerror="document.title=1"> & <b>bold</b>.';
      await page.fill("#text", hostile);
      await page.click("#run");
      await untilQuestion(page);
      await answerAsRecorded(page);

      assert.equal(await verdict(page), "different");
      assert.ok((await page.textContent("#state")).includes(hostile));
      assert.equal(await page.locator("#stage img, #stage b").count(), 0);
    });

    test("can be worked by keyboard alone", async () => {
      const { page } = visit;
      await page.focus("#text");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await untilQuestion(page);
      // The question takes the focus; its first button is a whole answer.
      await page.waitForFunction(() => document.activeElement?.closest("#question") !== null);
      await page.keyboard.press("Enter");
      assert.equal(await verdict(page), "different");
      await page.focus("#steps li:first-child button");
      await page.keyboard.press("Enter");

      assert.equal(await page.getAttribute("#steps li:first-child button", "aria-current"), "step");
    });

    test("asked no other host for anything, and nothing complained", () => {
      assert.deepEqual(visit.outside, []);
      assert.deepEqual(visit.complaints, []);
    });
  });

  test("counts every byte of the download and offers another try when it breaks", async () => {
    const { context, page } = await openPage(browser, HURRIED);
    let broken = true;
    await page.route("**/stdlib.zip", (route) => (broken ? route.abort() : route.continue()));
    await page.goto(site);
    await page.waitForSelector("#runtime-button:not([hidden])", { timeout: 30_000 });
    assert.match(await page.textContent("#runtime-text"), /stdlib\.zip could not be fetched/);

    broken = false;
    const watched = page.evaluate(watchProgress);
    await page.click("#runtime-button");
    const { loaded, total } = await watched;

    assert.equal(loaded, total, "the last thing said is the whole");
    assert.equal(total, (lane.bytes / 1e6).toFixed(1));
    await context.close();
  });

  test("the page of the documentation works as it is written", async () => {
    const { context, page, outside, complaints } = await openPage(browser);
    await page.goto(lane.own);
    await page.waitForSelector("#events li:nth-child(3)", { timeout: 30_000 });

    assert.deepEqual(await page.locator("#events li").allTextContents(), [
      'values: {"text":"hello"}',
      'updates: {"shout":{"loud":"HELLO"}}',
      'values: {"text":"hello","loud":"HELLO"}',
    ]);
    assert.deepEqual(outside, []);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test("fits phones and desks, by day and by night", async () => {
    const { context, page } = await openPage(browser, HURRIED);
    await page.goto(site);
    await page.waitForSelector("#steps li");
    await portraits(page, "1-recorded");
    await untilQuestion(page);
    await portraits(page, "2-question");
    await answerAsRecorded(page);
    await verdict(page);
    await portraits(page, "3-done", { fullPage: true });
    await page.click(".source summary");
    await portraits(page, "4-program", { fullPage: true });
    await context.close();
  });
});

/** Answer every question as the recording did. */
async function answerAsRecorded(page) {
  for (const answer of answers) {
    await page.waitForSelector("#question:not([hidden])");
    const option = page.locator(`#question button[value="${answer}"]`);
    if ((await option.count()) > 0) {
      await option.click();
    } else {
      await page.fill('#question [name="answer"]', String(answer));
      await page.keyboard.press("Enter");
    }
    await page.waitForSelector("#question", { state: "hidden" });
  }
}

async function verdict(page) {
  await page.waitForSelector("#verdict[data-verdict]", { timeout: 30_000 });
  return await page.getAttribute("#verdict", "data-verdict");
}

/** A screenshot at each width and in each mood; nothing may reach beyond the side of the page. */
async function portraits(page, name, options) {
  for (const [width, height] of [[1280, 900], [390, 844]]) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await screenshot(page, `${width}-${colorScheme}-${name}`, options);
    }
    const beyond = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(beyond, 0, `${name} at ${width} pixels`);
  }
}

// In the page: the last numbers of the download that were shown.
function watchProgress() {
  const text = document.getElementById("runtime-text");
  return new Promise((resolve) => {
    let last = {};
    new MutationObserver(() => {
      const found = /Fetching Python: ([\d.]+) of ([\d.]+) MB/.exec(text.textContent);
      if (found !== null) last = { loaded: found[1], total: found[2] };
      if (text.textContent.includes("is running")) resolve(last);
    }).observe(text, { childList: true });
  });
}
