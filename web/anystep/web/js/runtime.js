// Start Python in this worker: out of the snapshot that is kept of it, or from its files.

import { Download, DownloadError, native } from "./download.js";
import { dependencies, refuseSnapshot } from "./snapshot.js";

/** Where the archive is, for Python; its bytecode names this place in tracebacks. */
export const LIBRARY = "/lib/anystep.zip";
const CODE = "pyodide.asm.wasm";

/**
 * @param {string} base absolute address of the runtime's folder (it holds manifest.json)
 * @param {(progress: object) => void} report called with {phase, ...}:
 *   "download" {loaded, total, file} · "boot" · "packages" · "import", or "restore" in their place
 * @param {Promise<object> | object} kept what `readSnapshot` says of this runtime
 */
export async function startPython(base, report, kept) {
  const loader = importLoader(base);
  loader.catch(() => {}); // awaited later: without a manifest there is something else to say
  const text = await manifestText(base);
  const manifest = JSON.parse(text);
  const attempt = (snapshot) => {
    const download = new Download(base, manifest.files, (progress) =>
      report({ phase: "download", ...progress }),
    );
    globalThis.fetch = download.fetch;
    return Promise.race([
      boot({ base, manifest, loader, report }, download, snapshot),
      download.failed,
    ]);
  };
  const fitting = fittingTo(text, kept);
  try {
    return await attempt(fitting);
  } catch (error) {
    const { heap, filled, depends } = await fitting;
    if (error instanceof DownloadError || heap === undefined) throw error;
    const damage = await filled.then(
      () => null,
      (damage) => damage,
    );
    if (damage === null) await refuseSnapshot(base, depends, error.message);
    return await attempt({ reason: (damage ?? error).message });
  }
}

async function fittingTo(manifest, kept) {
  const snapshot = await kept;
  const { depends } = snapshot;
  if (depends === undefined || depends === (await dependencies(manifest))) return snapshot;
  return { reason: "the one that was kept is of another runtime or browser" };
}

/** The text of a runtime's manifest. */
export async function manifestText(base) {
  const response = await native(new URL("manifest.json", base));
  if (!response.ok)
    throw new Error(`no runtime at ${base}: the server answered ${response.status}`);
  return await response.text();
}

/** Pyodide's two modules, as options of `loadPyodide` and that function. */
export async function importLoader(base) {
  const address = (file) => new URL(file, base).href;
  const [{ loadPyodide }, { default: createPyodideModule }] = await Promise.all([
    import(address("pyodide.mjs")),
    import(address("pyodide.asm.mjs")),
  ]);
  return { loadPyodide, createPyodideModule };
}

/** What `loadPyodide` is told in every kind of start. */
export function optionsOf(base, manifest, { createPyodideModule }) {
  return {
    indexURL: base,
    createPyodideModule,
    lockFileURL: new URL("pyodide-lock.json", base).href,
    stdLibURL: new URL(manifest.stdlib, base).href,
    packageBaseUrl: base,
  };
}

async function boot({ base, manifest, loader, report }, download, kept) {
  const wheels = new Set(manifest.wheels);
  const modules = Object.keys(manifest.files).filter((file) => file.endsWith(".mjs"));
  const begun = Object.keys(manifest.files).filter(
    (file) => !modules.includes(file) && !wheels.has(file),
  );
  download.begin(begun);
  const code = WebAssembly.compileStreaming(download.take(CODE));
  code.catch(() => {}); // the download says it better
  const ours = Promise.all([import("./storage.js"), import("./opfs.js")]);
  ours.catch(() => {}); // awaited later
  const { loadPyodide, ...creator } = await loader;
  for (const file of modules) download.count(file);

  const snapshot = await kept;
  const options = optionsOf(base, manifest, creator);
  const library = new URL(manifest.library, base);
  const load = (more) => handingOver(code, () => loadPyodide({ ...options, ...more }));
  const way = { manifest, download, library, load, report };
  const py = snapshot.heap === undefined ? await assemble(way) : await restore(way, snapshot);
  // What requires anystep, or imports it, gets this one, and not the lock's.
  py.loadedPackages.anystep = library.href;
  // Registered, so that Python need not evaluate them, which a strict policy forbids.
  const [storage, opfs] = await ours;
  py.registerJsModule("anystep_storage", storage);
  py.registerJsModule("anystep_opfs", opfs);
  const { Session } = py.pyimport("anystep.web._session");
  const { bytes = 0, reason = "", refused = false } = snapshot;
  const started = { restored: reason === "", bytes, reason, refused };
  return { py, session: Session(), versions: versionsOf(py, manifest), started };
}

// From the files: Python's own start, the packages, the imports.
async function assemble({ manifest, download, library, load, report }) {
  download.begin(manifest.wheels);
  report({ phase: "boot" });
  const py = await load({});
  report({ phase: "packages" });
  const loaded = await py.loadPackage(manifest.packages, { messageCallback() {} });
  const missing = manifest.packages.filter((name) => !loaded.some((item) => item.name === name));
  if (missing.length > 0) throw new Error(`packages did not load: ${missing.join(", ")}`);
  addLibrary(py, await contentOf(library));
  report({ phase: "import" });
  return py;
}

// From a snapshot: memory as it was, and the files that memory knows of.
async function restore({ manifest, download, library, load, report }, { heap, filled }) {
  for (const wheel of manifest.wheels) download.count(wheel);
  report({ phase: "restore" });
  const py = await load({
    // Looked at last of all; that there will be as much room is all that is needed before.
    _loadSnapshot: heap,
    async fsInit(FS) {
      FS.writeFile(LIBRARY, await contentOf(library));
      // A heap that stays empty is refused, like any other that Pyodide does not know.
      for (const [path, content] of await filled.catch(() => [])) {
        FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
        FS.writeFile(path, content);
      }
    },
  });
  for (const name of manifest.packages) py.loadedPackages[name] = "default channel";
  py.pyimport("anystep.web._rehearsal").wake();
  return py;
}

/** anystep itself, read out of its archive: to install its wheel would take as long as all the rest. */
export function addLibrary(py, archive) {
  py.FS.writeFile(LIBRARY, archive);
  py.pyimport("sys").path.insert(0, LIBRARY);
}

// Pyodide asks for its code late and compiles it then; here that began with the first byte.
async function handingOver(code, load) {
  const own = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (_, imports) => {
    const module = await code;
    return { module, instance: await WebAssembly.instantiate(module, imports) };
  };
  try {
    return await load();
  } finally {
    WebAssembly.instantiateStreaming = own;
  }
}

async function contentOf(address) {
  return new Uint8Array(await (await fetch(address)).arrayBuffer());
}

function versionsOf(py, manifest) {
  const { version_info: v } = py.pyimport("sys");
  return {
    anystep: manifest.anystep,
    pyodide: py.version,
    python: [v.major, v.minor, v.micro].join("."),
  };
}
