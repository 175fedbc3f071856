// For everybody: axe finds nothing serious, the keyboard reaches everything, phones show it all.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import {
  DEMOS,
  HURRIED,
  launch,
  ready,
  run,
  screenshot,
  site,
  told,
  violations,
  visit,
} from "./visits.mjs";

const PAGES = [
  "",
  ...DEMOS.map((name) => `demos/${name}.html`),
  "docs/index.html",
  "docs/browser.html",
  "docs/differences.html",
  "pyscript/index.html",
  "no-such-page",
];
const WIDTHS = [
  [1280, 900],
  [390, 844],
];

describe("the site for everybody", () => {
  let browser;
  before(async () => (browser = await launch()));
  after(() => browser?.close());

  for (const colorScheme of ["light", "dark"]) {
    test(`axe finds nothing serious on any page, ${colorScheme}`, async () => {
      const found = [];
      const { context, page } = await visit(browser, "", { ...HURRIED, colorScheme });
      await page.route("**/runtime/**", () => {});
      for (const path of PAGES) {
        await page.goto(new URL(path, site).href);
        await page.waitForTimeout(400);
        found.push(...(await violations(page)).map((one) => ({ path, ...one })));
      }
      assert.deepEqual(found, []);
      await context.close();
    });
  }

  test("axe finds nothing serious while a graph asks, forks, lists, and is edited", async () => {
    const { context, page } = await visit(browser, "demos/approval.html");
    await ready(page);
    await run(page);
    await told(page, "question");
    assert.deepEqual(await violations(page), [], "a question");
    await page.click('anystep-graph .question button >> text="publish it"');
    await told(page, "question");
    assert.deepEqual(await violations(page), [], "a form by schema");
    await page.click('anystep-graph button:has-text("List")');
    await page.click("anystep-graph .steps li:nth-child(2) button");
    await page.click('anystep-graph button:has-text("Fork from here")');
    assert.deepEqual(await violations(page), [], "the list and the form for a fork");
    await page.click("#edit");
    await page.waitForSelector(".editor .cm-content");
    assert.deepEqual(await violations(page), [], "the editor");
    await context.close();
  });

  test("a whole approval by keyboard alone", async () => {
    const { context, page } = await visit(browser, "demos/approval.html");
    await ready(page);
    await tabTo(page, "#run");
    await page.keyboard.press("Enter");
    await told(page, "question");
    await tabTo(page, 'button[name="option"]');
    await page.keyboard.press("Enter");
    await told(page, "question");
    await tabTo(page, "select");
    await page.keyboard.press("ArrowDown");
    await tabTo(page, 'button[name="send"]');
    await page.keyboard.press("Enter");
    const { values } = await told(page, "done");

    assert.deepEqual(values.published.channel, "blog");
    assert.equal(await focused(page), "status", "what had the focus is gone, and it is not lost");
    await context.close();
  });

  test("a way back in time and another way on, by keyboard alone", async () => {
    const { context, page } = await visit(browser, "demos/timetravel.html");
    const place = () => page.textContent("anystep-graph .step[aria-current] strong");
    const pressed = async (key, step) => {
      await page.keyboard.press(key);
      await page.waitForFunction(
        (step) =>
          document
            .querySelector("anystep-graph")
            .shadowRoot.querySelector(".step[aria-current] strong")?.textContent === step,
        step,
      );
    };
    await ready(page);
    await tabTo(page, "#run");
    await page.evaluate(() => (globalThis.told.length = 0)); // The recording was told of as well.
    await page.keyboard.press("Enter");
    await told(page, "done");
    assert.equal(await focused(page), "run", "the button that was pressed keeps the focus");
    await tabTo(page, 'input[type="range"]');
    assert.equal(await place(), "book");
    await pressed("ArrowLeft", "choose");
    await pressed("Home", "input");
    await pressed("ArrowRight", "look_outside");
    await tabTo(page, ".plain");
    await page.keyboard.press("Enter");
    await tabTo(page, "textarea");
    await page.keyboard.press("Control+a");
    await page.keyboard.type('{"weather": "sun"}');
    await tabTo(page, 'button[type="submit"]');
    await page.keyboard.press("Enter");
    const { values } = await told(page, "done");
    const steps = await page.locator("anystep-graph .steps strong").allTextContents();

    assert.match(values.plan, /in the sun/);
    assert.deepEqual(steps, ["input", "look_outside", "update", "choose", "book"]);
    assert.equal(await focused(page), "status");
    await context.close();
  });

  test("the list says in words what the picture shows", async () => {
    const { context, page } = await visit(browser, "demos/mapreduce.html");
    await ready(page);
    await run(page);
    await told(page, "done");
    await page.click('anystep-graph button:has-text("List")');
    await page.waitForSelector("anystep-graph .listing:not([hidden])");
    const lines = await page.locator("anystep-graph .listing li").allTextContents();

    assert.ok(
      lines.some((line) => /measure.*done, 4 of 4 tasks.*leads to/.test(line)),
      lines.join("\n"),
    );
    assert.match(
      await page.locator("anystep-graph .picture title").textContent(),
      /split to study/,
    );
    await context.close();
  });

  test("fits phones and desks, by day and by night", async () => {
    const { context, page } = await visit(browser, "");
    await page.waitForSelector("anystep-graph .question:not([hidden])");
    await portraits(page, "front-recorded");
    await page.waitForSelector("anystep-graph .question button", { timeout: 90_000 });
    await portraits(page, "front-question", { fullPage: true });
    for (const name of DEMOS) {
      await page.goto(`${page.url().replace(/demos\/.*$/, "")}demos/${name}.html`);
      await ready(page);
      await run(page);
      await told(page, name === "approval" ? "question" : "done");
      await portraits(page, `demo-${name}`, { fullPage: true });
    }
    await page.goto(`${page.url().replace(/demos\/.*$/, "")}docs/browser.html`);
    await portraits(page, "docs");
    await context.close();
  });
});

/** Press Tab until the element that has the focus matches. */
async function tabTo(page, selector) {
  for (let count = 0; count < 80; count++) {
    if (count > 0) await page.keyboard.press("Tab"); // A question takes the focus by itself.
    const there = await page.evaluate((selector) => {
      let active = document.activeElement;
      while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
      return active?.matches(selector) ?? false;
    }, selector);
    if (there) return;
  }
  assert.fail(`Tab does not reach ${selector}`);
}

/** What has the focus: its id, or its class. */
function focused(page) {
  return page.evaluate(() => {
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    return active.id || active.className;
  });
}

/** A screenshot at each width and in each mood; nothing may reach beyond the side of the page. */
async function portraits(page, name, options) {
  for (const [width, height] of WIDTHS) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.evaluate(
        () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
      );
      await screenshot(page, `${name}-${width}-${colorScheme}`, options);
    }
    const beyond = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(beyond, 0, `${name} at ${width} pixels`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}
