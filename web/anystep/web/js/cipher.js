// Encryption of what is stored: AES-GCM by WebCrypto, every value bound to its place.

/** An error that Python tells apart by its name. */
function failure(name, message) {
  const error = new Error(message);
  error.name = name;
  return error;
}

const SEALED = new Set(["records", "writes", "items", "cache"]);

/** A cipher from the 16 or 32 bytes of a key. Rejects with UnavailableError without WebCrypto. */
async function cipherFromKey(bytes) {
  const key = await subtle().importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
  return { key };
}

/** A cipher from a password, by PBKDF2 with SHA-256. */
async function cipherFromPassword(password, salt, iterations) {
  const secret = new TextEncoder().encode(password);
  const base = await subtle().importKey("raw", secret, "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  const kind = { name: "AES-GCM", length: 256 };
  return { key: await subtle().deriveKey(how, base, kind, false, ["encrypt", "decrypt"]) };
}

function subtle() {
  const found = globalThis.crypto?.subtle;
  if (found) return found;
  throw failure("UnavailableError", "there is no WebCrypto here: it needs https or localhost");
}

function bound(store, key) {
  return new TextEncoder().encode(JSON.stringify([store, key]));
}

// The last bytes of a value are the secret ones; what is before them is needed to find things.
async function seal({ key }, op) {
  const [kind, store, place, value] = op;
  if (!SEALED.has(store) || !Array.isArray(value)) return op;
  const sealed = await Promise.all(
    value.map(async (part) => {
      if (!(part instanceof Uint8Array)) return part;
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const how = { name: "AES-GCM", iv, additionalData: bound(store, place) };
      const data = new Uint8Array(await subtle().encrypt(how, key, part));
      const whole = new Uint8Array(12 + data.length);
      whole.set(iv);
      whole.set(data, 12);
      return whole;
    }),
  );
  return [kind, store, place, sealed];
}

async function unsealOne({ key }, store, place, value) {
  const open = async (part) => {
    if (!(part instanceof Uint8Array)) return part;
    const how = { name: "AES-GCM", iv: part.subarray(0, 12), additionalData: bound(store, place) };
    try {
      return new Uint8Array(await subtle().decrypt(how, key, part.subarray(12)));
    } catch {
      throw failure("CipherError", `what is stored at ${JSON.stringify([store, place])}`);
    }
  };
  return await Promise.all(value.map(open));
}

async function unseal(cipher, log, records, writeKeys, writeValues) {
  if (cipher === null) return;
  await Promise.all([
    ...records.map(async (record) => {
      [, record[2]] = await unsealOne(cipher, "records", [log, record[0]], [null, record[2]]);
    }),
    ...writeKeys.map(async (key, at) => {
      writeValues[at] = await unsealOne(cipher, "writes", key, writeValues[at]);
    }),
  ]);
}

export { cipherFromKey, cipherFromPassword, failure, seal, unseal, unsealOne };
