// Python's memory, kept in this browser: a start that finds it there has nothing left to import.
//
// One file in the origin's private file system, named after its runtime's address, holds a heap as
// Pyodide hands it out, and the files that Python had unpacked by then. It says what it depends on:
// for another runtime or another browser there is none. Storage is not trusted: the file begins with
// the SHA-256 of the rest, and what does not match is thrown away. Workers only; where there is no
// such storage (a private window, no HTTPS), nothing is kept, and every start is a first one.

const FOLDER = "anystep-snapshots";
/** Half of a heap is empty. What is empty is not written. */
const PAGE = 65_536;
const DIGEST = 32;
/** Before the pages: the digest, the head's length as a number of four bytes, the head. */
const HEAD = DIGEST + 4;
/** Bytes that hold any head. */
const LARGEST_HEAD = 262_144;
/** How a file is laid out; a change of it is another number. */
const LAYOUT = 2;
const DAMAGED = "the one that was kept is damaged";

/** What a snapshot depends on besides its runtime's address, in hexadecimal digits. */
export function dependencies(manifest) {
  const jspi = "Suspending" in WebAssembly;
  return sha256(
    new TextEncoder().encode(JSON.stringify([LAYOUT, navigator.userAgent, jspi, manifest])),
  );
}

/**
 * What is kept for a runtime. Never rejects: without it Python starts as it does the first time.
 * @param {string} base address of the runtime's folder
 * @returns {Promise<object>} `{reason}`: why there is none; `{depends, reason, refused: true}`; or
 *   `{depends, bytes, heap, filled}`, where the heap has its content, and its size already, when
 *   `filled` fulfils, with the files as `[path, content]`. It rejects if the file is damaged.
 */
export async function readSnapshot(base) {
  try {
    const folder = await opened();
    const place = await placeOf(base);
    const file = await fileOf(folder, place);
    // Empty while it is being written, and if the page went meanwhile.
    if (file === null || file.size === 0) return { reason: "none was kept yet" };
    const head = await headOf(file);
    if (head === null) {
      await folder.removeEntry(place);
      return { reason: DAMAGED };
    }
    const { depends, refused } = head;
    if (refused !== undefined) return { depends, reason: refused, refused: true };
    const heap = new Uint8Array(head.length);
    const filled = fill(heap, file, head).catch(async (error) => {
      await folder.removeEntry(place);
      throw error;
    });
    filled.catch(() => {}); // whoever starts Python asks
    return { depends, bytes: file.size, heap, filled };
  } catch (error) {
    return { reason: error.message };
  }
}

/**
 * Keep a snapshot in place of the one that its runtime had before; its size in bytes.
 * @param {string} base address of the runtime's folder
 * @param {{depends: string, heap: Uint8Array, files: [string, Uint8Array][]}} snapshot
 */
export async function keepSnapshot(base, { depends, heap, files }) {
  const pages = [];
  for (let at = 0; at < heap.length; at += PAGE) {
    if (heap.subarray(at, at + PAGE).some((byte) => byte !== 0)) pages.push(at);
  }
  const listed = files.map(([path, content]) => [path, content.length]);
  const parts = pages.map((at) => heap.subarray(at, at + PAGE));
  for (const [, content] of files) parts.push(content);
  return await write(base, { depends, length: heap.length, pages, files: listed }, parts);
}

/** Note that a snapshot cannot be used: it is not made again for the same runtime and browser. */
export async function refuseSnapshot(base, depends, reason) {
  await write(base, { depends, refused: reason }, []);
}

/** Remove every snapshot that this origin has. */
export async function forgetSnapshots() {
  const root = await navigator.storage.getDirectory();
  await root.removeEntry(FOLDER, { recursive: true }).catch((error) => {
    if (error.name !== "NotFoundError") throw error;
  });
}

async function opened() {
  const reason = "this browser keeps no files for this page";
  if (!navigator.storage?.getDirectory || !crypto.subtle) throw new Error(reason);
  // A private window refuses, or site data is blocked.
  const root = await navigator.storage.getDirectory().catch((error) => {
    throw new Error(error.name === "SecurityError" ? reason : error.message);
  });
  return await root.getDirectoryHandle(FOLDER, { create: true });
}

// A runtime has one file, whatever it depends on.
function placeOf(base) {
  return sha256(new TextEncoder().encode(base));
}

async function fileOf(folder, name) {
  try {
    return await (await folder.getFileHandle(name)).getFile();
  } catch (error) {
    if (error.name === "NotFoundError") return null;
    throw error;
  }
}

// Read before the rest, and so before the digest tells: it is used only if it fits to the file.
async function headOf(file) {
  const bytes = new Uint8Array(await file.slice(0, LARGEST_HEAD).arrayBuffer());
  if (bytes.length < HEAD) return null;
  const [size] = new Uint32Array(bytes.slice(DIGEST, HEAD).buffer);
  const start = HEAD + size;
  try {
    const head = JSON.parse(new TextDecoder().decode(bytes.subarray(HEAD, start)));
    if (head.refused !== undefined) return head;
    const kept = [...head.pages.map((at) => sizeOf(at, head)), ...head.files.map(([, n]) => n)];
    const fits = kept.reduce((sum, n) => sum + n, start) === file.size;
    return fits && head.length <= 2 ** 32 ? { ...head, start } : null;
  } catch {
    return null;
  }
}

/** Bytes of the page that begins here; the last one may be a short one. */
function sizeOf(page, { length }) {
  return Math.min(PAGE, length - page);
}

async function fill(heap, file, head) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.subarray(DIGEST)));
  if (!digest.every((byte, at) => byte === bytes[at])) throw new Error(DAMAGED);
  let at = head.start;
  for (const page of head.pages) {
    heap.set(bytes.subarray(at, (at += sizeOf(page, head))), page);
  }
  return head.files.map(([path, size]) => [path, bytes.subarray(at, (at += size))]);
}

async function write(base, head, parts) {
  const text = new TextEncoder().encode(JSON.stringify(head));
  if (HEAD + text.length > LARGEST_HEAD) throw new Error("too many files for a snapshot");
  const before = [new Uint8Array(DIGEST), Uint32Array.of(text.length), text];
  const bytes = new Uint8Array(await new Blob([...before, ...parts]).arrayBuffer());
  bytes.set(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.subarray(DIGEST))));
  const folder = await opened();
  const place = await placeOf(base);
  // Emptied first, so that both need not have room. What a writer is given takes the place of the
  // old content as a whole, when it is closed.
  await folder.removeEntry(place).catch(() => {});
  const writer = await (await folder.getFileHandle(place, { create: true })).createWritable();
  await writer.write(bytes);
  await writer.close();
  return bytes.length;
}

/** The SHA-256 of bytes, in hexadecimal digits. */
export async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
