// The database that storage.js works on: its layout, opening it, and transactions.
//
//   logs      [thread, ns]              -> log            a number for each namespace of a thread
//   records   [log, seq]                -> {l: log, s: seq, i: checkpoint id, n: next, d: data}
//                                          `next` is the record a state is read on from, or -1
//   forks     [log, parent seq, seq]    -> 0              where a record does not follow its parent
//   writes    [log, checkpoint id, task, place] -> [path, channel, data]
//   items     [namespace, key]          -> [created, updated, ttl, expires, dims, value, vectors]
//   cache     [namespace, key]          -> [expires, kind, data]

import { failure } from "./cipher.js";

const VERSION = 1;

/** What each version of the layout added. An entry never changes once it was released. */
const UPGRADES = [
  (db) => {
    for (const store of ["logs", "forks", "writes", "items", "cache"]) db.createObjectStore(store);
    db.createObjectStore("records", { keyPath: ["l", "s"] }).createIndex("ids", ["l", "i"]);
  },
];

/** Milliseconds that other tabs get to let go of an older layout. */
const PATIENCE = 5000;

/** Made and deleted at once, by every worker that opens a database. */
const SCRATCH = "anystep scratch";

let renewed = false;

/**
 * Have Chromium begin a new log of what this origin writes, once.
 *
 * Where it was killed in the middle of a write, its LevelDB passes over the torn record at the log's
 * end, and appends to the same file. The start after that finds the torn record in the middle, takes
 * the file for damaged, and deletes all databases of the origin. To delete one compacts them, which
 * ends the log. Browsers that keep databases in SQLite lose nothing by it.
 */
function renew(factory) {
  if (renewed) return;
  renewed = true;
  const made = factory.open(SCRATCH);
  made.onsuccess = () => {
    made.result.close();
    factory.deleteDatabase(SCRATCH);
  };
}

/**
 * Open a database, making or upgrading its layout.
 * Rejects with UnavailableError, VersionError (made by a newer anystep), BlockedError, or LostError:
 * once, if the browser threw away what it held. It is empty then, and opens the next time.
 */
async function open(name, durability, cipher) {
  const factory = globalThis.indexedDB;
  if (!factory) throw failure("UnavailableError", "there is no indexedDB here");
  const { db, lost } = await opened(factory, name);
  renew(factory);
  if (lost !== null) {
    db.close();
    throw failure("LostError", lost);
  }
  const handle = { db, durability, cipher: cipher ?? null, tail: Promise.resolve(), gone: null };
  handle.lines = new Map(); // log -> its last write that is not done: {begun, waiting, last}
  handle.refused = new Map(); // log -> why a write was refused, until somebody looks at the log
  // Another tab brings a newer layout: make room, and say so to whoever asks from now on.
  db.onversionchange = () => {
    handle.gone = "another tab brought a newer layout of the storage";
    db.close();
  };
  db.onclose = () => (handle.gone = "the browser closed the storage, or its data was cleared");
  return handle;
}

/** The database, and what the browser said of data that it lost, or null. */
function opened(factory, name) {
  return new Promise((resolve, reject) => {
    let request;
    try {
      request = factory.open(name, VERSION);
    } catch (error) {
      reject(failure("UnavailableError", error.message));
      return;
    }
    let lost = null;
    let blocked = false;
    let answered = false;
    let late = false;
    const patience = setInterval(async () => {
      if (!(blocked || (await isOlder(factory, name))) || answered) return;
      clearInterval(patience);
      late = true;
      reject(failure("BlockedError", "another tab holds an older layout open"));
    }, PATIENCE);
    const answer = () => {
      clearInterval(patience);
      answered = true;
    };
    request.onblocked = () => (blocked = true);
    request.onupgradeneeded = ({ oldVersion, dataLoss, dataLossMessage }) => {
      answer();
      // Chromium begins anew when it finds its files damaged, and says so here only.
      if ((dataLoss ?? "none") !== "none") lost = dataLossMessage;
      for (const upgrade of UPGRADES.slice(oldVersion)) upgrade(request.result);
    };
    request.onerror = () => {
      answer();
      const { name: kind, message } = request.error;
      const known = ["VersionError", "QuotaExceededError"].includes(kind);
      reject(failure(known ? kind : "UnavailableError", `${kind}: ${message}`));
    };
    request.onsuccess = () => {
      answer();
      if (late) request.result.close(); // this was reported as blocked
      resolve({ db: request.result, lost });
    };
  });
}

/**
 * Whether an older layout is there. A request that waits behind a blocked one, be it a tab's or a
 * worker's that has ended since, is not told that it is blocked; so it looks itself.
 */
async function isOlder(factory, name) {
  const all = (await factory.databases?.().catch(() => [])) ?? [];
  return all.some((one) => one.name === name && one.version < VERSION);
}

function shut(handle) {
  handle.gone = "it was closed";
  handle.db.close();
}

/** Run `body` in a transaction; resolves, once it is complete, with what `body` put in `out.value`. */
function transaction(handle, stores, mode, body) {
  if (handle.gone !== null) return Promise.reject(failure("ClosedError", handle.gone));
  return new Promise((resolve, reject) => {
    const out = { value: undefined, reason: null };
    try {
      const tx = handle.db.transaction(stores, mode, { durability: handle.durability });
      tx.oncomplete = () => resolve(out.value);
      tx.onabort = () => reject(out.reason ?? plain(tx.error));
      body(tx, out);
    } catch (error) {
      reject(plain(error));
    }
  });
}

// Python does not hear of a rejection with a QuotaExceededError, which is a class of its own.
function plain(error) {
  return failure(error?.name ?? "AbortError", error?.message ?? "the transaction was aborted");
}

/** The keys that begin with a key. */
const below = (...key) => IDBKeyRange.bound(key, [...key, []]);

export { below, open, shut, transaction };
