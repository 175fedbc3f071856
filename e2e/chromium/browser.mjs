// The browser the tests share: Chromium with no way out, and pages that remember what went wrong.

import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** What tools/chromium_lane.py tells the tests. */
export const lane = JSON.parse(process.env.ANYSTEP_LANE);
export const site = lane.site;

export const { chromium } = createRequire(`${lane.modules}/`)("playwright-core");

// Chromium asks its makers' hosts for one thing and another at every start; none is reachable
// through this resolver, and the flags keep it from trying.
export const FLAGS = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-features=OptimizationHints,MediaRouter",
  "--disable-gpu",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
  // The sandbox needs rights that root gives up and containers often lack.
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
];

/** A browser; where one test alone uses it, `t`, its context, closes it however the test ends. */
export async function launch(t) {
  const browser = await chromium.launch({ executablePath: lane.chromium, args: FLAGS });
  t?.after(() => browser?.close());
  return browser;
}

/**
 * A page in a context of its own (nothing cached), with what it did wrong:
 * `outside` (addresses asked for beyond this origin) and `complaints` (errors, warnings, 404s).
 */
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const outside = [];
  const complaints = [];
  const origin = new URL(site).origin;
  await context.route(
    (url) => url.origin !== origin,
    (route) => {
      outside.push(route.request().url());
      return route.abort();
    },
  );
  const page = await context.newPage();
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) outside.push(request.url());
  });
  page.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error.stack)));
  return { context, page, outside, complaints };
}

/** Wait until the live run asks its question. */
export async function untilQuestion(page) {
  await page.waitForSelector('#source[data-source^="live"]', { timeout: 60_000 });
  await page.waitForSelector("#question:not([hidden]) button", { timeout: 60_000 });
}

export async function screenshot(page, name, options = {}) {
  mkdirSync(lane.screenshots, { recursive: true });
  await page.screenshot({ path: join(lane.screenshots, `${name}.png`), ...options });
}
