// What a page says about Python while it downloads and starts.

const MEGABYTE = 1e6;
const DOING = {
  boot: "Starting Python",
  packages: "Unpacking the wheels",
  import: "Importing anystep",
  restore: "Waking Python",
};

export class RuntimeBar {
  #text;
  #bar;
  #button;

  /** @param {HTMLElement} box holds a `.runtime-text`, a progress and a button */
  constructor(box) {
    this.#text = box.querySelector(".runtime-text");
    this.#bar = box.querySelector("progress");
    this.#button = box.querySelector("button");
  }

  /**
   * Start Python by `begin(onProgress)`; offer another try for as long as it fails. Who pays for
   * what they download is asked first.
   */
  async fetching(begin) {
    if (/** @type {any} */ (navigator).connection?.saveData) {
      await this.#offer(
        "Python is a download of some megabytes. You asked to save data.",
        "Fetch Python",
      );
    }
    for (;;) {
      const begun = performance.now();
      try {
        const anystep = await begin((step) => this.#progress(step));
        this.#ready(anystep, (performance.now() - begun) / 1000);
        return anystep;
      } catch (error) {
        await this.#offer(`Python could not be started: ${error.message}`, "Try again");
      }
    }
  }

  #progress({ phase, loaded, total }) {
    if (phase === "download") {
      this.#bar.value = loaded / total;
      this.#say(`Fetching Python: ${megabytes(loaded)} of ${megabytes(total)} MB`);
    } else if (phase !== undefined) {
      this.#bar.removeAttribute("value");
      this.#say(`${DOING[phase]} …`);
    }
  }

  #ready({ versions: { anystep, python }, started, kept }, seconds) {
    performance.mark("python-ready");
    this.#bar.hidden = true;
    this.#button.hidden = true;
    const said = `Python ${python} in this tab · anystep ${anystep} · ready in ${seconds.toFixed(1)} s`;
    if (started.restored) {
      this.#say(`${said}, from ${megabytes(started.bytes)} MB kept in this browser`);
      return;
    }
    this.#say(said);
    kept.then(({ kept, bytes, reason }) => {
      if (kept) this.#say(`${said} · ${megabytes(bytes)} MB kept for a faster start next time`);
      else console.info(`The next start will be no faster: ${reason}`);
    });
  }

  #offer(text, label) {
    this.#bar.hidden = true;
    this.#say(text);
    this.#button.textContent = label;
    this.#button.hidden = false;
    return new Promise((resolve) => {
      const pressed = () => {
        this.#button.hidden = true;
        this.#bar.hidden = false;
        this.#bar.value = 0;
        resolve(undefined);
      };
      this.#button.addEventListener("click", pressed, { once: true });
    });
  }

  #say(text) {
    if (this.#text.textContent !== text) this.#text.textContent = text;
  }
}

function megabytes(bytes) {
  return (bytes / MEGABYTE).toFixed(1);
}
