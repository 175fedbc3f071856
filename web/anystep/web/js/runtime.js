// Start Python in this worker: download, boot Pyodide, load the packages, import the session.

import { Download } from "./download.js";
import * as opfs from "./opfs.js";
import * as storage from "./storage.js";

/** Where the archive is, for Python; its bytecode names this place in tracebacks. */
const LIBRARY = "/lib/anystep.zip";

/**
 * @param {string} address where the runtime's folder is (it holds manifest.json)
 * @param {(progress: object) => void} report called with {phase, ...}:
 *   "download" {loaded, total, file} · "boot" · "packages" · "import"
 */
export async function startPython(address, report) {
  const base = new URL(address).href;
  const manifest = await readManifest(base);
  const download = new Download(base, manifest.files, (progress) =>
    report({ phase: "download", ...progress }),
  );
  globalThis.fetch = download.fetch;
  return await Promise.race([boot(base, manifest, download, report), download.failed]);
}

async function boot(base, manifest, download, report) {
  const script = "pyodide.asm.mjs";
  download.begin(Object.keys(manifest.files).filter((file) => !file.endsWith(".mjs")));

  const [{ loadPyodide }, { default: createPyodideModule }] = await Promise.all([
    import(new URL("pyodide.mjs", base).href).then((module) => counted(module, "pyodide.mjs")),
    import(new URL(script, base).href).then((module) => counted(module, script)),
  ]);
  function counted(module, file) {
    download.count(file);
    return module;
  }

  report({ phase: "boot" });
  const py = await loadPyodide({
    indexURL: base,
    createPyodideModule,
    lockFileURL: new URL("pyodide-lock.json", base).href,
    stdLibURL: new URL(manifest.stdlib, base).href,
    packageBaseUrl: base,
  });
  report({ phase: "packages" });
  const loaded = await py.loadPackage(manifest.packages, { messageCallback() {} });
  const missing = manifest.packages.filter((name) => !loaded.some((item) => item.name === name));
  if (missing.length > 0) throw new Error(`packages did not load: ${missing.join(", ")}`);
  await addLibrary(py, new URL(manifest.library, base));
  report({ phase: "import" });
  // Registered, so that Python need not evaluate them, which a strict policy forbids.
  py.registerJsModule("anystep_storage", storage);
  py.registerJsModule("anystep_opfs", opfs);
  const { Session } = py.pyimport("anystep.web._session");
  return { py, session: Session(), versions: versionsOf(py, manifest) };
}

async function readManifest(base) {
  const response = await fetch(new URL("manifest.json", base));
  if (!response.ok)
    throw new Error(`no runtime at ${base}: the server answered ${response.status}`);
  return await response.json();
}

// anystep itself, read out of its archive: to install its wheel would take as long as all the rest.
async function addLibrary(py, address) {
  py.FS.writeFile(LIBRARY, new Uint8Array(await (await fetch(address)).arrayBuffer()));
  py.pyimport("sys").path.insert(0, LIBRARY);
  // What requires anystep, or imports it, gets this one, and not the lock's.
  py.loadedPackages.anystep = address.href;
}

function versionsOf(py, manifest) {
  const { version_info: v } = py.pyimport("sys");
  return {
    anystep: manifest.anystep,
    pyodide: py.version,
    python: [v.major, v.minor, v.micro].join("."),
  };
}
