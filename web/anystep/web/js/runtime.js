// Start Python in this worker: out of the snapshot that is kept of it, or from its files.

import { Download, DownloadError, native } from "./download.js";
import { nameOf, readSnapshot, refuseSnapshot } from "./snapshot.js";

/** Where the archive is, for Python; its bytecode names this place in tracebacks. */
export const LIBRARY = "/lib/anystep.zip";
const CODE = "pyodide.asm.wasm";

/**
 * @param {string} address where the runtime's folder is (it holds manifest.json)
 * @param {(progress: object) => void} report called with {phase, ...}:
 *   "download" {loaded, total, file} · "boot" · "packages" · "import", or "restore" in their place
 * @param {boolean} wanted whether to use a snapshot, if there is one
 */
export async function startPython(address, report, wanted) {
  const base = new URL(address).href;
  const loader = importLoader(base);
  loader.catch(() => {}); // awaited later: without a manifest there is something else to say
  const text = await manifestText(base);
  const manifest = JSON.parse(text);
  const attempt = (kept) => {
    const download = new Download(base, manifest.files, (progress) =>
      report({ phase: "download", ...progress }),
    );
    globalThis.fetch = download.fetch;
    return Promise.race([
      boot({ base, manifest, loader, report }, download, kept),
      download.failed,
    ]);
  };
  if (!wanted) return await attempt({ reason: "switched off" });
  const name = await nameOf(base, text).catch(() => null);
  if (name === null) return await attempt({ reason: "this page has no secure origin" });
  const kept = readSnapshot(name);
  try {
    return await attempt(kept);
  } catch (error) {
    if (error instanceof DownloadError || (await kept).heap === undefined) throw error;
    await refuseSnapshot(name, error.message);
    return await attempt({ reason: error.message });
  }
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
  await registerModules(py);
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
async function restore({ manifest, download, library, load, report }, { heap, files }) {
  for (const wheel of manifest.wheels) download.count(wheel);
  report({ phase: "restore" });
  const py = await load({
    _loadSnapshot: heap,
    async fsInit(FS) {
      FS.writeFile(LIBRARY, await contentOf(library));
      for (const [path, content] of files) {
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

// Registered, so that Python need not evaluate them, which a strict policy forbids.
async function registerModules(py) {
  const [storage, opfs] = await Promise.all([import("./storage.js"), import("./opfs.js")]);
  py.registerJsModule("anystep_storage", storage);
  py.registerJsModule("anystep_opfs", opfs);
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
