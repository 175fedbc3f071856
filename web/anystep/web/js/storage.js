// IndexedDB for Python: one function for each operation, one transaction for each call.
//
// Waiting for Python inside a transaction would end it, so everything that belongs together is done
// here, in callbacks. Python registers this module (a Content-Security-Policy need not allow code
// from strings) or, where nobody registered it, evaluates it.
//
// A log that loses records gets a new number: who still knows the old one finds no record of it, and
// is refused. Every request costs a tenth of a millisecond or more, so a superstep has two.

import { cipherFromKey, cipherFromPassword, failure, seal, unseal, unsealOne } from "./cipher.js";
import { below, open, shut, transaction } from "./database.js";
import { begun, inLine, landed } from "./lines.js";
import { breakLocks, lock } from "./locks.js";

// Writing

/**
 * Do all of `ops`, or nothing, if everything is as `checks` say.
 *   checks: ["log", thread, ns, log or -1 for none] · ["size", log, size]
 *   ops:    ["put" | "add" | "keep", store, key, value] · ["delete", store, key]
 *           ["clear", store, key the deleted ones begin with] · ["empty", store]
 * "keep" leaves what is there already. Rejects with ConflictError if a check fails.
 */
function write(handle, checks, ops) {
  const logs = checks.filter(([kind]) => kind === "size").map(([, log]) => log);
  return inLine(handle, logs, () => {
    if (handle.cipher === null) return commit(handle, checks, ops);
    // Ciphers answer later; transactions still begin in the order of the calls.
    const sealed = Promise.all(ops.map((op) => seal(handle.cipher, op)));
    const done = handle.tail.then(() => sealed).then((ready) => commit(handle, checks, ready));
    handle.tail = done.catch(() => {});
    return done;
  });
}

/** As `write`, of records; `landed` tells how it went. (A promise costs Python more than all this.) */
function begin(handle, checks, ops) {
  write(handle, checks, ops).catch(() => {});
}

/**
 * The write of a superstep: one record on top of the last one of a log. What comes while a
 * transaction of the log is on its way goes into the next one, together. `landed` tells how it went.
 */
function append(handle, log, seq, id, next, data) {
  if (handle.cipher !== null) {
    begin(handle, [["size", log, seq]], [["add", "records", [log, seq], [id, next, data]]]);
    return;
  }
  const record = { l: log, s: seq, i: id, n: next, d: data };
  const line = handle.lines.get(log);
  if (line?.waiting) {
    line.waiting.push(record);
  } else {
    const records = [record];
    inLine(handle, [log], () => appendAll(handle, log, records), records);
  }
}

/** Records on top of the last one of a log, all or none. */
async function appendAll(handle, log, added) {
  const before = added[0].s - 1;
  const there = await transaction(handle, "records", "readwrite", (tx, out) => {
    const records = tx.objectStore("records");
    const last = records.getKey([log, before]);
    last.onsuccess = () => (out.value = last.result !== undefined);
    for (const record of added) {
      const request = records.add(record);
      request.onerror = () => conflict(request, out);
    }
    // The browser need not ask whether there is more: that would be a way to and fro for each step.
    tx.commit?.();
  });
  if (there) return;
  // The log was pruned or deleted, and nobody will find what was added to it.
  await transaction(handle, "records", "readwrite", (tx) => {
    tx.objectStore("records").delete(IDBKeyRange.bound([log, before], [log, added.at(-1).s]));
  });
  throw failure("ConflictError", "the records before this one are gone");
}

function refuse(tx, out, message) {
  out.reason ??= failure("ConflictError", message);
  tx.abort();
}

function conflict(request, out) {
  if (request.error.name === "ConstraintError") {
    out.reason ??= failure("ConflictError", "somebody else stored this step");
  }
}

function commit(handle, checks, ops) {
  const stores = new Set(ops.map((op) => op[1]));
  for (const [kind] of checks) stores.add(kind === "log" ? "logs" : "records");
  if (stores.size === 0) return Promise.resolve();
  return transaction(handle, [...stores], "readwrite", (tx, out) => {
    for (const check of checks) verify(tx, out, check);
    for (const [kind, name, key, value] of ops) {
      const store = tx.objectStore(name);
      if (kind === "put") store.put(value, key);
      else if (kind === "delete") store.delete(key);
      else if (kind === "clear") store.delete(below(...key));
      else if (kind === "empty") store.clear();
      else {
        const request =
          name === "records" ? store.add(recordOf(key, value)) : store.add(value, key);
        request.onerror = (event) => {
          if (kind === "add") return conflict(request, out);
          if (request.error.name !== "ConstraintError") return;
          event.preventDefault(); // it is there already: that is no reason to abort
          event.stopPropagation();
        };
      }
    }
  });
}

function recordOf([log, seq], [id, next, data]) {
  return { l: log, s: seq, i: id, n: next, d: data };
}

function verify(tx, out, [kind, ...wanted]) {
  if (kind === "log") {
    const [thread, ns, log] = wanted;
    const found = tx.objectStore("logs").get([thread, ns]);
    found.onsuccess = () => {
      if ((found.result ?? -1) !== log) refuse(tx, out, "the thread was begun, pruned or deleted");
    };
    return;
  }
  const [log, size] = wanted;
  const records = tx.objectStore("records");
  const next = records.getKey([log, size]);
  next.onsuccess = () => {
    if (next.result !== undefined) refuse(tx, out, "somebody else stored more of the thread");
  };
  if (size === 0) return;
  const last = records.getKey([log, size - 1]);
  last.onsuccess = () => {
    if (last.result === undefined) refuse(tx, out, "the records before this one are gone");
  };
}

/** Forget everything about a thread. */
function deleteThread(handle, thread) {
  const stores = ["logs", "records", "forks", "writes"];
  return begun(handle).then(() =>
    transaction(handle, stores, "readwrite", (tx) => {
      const logs = tx.objectStore("logs");
      const found = logs.getAll(below(thread));
      found.onsuccess = () => {
        for (const log of found.result) {
          for (const store of stores.slice(1)) tx.objectStore(store).delete(below(log));
        }
        logs.delete(below(thread));
      };
    }),
  );
}

/** Let go of the database, once every write that was asked for has begun. */
function close(handle) {
  begun(handle).then(() => shut(handle));
}

// Reading

async function read(handle, stores, body) {
  await begun(handle);
  return await transaction(handle, stores, "readonly", body);
}

/** [thread, ns] of every log, or of a thread's, in the order of their names. */
function places(handle, thread) {
  return read(handle, ["logs"], (tx, out) => {
    const found = tx.objectStore("logs").getAllKeys(thread === "" ? undefined : below(thread));
    found.onsuccess = () => (out.value = found.result);
  });
}

/**
 * What a reader of one checkpoint needs, in one go: undefined, if there is no such log, or
 * [log, size, latest id, its seq, seq of `id` or -1, forks, records, writes, are there any writes].
 * `id` "" means the latest. Records that the caller has, as of [log, size], are not sent again.
 */
async function look(handle, thread, ns, id, knownLog, knownSize) {
  const stores = ["logs", "records", "forks", "writes"];
  const found = await read(handle, stores, (tx, out) => {
    const entry = tx.objectStore("logs").get([thread, ns]);
    entry.onsuccess = () => {
      if (entry.result !== undefined) lookInto(tx, out, entry.result, id, knownLog, knownSize);
    };
  });
  if (found === undefined) return undefined;
  // What was refused before is known here now; and what went on top of it has been refused as well.
  handle.refused.delete(found.log);
  const { log, size, latest, wanted, forks, records, writes } = found;
  await unseal(handle.cipher, log, records, writes.keys, writes.values);
  return [log, size, ...latest, wanted, forks, records, writesOf(writes), found.any];
}

function lookInto(tx, out, log, id, knownLog, knownSize) {
  const found = { log, size: 0, latest: ["", -1], wanted: -1, forks: [], records: [], any: 0 };
  found.writes = { keys: [], values: [] };
  out.value = found;
  const records = tx.objectStore("records");
  const last = records.openKeyCursor(below(log), "prev");
  last.onsuccess = () => (found.size = last.result === null ? 0 : last.result.key[1] + 1);
  const forks = tx.objectStore("forks").getAllKeys(below(log));
  forks.onsuccess = () => (found.forks = forks.result.map((key) => key.slice(1)));
  const any = tx.objectStore("writes").count(below(log));
  any.onsuccess = () => (found.any = any.result);
  const newest = records.index("ids").openKeyCursor(below(log), "prev");
  newest.onsuccess = () => {
    if (newest.result !== null) {
      found.latest = [newest.result.key[1], newest.result.primaryKey[1]];
    }
    if (id === "" || id === found.latest[0]) located(...found.latest);
    else numberOf(records, log, id, (seq) => located(id, seq));
  };
  function located(id, seq) {
    found.wanted = seq;
    if (id !== "") writesInto(tx, log, id, found);
    if (seq < 0 || (log === knownLog && found.size === knownSize)) return;
    const children = found.forks.filter(([parent]) => parent === seq).map(([, child]) => child);
    for (const child of [seq + 1, ...children]) chain(records, log, child, 1, found.records);
    chain(records, log, seq, Infinity, found.records);
  }
}

/** Follow the records a state is made of. */
function chain(records, log, seq, most, into) {
  const request = records.get([log, seq]);
  request.onsuccess = () => {
    if (request.result === undefined) return;
    const { n: next, d: data } = request.result;
    into.push([seq, next, data]);
    if (next >= 0 && most > 1) chain(records, log, next, most - 1, into);
  };
}

/** The `ahead` records that end with `seq`, and those a state is read on from. */
async function fetch(handle, log, seq, ahead) {
  const from = Math.max(0, seq - ahead + 1);
  const found = await read(handle, ["records"], (tx, out) => {
    out.value = [];
    const records = tx.objectStore("records");
    const near = records.getAll(IDBKeyRange.bound([log, from], [log, seq]));
    near.onsuccess = () => {
      for (const { s, n, d } of near.result) out.value.push([s, n, d]);
      let next = seq;
      while (next >= from) next = near.result[next - from]?.n ?? -1;
      if (next >= 0) chain(records, log, next, Infinity, out.value);
    };
  });
  await unseal(handle.cipher, log, found, [], []);
  return found;
}

/** All of a log: [ids, seqs, records, writes]. */
async function whole(handle, log) {
  const [all, keys, values] = await read(handle, ["records", "writes"], (tx, out) => {
    const records = tx.objectStore("records").getAll(below(log));
    const keys = tx.objectStore("writes").getAllKeys(below(log));
    const values = tx.objectStore("writes").getAll(below(log));
    values.onsuccess = () => (out.value = [records.result, keys.result, values.result]);
  });
  const records = all.map(({ s, n, d }) => [s, n, d]);
  await unseal(handle.cipher, log, records, keys, values);
  return [all.map(({ i }) => i), all.map(({ s }) => s), records, writesOf({ keys, values })];
}

/** [ids, seqs] of a log, an id's greatest number last. */
function ids(handle, log) {
  return read(handle, ["records"], (tx, out) => {
    out.value = [[], []];
    const cursor = tx.objectStore("records").index("ids").openKeyCursor(below(log));
    cursor.onsuccess = () => {
      if (cursor.result === null) return;
      out.value[0].push(cursor.result.key[1]);
      out.value[1].push(cursor.result.primaryKey[1]);
      cursor.result.continue();
    };
  });
}

/** The number of the record of a checkpoint, -1 if there is none. */
function find(handle, log, id) {
  return read(handle, ["records"], (tx, out) => {
    numberOf(tx.objectStore("records"), log, id, (seq) => (out.value = seq));
  });
}

function numberOf(records, log, id, told) {
  const cursor = records.index("ids").openKeyCursor(IDBKeyRange.only([log, id]), "prev");
  cursor.onsuccess = () => told(cursor.result === null ? -1 : cursor.result.primaryKey[1]);
}

/** [id, task, place, path, channel, data] of the writes stored for a checkpoint. */
async function storedWrites(handle, log, id) {
  const { writes } = await read(handle, ["writes"], (tx, out) => {
    out.value = {};
    writesInto(tx, log, id, out.value);
  });
  await unseal(handle.cipher, log, [], writes.keys, writes.values);
  return writesOf(writes);
}

function writesInto(tx, log, id, found) {
  found.writes = { keys: [], values: [] };
  const store = tx.objectStore("writes");
  const keys = store.getAllKeys(below(log, id));
  const values = store.getAll(below(log, id));
  values.onsuccess = () => (found.writes = { keys: keys.result, values: values.result });
}

function writesOf({ keys, values }) {
  return keys.map(([, id, task, place], at) => [id, task, place, ...values[at]]);
}

/** The values at these keys, undefined where there is none. */
async function get(handle, store, keys) {
  const found = await read(handle, [store], (tx, out) => {
    out.value = keys.map(() => undefined);
    keys.forEach((key, place) => {
      const request = tx.objectStore(store).get(key);
      request.onsuccess = () => (out.value[place] = request.result);
    });
  });
  const cipher = handle.cipher;
  if (cipher === null) return found;
  const opened = (value, place) => value && unsealOne(cipher, store, keys[place], value);
  return await Promise.all(found.map(opened));
}

/** [keys, values] of the items whose namespaces begin with a prefix. */
async function under(handle, prefix) {
  const range = IDBKeyRange.bound([prefix], [[...prefix, []]]);
  const [keys, values] = await read(handle, ["items"], (tx, out) => {
    const store = tx.objectStore("items");
    const keys = store.getAllKeys(range);
    const values = store.getAll(range);
    values.onsuccess = () => (out.value = [keys.result, values.result]);
  });
  const cipher = handle.cipher;
  if (cipher === null) return [keys, values];
  const opened = values.map((value, at) => unsealOne(cipher, "items", keys[at], value));
  return [keys, await Promise.all(opened)];
}

export {
  append,
  begin,
  breakLocks,
  cipherFromKey,
  cipherFromPassword,
  close,
  deleteThread,
  fetch,
  find,
  get,
  ids,
  landed,
  lock,
  look,
  open,
  places,
  storedWrites,
  under,
  whole,
  write,
};
