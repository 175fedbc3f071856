// Run one job inside Pyodide under Node: node run.mjs JOB.json
//
// The job names every file that may be read; nothing is fetched (fetch itself is taken away),
// and the folders of the host are mounted read-only, so a run can neither lean on the network
// nor change the work tree. The wheel is installed by micropip exactly as it was built; what it
// requires comes from the lock beside the vendored wheels.
//
// job: { pyodide, lock, wheels, preload: [name], wheel, storage, mounts: {path: host folder},
//        path: [sys.path entry], module, call, argument, answer, deadline in seconds }
// `storage`, if given, is a module that puts indexedDB into Node, as browsers have it.
// `module.call(argument as JSON)` answers with JSON, or a coroutine of it; it is written to the
// file `answer` as {seconds, answer}, so that standard output is free for what the job prints.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

// Emscripten's numbers.
const EROFS = 69;
const O_WRONLY = 1;
const O_RDWR = 2;

function forbidNetwork() {
  globalThis.fetch = async (target) => {
    throw new Error(`this lane is offline; something asked for ${String(target)}`);
  };
}

function makeReadOnly(FS) {
  const { node_ops: nodeOps, stream_ops: streamOps } = FS.filesystems.NODEFS;
  const refuse = () => {
    throw new FS.ErrnoError(EROFS);
  };
  for (const name of ["setattr", "mknod", "rename", "unlink", "rmdir", "symlink"]) {
    nodeOps[name] = refuse;
  }
  const open = streamOps.open;
  streamOps.open = (stream) => {
    if ((stream.flags & (O_WRONLY | O_RDWR)) !== 0) refuse();
    return open(stream);
  };
}

// Python may spin and never give the event loop a turn: another thread looks at the clock.
function watch(seconds) {
  const body = `setTimeout(() => {
    process._rawDebug("stopped after ${seconds} s");
    process.kill(${process.pid}, "SIGKILL");
  }, ${seconds * 1000})`;
  new Worker(body, { eval: true }).unref();
}

function seconds(since) {
  return Number(((performance.now() - since) / 1000).toFixed(2));
}

async function start(job) {
  const { loadPyodide, version } = await import(pathToFileURL(`${job.pyodide}/pyodide.mjs`).href);
  const py = await loadPyodide({
    indexURL: job.pyodide,
    lockFileURL: job.lock,
    packageBaseUrl: job.wheels,
    packageCacheDir: job.wheels,
    // A fixed seed: dictionary and set order must not differ between two runs of a lane.
    env: { PYTHONHASHSEED: "0" },
  });
  makeReadOnly(py.FS);
  await py.loadPackage(["micropip", ...job.preload], { messageCallback() {} });
  return { py, version };
}

async function installWheel(py, wheel) {
  const folder = "/wheel";
  py.FS.mkdirTree(folder);
  py.FS.mount(py.FS.filesystems.NODEFS, { root: dirname(wheel) }, folder);
  const micropip = py.pyimport("micropip");
  // Resolving what the wheel requires loads packages, which would be told line by line.
  py.setStdout({ batched() {} });
  try {
    await micropip.install(`emfs:${folder}/${basename(wheel)}`);
  } finally {
    py.setStdout();
  }
  return createHash("sha256").update(readFileSync(wheel)).digest("hex");
}

function mountFolders(py, mounts) {
  for (const [path, root] of Object.entries(mounts)) {
    py.FS.mkdirTree(path);
    py.FS.mount(py.FS.filesystems.NODEFS, { root }, path);
  }
}

async function main() {
  const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
  forbidNetwork();
  if (job.storage) await import(pathToFileURL(job.storage).href);
  watch(job.deadline);
  const begun = performance.now();
  const { py, version } = await start(job);
  const wheelHash = await installWheel(py, job.wheel);
  mountFolders(py, job.mounts);
  const python = py.runPython("import sys; sys.dont_write_bytecode = True; sys.version.split()[0]");
  const sysPath = py.pyimport("sys").path;
  for (const entry of job.path) sysPath.append(entry);
  console.log(
    `node ${process.versions.node} · pyodide ${version} · python ${python} · ` +
      `${basename(job.wheel)} ${wheelHash.slice(0, 12)} · ready in ${seconds(begun)} s`,
  );

  const working = performance.now();
  const target = py.pyimport(job.module)[job.call];
  // callPromising: the job may block on a coroutine (run_sync), which needs a switchable stack.
  const answer = await target.callPromising(JSON.stringify(job.argument));
  const done = { seconds: seconds(working), answer: JSON.parse(await answer) };
  writeFileSync(job.answer, JSON.stringify(done));
}

try {
  await main();
} catch (error) {
  // Left to itself, Node prints the failing line, which in Pyodide is a megabyte long.
  console.error(error.message);
  process.exit(1);
}
