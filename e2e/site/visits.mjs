// What the tests of the site share: a visit to a page, and what its element tells.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

import { lane, openPage, site } from "../chromium/browser.mjs";

export { lane, launch, openPage, screenshot, site } from "../chromium/browser.mjs";

export const require = createRequire(`${lane.modules}/`);
export const HURRIED = { reducedMotion: "reduce" };
export const DEMOS = ["analysis", "counter", "approval", "mapreduce", "timetravel", "chat"];

/** Open a page of the site in a context of its own; `visit.told` collects what its element says. */
export async function visit(browser, path, options = HURRIED) {
  const opened = await openPage(browser, options);
  await opened.page.addInitScript(listen);
  await opened.page.goto(site + path);
  return opened;
}

// In the page: remember the element's events, for tests that come after them.
function listen() {
  const told = [];
  globalThis.told = told;
  for (const name of ["question", "answer", "done", "error", "fork"]) {
    document.addEventListener(`anystep-${name}`, ({ detail }) => {
      told.push({
        name,
        detail: JSON.parse(
          JSON.stringify(detail, (_, value) => (value instanceof Error ? value.message : value)),
        ),
      });
    });
  }
}

/** Python is there, and the demo can be run. */
export function ready(page) {
  return page.waitForSelector("#run:enabled", { timeout: 90_000 });
}

/** Press Run and forget what was told before. */
export async function run(page) {
  await page.evaluate(() => (globalThis.told.length = 0));
  await page.click("#run");
}

/** Wait until the element tells this; its detail. */
export async function told(page, name, timeout = 60_000) {
  const handle = await page.waitForFunction(
    (name) => globalThis.told.find((one) => one.name === name),
    name,
    { timeout },
  );
  const { detail } = await handle.jsonValue();
  await page.evaluate((name) => {
    globalThis.told.splice(0, globalThis.told.findIndex((one) => one.name === name) + 1);
  }, name);
  return detail;
}

/** Put a program into the page as a share link would. */
export async function open(page, source, input = "{}") {
  const fragment = await page.evaluate(
    async ([address, what]) => {
      const { packed } = await import(address);
      return packed(what);
    },
    [`${site}js/share.js`, { source, input }],
  );
  return fragment;
}

/** What axe finds wrong with the page as it stands, serious or worse. */
export async function violations(page) {
  const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
  await page.evaluate(`${axe};0`);
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      where: nodes.slice(0, 3).map(({ target, failureSummary }) => `${target}: ${failureSummary}`),
    }));
  });
  return found.filter(({ impact }) => impact === "serious" || impact === "critical");
}
