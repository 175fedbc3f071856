// What the page says about Python while it downloads and starts.

const MEGABYTE = 1e6;
const DOING = {
  boot: "Starting Python",
  packages: "Unpacking the wheels",
  import: "Importing anystep",
};

export class RuntimeBar {
  #text;
  #bar;
  #button;

  constructor({ text, bar, button }) {
    this.#text = text;
    this.#bar = bar;
    this.#button = button;
  }

  /** One step of progress as `start` reports it. */
  progress({ phase, loaded, total }) {
    if (phase === "download") {
      this.#bar.value = loaded / total;
      this.#say(`Fetching Python: ${megabytes(loaded)} of ${megabytes(total)} MB`);
    } else if (phase !== undefined) {
      this.#bar.removeAttribute("value");
      this.#say(`${DOING[phase]} …`);
    }
  }

  ready({ anystep, python, pyodide }, seconds) {
    this.#bar.hidden = true;
    this.#button.hidden = true;
    this.#say(
      `Python ${python} is running in this tab · anystep ${anystep} · Pyodide ${pyodide} · ` +
        `ready in ${seconds.toFixed(1)} s`,
    );
  }

  /** Offer a button and wait for it. */
  offer(text, label) {
    this.#bar.hidden = true;
    this.#say(text);
    this.#button.textContent = label;
    this.#button.hidden = false;
    return new Promise((resolve) => {
      const pressed = () => {
        this.#button.hidden = true;
        this.#bar.hidden = false;
        this.#bar.value = 0;
        resolve();
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
