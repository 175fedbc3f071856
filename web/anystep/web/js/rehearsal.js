// Make the snapshot that later starts are restored from: in a worker of its own, which ends then.
//
// Pyodide wraps all of JavaScript in proxies when it is to be kept, so nobody works in this one.
// No program of the page and nothing of its visitor is in here: Python has run our rehearsal only.

import { addLibrary, importLoader, manifestText, optionsOf } from "./runtime.js";
import { dependencies, keepSnapshot, sha256 } from "./snapshot.js";

/**
 * Start Python from its files, rehearse, and keep what it has in memory; the size in bytes.
 * @param {string} base absolute address of the runtime's folder
 */
export async function makeSnapshot(base) {
  const loader = importLoader(base);
  loader.catch(() => {}); // awaited later
  const text = await manifestText(base);
  const manifest = JSON.parse(text);
  const files = await verified(base, manifest);
  globalThis.fetch = fetchingFrom(base, files);
  const { loadPyodide, ...creator } = await loader;
  const py = await loadPyodide({
    ...optionsOf(base, manifest, creator),
    _makeSnapshot: true,
    // Compiled extensions cannot be part of a snapshot: the restored Python loads them.
    env: { MSGPACK_PUREPYTHON: "1" },
  });
  const { purelib } = py
    .runPython("import sysconfig; sysconfig.get_paths()")
    .toJs({ dict_converter: Object.fromEntries });
  for (const wheel of manifest.wheels) {
    py.unpackArchive(files.get(wheel).buffer, "wheel", { extractDir: purelib });
  }
  addLibrary(py, files.get(manifest.library));
  const rehearsal = py.pyimport("anystep.web._rehearsal");
  await rehearsal.rehearse();
  // The task that ran it holds on to JavaScript until its last turn is over.
  await new Promise((resolve) => setTimeout(resolve));
  rehearsal.settle();
  rehearsal.destroy();
  const depends = await dependencies(text);
  const kept = { depends, heap: py.makeMemorySnapshot(), files: [...walk(py.FS, purelib)] };
  return await keepSnapshot(base, kept);
}

// The runtime's files, each of which is what the manifest says: a browser or a host may have an
// older one beside a newer one, and what is kept now is used for long.
async function verified(base, manifest) {
  const files = new Map();
  await Promise.all(
    Object.entries(manifest.sha256).map(async ([file, wanted]) => {
      // They were fetched a moment ago: this costs no network, whatever the host says of caching.
      const response = await fetch(new URL(file, base), { cache: "force-cache" });
      const content = new Uint8Array(await response.arrayBuffer());
      if ((await sha256(content)) !== wanted)
        throw new Error(`${file} is not the one that the manifest names`);
      files.set(file, content);
    }),
  );
  return files;
}

function fetchingFrom(base, files) {
  const type = (file) => (file.endsWith(".wasm") ? "application/wasm" : "application/octet-stream");
  const contents = new Map(
    [...files].map(([file, content]) => [new URL(file, base).href, { file, content }]),
  );
  return async (target) => {
    const found = contents.get(new URL(target instanceof Request ? target.url : target, base).href);
    if (found === undefined) throw new Error(`a rehearsal needs no ${target}`);
    return new Response(found.content, { headers: { "Content-Type": type(found.file) } });
  };
}

function* walk(FS, folder) {
  for (const name of FS.readdir(folder)) {
    if (name === "." || name === "..") continue;
    const path = `${folder}/${name}`;
    if (FS.isDir(FS.stat(path).mode)) yield* walk(FS, path);
    else yield [path, FS.readFile(path)];
  }
}
