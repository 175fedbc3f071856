// Fetch the runtime's files side by side and count every byte as it arrives.
//
// Pyodide asks for its files one after the other; here they are all asked for at once, and
// handed over when it comes to ask. The sizes come from the manifest, so that the total is
// known before the first byte and does not depend on how the host compresses.

/** What this worker fetches with; a `Download` stands in for it. */
export const native = globalThis.fetch.bind(globalThis);

/** A file of the runtime could not be fetched. */
export class DownloadError extends Error {
  constructor(file, reason) {
    super(`${file} could not be fetched: ${reason}`);
    this.name = "DownloadError";
    this.file = file;
  }
}

export class Download {
  #waiting = new Map();
  #loaded = 0;
  #total = 0;
  #report;
  #fail;

  /** Rejects with the first failure: Pyodide itself does not say which file it was. */
  failed = new Promise((_, reject) => (this.#fail = reject));

  /**
   * @param {string} base absolute address of the folder of the files
   * @param {Record<string, number>} sizes bytes of each file, uncompressed
   * @param {(progress: {loaded: number, total: number, file: string}) => void} report
   */
  constructor(base, sizes, report) {
    this.base = base;
    this.sizes = sizes;
    this.#report = report;
    for (const size of Object.values(sizes)) this.#total += size;
    this.failed.catch(() => {});
  }

  /** Ask for files now; `fetch` hands each of them over once. */
  begin(files) {
    for (const file of files) {
      const promised = this.#get(file);
      promised.catch(this.#fail);
      this.#waiting.set(new URL(file, this.base).href, promised);
    }
  }

  /** The response of a file that was begun, for us; `fetch` hands over an empty one in its place. */
  take(file) {
    const address = new URL(file, this.base).href;
    const promised = this.#waiting.get(address);
    this.#waiting.set(address, Promise.resolve(new Response()));
    return promised;
  }

  /** Stand in for the global `fetch`: files that were begun come from here. */
  fetch = (target, options) => {
    const address = new URL(target instanceof Request ? target.url : target, this.base).href;
    const promised = this.#waiting.get(address);
    if (promised === undefined) return native(target, options);
    this.#waiting.delete(address);
    return promised;
  };

  /** Count a file that something else fetched, or that is not needed after all. */
  count(file) {
    this.#add(file, this.sizes[file]);
  }

  async #get(file) {
    let response;
    try {
      response = await native(new URL(file, this.base));
    } catch (error) {
      throw new DownloadError(file, error.message);
    }
    if (!response.ok) throw new DownloadError(file, `the server answered ${response.status}`);
    if (file.endsWith(".wasm")) {
      this.#consume(file, response.clone(), () => {}).catch(this.#fail);
      return asWebAssembly(response);
    }
    // Everything else is used whole: wait for it, so that a broken transfer is named here.
    const whole = new Uint8Array(this.sizes[file]);
    await this.#consume(file, response, (part, at) => whole.set(part, at));
    return new Response(whole);
  }

  async #consume(file, response, keep) {
    const wanted = this.sizes[file];
    const reader = response.body.getReader();
    let seen = 0;
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        if (seen + value.byteLength <= wanted) keep(value, seen);
        seen += value.byteLength;
        this.#add(file, value.byteLength);
      }
    } catch (error) {
      throw new DownloadError(file, error.message);
    }
    if (seen !== wanted) {
      throw new DownloadError(file, `${seen} bytes came instead of ${wanted}`);
    }
  }

  #add(file, bytes) {
    this.#loaded += bytes;
    this.#report({ loaded: this.#loaded, total: this.#total, file });
  }
}

// A host that does not know the type of .wasm would make streaming compilation fail. Only then
// is the response wrapped: the browser keeps compiled code for the response it fetched itself.
function asWebAssembly(response) {
  const type = response.headers.get("Content-Type") ?? "";
  if (type.startsWith("application/wasm")) return response;
  return new Response(response.body, { headers: { "Content-Type": "application/wasm" } });
}
