// A thread in a real profile whose browser is killed, or whose page is left, in mid-run, many times.
//
// Beside the thread's database there is another one of the same origin that anystep knows nothing
// of, the witness: if that is gone too, it was the browser that threw the storage away.

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";

import { load, Profile, run, soak, state } from "./stored.mjs";

const KILLS = soak ? 100 : 3;
const RELOADS = soak ? 500 : 5;
const LONG = { timeout: 7_200_000 };

describe("a thread in a browser that crashes", () => {
  let profile;
  let page;

  beforeEach(async () => {
    profile = new Profile();
    page = await profile.open();
  });
  afterEach(() => profile.close());

  test(`goes on after each of ${KILLS} kills of the browser`, LONG, async () => {
    await crashes(
      "kill",
      KILLS,
      (n) => 3 + ((n * 7) % 23),
      async () => {
        await profile.kill();
        page = await profile.open();
      },
    );
  });

  test(`goes on after each of ${RELOADS} reloads`, LONG, async () => {
    await crashes(
      "reload",
      RELOADS,
      (n) => 2 + (n % 13),
      async () => {
        const next = await profile.page();
        await page.close();
        page = next;
      },
    );
  });

  test(
    "a write that a kill tore apart does not cost the storage two starts later",
    LONG,
    async () => {
      await begin();
      await profile.kill();
      profile.tearLog();
      page = await profile.open();
      await load(page);
      const acked = await runUntil(3, () => profile.kill());
      page = await profile.open();
      await load(page);

      assert.ok((await state(page)).step >= acked);
    },
  );

  test(
    "a storage that the browser threw away is told by name, and is empty then",
    LONG,
    async () => {
      await begin();
      await profile.kill();
      profile.damageLog();
      page = await profile.open();
      const told = await load(page).catch(({ message }) => message);
      await load(page);

      assert.match(told, /the storage 'anystep'.*thrown away what was stored.*open it again/);
      assert.deepEqual(await page.evaluate(() => globalThis.graph.threads()), []);
    },
  );

  /** Run until some more steps are acknowledged, crash, look; again and again. */
  async function crashes(kind, times, steps, crash) {
    const seen = { steps: 0, lost: [], forgotten: [] };
    let last = await begin();
    for (let n = 1; n <= times; n += 1) {
      const acked = await runUntil(steps(n), crash);
      seen.steps += acked - last;
      last = await goOn(acked, `${kind} ${n}`, seen);
      if (soak && n % 10 === 0) tell(kind, n, seen);
    }
    if (!soak) tell(kind, times, seen);
    assert.deepEqual(seen.lost, [], "acknowledged steps were lost");
  }

  /** A thread with a goal out of reach, its first step stored; that step. */
  async function begin() {
    await page.evaluate(witness);
    await load(page);
    return await runUntil(1, () => page.evaluate(() => globalThis.graph.cancel("1")), {
      n: 0,
      goal: 1_000_000,
    });
  }

  /** The last step acknowledged until `crash` has ended the run. */
  async function runUntil(steps, crash, input = null) {
    let acked;
    let count = 0;
    let enough;
    const reached = new Promise((resolve) => (enough = resolve));
    acknowledged = (step) => {
      acked = step;
      count += 1;
      if (count >= steps) enough();
    };
    if (!told.has(page)) await page.exposeFunction("acked", (step) => acknowledged(step));
    told.add(page);
    const running = run(page, input).catch(() => {});
    await Promise.race([reached, running]);
    await crash();
    await running;
    assert.ok(count >= steps, "the run ended before its time");
    return acked;
  }
  let acknowledged;
  const told = new WeakSet();

  /** Look at what is there after a crash; the step that the thread goes on from. */
  async function goOn(acked, when, seen) {
    const lost = await load(page).then(() => false, isLost);
    if (lost) await load(page);
    const found = await state(page);
    const here = await page.evaluate(witness);
    if (found.step >= acked) {
      assert.equal(found.values.n, Math.max(found.step, 0));
      assert.equal(found.next[0], "up");
      return found.step;
    }
    const what = `${when}: step ${acked} was acknowledged, ${found.step} is there`;
    console.log(
      `[chromium] ${what}; the witness ${here ? "is there" : "is gone as well"}; anystep ${lost ? "told it" : "did not tell it"}\n${profile.account()}`,
    );
    if (here || !lost) seen.lost.push(what);
    else seen.forgotten.push(what);
    return await begin();
  }

  function tell(kind, times, { steps, lost, forgotten }) {
    console.log(
      `[chromium] ${times} ${kind}s: ${steps} steps acknowledged, ${lost.length} times some were lost, ${forgotten.length} times the browser threw all away and was told to have`,
    );
  }
});

/** Whether an error says that the browser threw the storage away; any other error is thrown. */
function isLost(error) {
  if (!error.message.includes("has thrown away what was stored")) throw error;
  return true;
}

/** In a page: whether the witness, a database that this makes, had been made before. */
async function witness() {
  let here = true;
  const opening = indexedDB.open("witness");
  opening.onupgradeneeded = () => (here = false);
  await new Promise((resolve, reject) => {
    opening.onsuccess = resolve;
    opening.onerror = () => reject(opening.error);
  });
  opening.result.close();
  return here;
}
