// Python's memory, kept in this browser: a start that finds it there has nothing left to import.
//
// One file in the origin's private file system holds a heap as Pyodide hands it out, and the files
// that Python had unpacked by then. Its name is made of everything it depends on: another runtime,
// another browser, another snapshot. Storage is not trusted: the file begins with the SHA-256 of
// the rest, and what does not match is thrown away. Workers only; where there is no such storage (a
// private window, no HTTPS), nothing is kept, and every start is a first one.

const FOLDER = "anystep-snapshots";
/** Half of a heap is empty. What is empty is not written. */
const PAGE = 65_536;
const DIGEST = 32;
/** Before the pages: the digest, the head's length as a number of four bytes, the head. */
const HEAD = DIGEST + 4;
/** What a file's name ends with that says why there is no snapshot. */
const REFUSED = ".refused";
/** How a file is laid out; a change of it is another number. */
const LAYOUT = 1;

/**
 * The name of the snapshot of a runtime: first where that is, then what a snapshot depends on.
 * @param {string} base address of the runtime's folder
 * @param {string} manifest the text of its manifest, with the hashes of its files
 */
export async function nameOf(base, manifest) {
  const jspi = "Suspending" in WebAssembly;
  const depends = JSON.stringify([LAYOUT, navigator.userAgent, jspi, manifest]);
  const [place, content] = await Promise.all(
    [base, depends].map((text) => sha256(new TextEncoder().encode(text))),
  );
  return `${place}-${content}`;
}

/**
 * The snapshot of this name: `{heap, files, bytes}`, files as `[path, content]`; or `{reason}`, why
 * there is none. Never rejects: without it Python starts as it does the first time.
 */
export async function readSnapshot(name) {
  try {
    const folder = await opened();
    const bytes = await contentOf(folder, name);
    // Empty while it is being written, and if the page went meanwhile.
    if (bytes === null || bytes.length === 0) {
      const refused = await contentOf(folder, name + REFUSED);
      if (refused === null) return { reason: "none was kept yet" };
      return { reason: new TextDecoder().decode(refused), refused: true };
    }
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.subarray(DIGEST)));
    if (digest.every((byte, at) => byte === bytes[at])) return unpacked(bytes);
    await folder.removeEntry(name);
    return { reason: "the one that was kept is damaged" };
  } catch (error) {
    return { reason: error.message };
  }
}

/**
 * Keep a snapshot in place of those that its runtime had before; its size in bytes.
 * @param {string} name
 * @param {{heap: Uint8Array, files: [string, Uint8Array][]}} snapshot
 */
export async function keepSnapshot(name, snapshot) {
  const bytes = await packed(snapshot);
  const folder = await opened();
  await replaceAll(folder, name, name, bytes);
  return bytes.length;
}

/** Note that this snapshot cannot be used: it is not made again for the same runtime and browser. */
export async function refuseSnapshot(name, reason) {
  const folder = await opened();
  await replaceAll(folder, name, name + REFUSED, new TextEncoder().encode(reason));
}

/** Remove every snapshot that this origin has. */
export async function forgetSnapshots() {
  const root = await navigator.storage.getDirectory();
  await root.removeEntry(FOLDER, { recursive: true }).catch((error) => {
    if (error.name !== "NotFoundError") throw error;
  });
}

async function opened() {
  const root = await navigator.storage?.getDirectory?.();
  if (root === undefined || !crypto.subtle)
    throw new Error("this browser keeps no files for this page");
  return await root.getDirectoryHandle(FOLDER, { create: true });
}

async function contentOf(folder, name) {
  try {
    const file = await (await folder.getFileHandle(name)).getFile();
    return new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    if (error.name === "NotFoundError") return null;
    throw error;
  }
}

// A writer's content takes the place of the old one as a whole, when it is closed.
async function replaceAll(folder, name, file, bytes) {
  const [place] = name.split("-");
  const older = [];
  for await (const key of folder.keys()) {
    if (key.startsWith(place) && key !== file) older.push(key);
  }
  // First, so that both need not have room.
  for (const key of older) await folder.removeEntry(key);
  const writer = await (await folder.getFileHandle(file, { create: true })).createWritable();
  await writer.write(bytes);
  await writer.close();
}

async function packed({ heap, files }) {
  const pages = [];
  for (let at = 0; at < heap.length; at += PAGE) {
    if (heap.subarray(at, at + PAGE).some((byte) => byte !== 0)) pages.push(at);
  }
  const listed = files.map(([path, content]) => [path, content.length]);
  const head = new TextEncoder().encode(
    JSON.stringify({ length: heap.length, pages, files: listed }),
  );
  const parts = pages.map((at) => heap.subarray(at, at + PAGE));
  parts.unshift(new Uint8Array(DIGEST), new Uint8Array(Uint32Array.of(head.length).buffer), head);
  for (const [, content] of files) parts.push(content);
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  bytes.set(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.subarray(DIGEST))));
  return bytes;
}

function unpacked(bytes) {
  const [size] = new Uint32Array(bytes.slice(DIGEST, HEAD).buffer);
  let at = HEAD + size;
  const { length, pages, files } = JSON.parse(new TextDecoder().decode(bytes.subarray(HEAD, at)));
  const heap = new Uint8Array(length);
  for (const page of pages) {
    const end = Math.min(page + PAGE, length);
    heap.set(bytes.subarray(at, (at += end - page)), page);
  }
  const contents = files.map(([path, size]) => [path, bytes.subarray(at, (at += size))]);
  return { heap, files: contents, bytes: bytes.length };
}

/** The SHA-256 of bytes, in hexadecimal digits. */
export async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
