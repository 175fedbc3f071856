// A program and its input in the fragment of an address: compressed, never sent to any server.

/** The most an address may unpack to. */
const MOST = 200_000;

/** @param {object} what JSON */
export async function packed(what) {
  const bytes = await through(
    new TextEncoder().encode(JSON.stringify(what)),
    new CompressionStream("deflate-raw"),
  );
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** What `packed` packed. Raises for anything else: addresses come from strangers. */
export async function unpacked(text) {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
  return JSON.parse(
    new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw"))),
  );
}

async function through(bytes, stream) {
  const chunks = [];
  let size = 0;
  for await (const chunk of read(new Blob([bytes]).stream().pipeThrough(stream))) {
    size += chunk.length;
    if (size > MOST) throw new Error("the link unpacks to too much");
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

// Not every browser can iterate over a stream.
async function* read(stream) {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
