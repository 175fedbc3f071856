// The page, as a visitor meets it.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { lane, launch, openPage, screenshot, site, untilQuestion } from "./browser.mjs";

describe("the static page", () => {
  let browser;
  before(async () => (browser = await launch()));
  after(() => browser.close());

  async function visit(options) {
    const opened = await openPage(browser, options);
    await opened.page.goto(site);
    return opened;
  }

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

  test("runs the graph live under its policy, asks, resumes, and ends with CPython's bytes", async () => {
    const { context, page, outside, complaints } = await visit();
    await untilQuestion(page);
    assert.equal(await page.locator('#graph .node[data-state="interrupted"]').count(), 1);
    assert.match(await page.textContent("#runtime-text"), /^Python 3\.14\.\d+ is running/);

    await answerAsRecorded(page);
    await page.waitForSelector("#verdict[data-verdict]", { timeout: 30_000 });

    assert.equal(await page.textContent("#live-digest"), lane.record.sha256);
    assert.equal(await page.getAttribute("#verdict", "data-verdict"), "same");
    assert.deepEqual(outside, [], "asked another host");
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test("can be worked by keyboard alone", async () => {
    const { context, page } = await visit();
    await untilQuestion(page);

    await page.waitForFunction(() => document.activeElement?.closest("#question") !== null);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#verdict[data-verdict]", { timeout: 30_000 });
    await page.focus("#steps li:first-child button");
    await page.keyboard.press("Enter");

    assert.equal(await page.getAttribute("#steps li:first-child button", "aria-current"), "step");
    await context.close();
  });

  test("runs again with the visitor's own text, shown as text whatever it holds", async () => {
    const { context, page, complaints } = await visit();
    await untilQuestion(page);
    const hostile = 'Fine <img src=x onerror="document.title=1"> & <b>bold</b>.';
    await page.fill("#text", hostile);
    await page.click("#run");
    await page.waitForSelector("#question", { state: "hidden" });
    await untilQuestion(page);
    await answerAsRecorded(page);
    await page.waitForSelector("#verdict[data-verdict]", { timeout: 30_000 });

    assert.equal(await page.getAttribute("#verdict", "data-verdict"), "different");
    assert.ok((await page.textContent("#state")).includes(hostile));
    assert.equal(await page.locator("#stage img, #stage b").count(), 0);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test("counts every byte of the download and offers another try when it breaks", async () => {
    const { context, page } = await openPage(browser);
    let broken = true;
    await page.route("**/stdlib.zip", (route) => (broken ? route.abort() : route.continue()));
    await page.goto(site);
    await page.waitForSelector("#runtime-button:not([hidden])", { timeout: 30_000 });
    assert.match(await page.textContent("#runtime-text"), /stdlib\.zip could not be fetched/);

    broken = false;
    const said = page.evaluate(watchProgress);
    await page.click("#runtime-button");
    await untilQuestion(page);
    const { loaded, total } = await said;

    assert.equal(loaded, total, "the last thing said is the whole");
    assert.equal(total, (lane.bytes / 1e6).toFixed(1));
    await context.close();
  });

  for (const [width, height] of [[1280, 900], [390, 844]]) {
    for (const colorScheme of ["light", "dark"]) {
      test(`fits ${width} pixels in ${colorScheme}`, async () => {
        const { context, page } = await visit({ viewport: { width, height }, colorScheme });
        const name = `${width}-${colorScheme}`;
        await page.waitForSelector("#steps li");
        await screenshot(page, `${name}-1-recorded`);
        await untilQuestion(page);
        await screenshot(page, `${name}-2-question`);
        await answerAsRecorded(page);
        await page.waitForSelector("#verdict[data-verdict]", { timeout: 30_000 });
        await screenshot(page, `${name}-3-done`, { fullPage: true });

        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.equal(overflow, 0, "nothing reaches beyond the side of the page");
        await context.close();
      });
    }
  }
});

async function answerAsRecorded(page) {
  for (const { resume } of lane.record.runs.filter((run) => "resume" in run)) {
    await page.waitForSelector("#question:not([hidden])");
    const option = page.locator(`#question button[value="${resume}"]`);
    if ((await option.count()) > 0) {
      await option.click();
    } else {
      await page.fill('#question [name="answer"]', String(resume));
      await page.keyboard.press("Enter");
    }
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
