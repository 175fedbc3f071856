// WebKitGTK by its own driver: the W3C protocol is a handful of requests, so no package is needed.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PATIENCE = 120_000;

export class WebKit {
  #home = mkdtempSync(join(tmpdir(), "anystep-webkit-"));
  #process;
  #address;
  #session;

  /** @param {{driver: string, browser: string, display: string | null}} found what the lane found */
  async open(found) {
    const port = await freePort();
    const words = [found.driver, `--port=${port}`];
    if (found.display !== null) words.unshift(found.display, "-a");
    const env = {
      ...process.env,
      HOME: this.#home,
      XDG_DATA_HOME: this.#home,
      XDG_CACHE_HOME: this.#home,
    };
    // Its sandbox needs rights that containers lack; what it is shown is the site alone.
    env.WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS = "1";
    this.#process = spawn(words[0], words.slice(1), { env, stdio: "ignore", detached: true });
    this.#address = `http://127.0.0.1:${port}`;
    await until(
      () =>
        this.#ask("GET", "/status").then(
          () => true,
          () => false,
        ),
      "the driver",
    );
    const options = { binary: found.browser, args: ["--automation"] };
    const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": options } };
    const { sessionId } = await this.#ask("POST", "/session", { capabilities });
    this.#session = `/session/${sessionId}`;
  }

  goto(url) {
    return this.#ask("POST", `${this.#session}/url`, { url });
  }

  /** Run the body of a function in the page; what it returns. */
  run(script, ...args) {
    return this.#ask("POST", `${this.#session}/execute/sync`, { script, args });
  }

  /** Wait until an expression holds in the page; its value. */
  async wait(expression) {
    let value;
    await until(async () => (value = await this.run(`return ${expression}`)), expression);
    return value;
  }

  close() {
    if (this.#process !== undefined) process.kill(-this.#process.pid, "SIGKILL");
    rmSync(this.#home, { recursive: true, force: true, maxRetries: 5 });
  }

  async #ask(method, path, body) {
    const response = await fetch(this.#address + path, {
      method,
      body: body && JSON.stringify(body),
    });
    const { value } = await response.json();
    if (value?.error !== undefined) throw new Error(`${path}: ${value.error}: ${value.message}`);
    return value;
  }
}

async function until(holds, what) {
  const end = Date.now() + PATIENCE;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited ${PATIENCE / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
