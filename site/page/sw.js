// Keeps the site: every file is fetched once for each content it has, and served from here after.
//
// files.json, made when the site is built, names every file with the hash of its content. A file
// that did not change is taken over from the version before; pages are answered from the cache
// first, and a new version takes over with the next visit.

const BASE = new URL("./", self.location.href);
const LIST = new URL("files.json", BASE).href;
const PREFIX = `anystep ${BASE.pathname} `;

async function install() {
  const answer = await fetch(LIST, { cache: "no-cache" });
  const { version, files } = await answer.clone().json();
  const older = (await caches.keys()).filter((key) => key.startsWith(PREFIX));
  const cache = await caches.open(PREFIX + version);
  await cache.put(LIST, answer);
  const before = await contents(older);
  for (const [path, hash] of Object.entries(files)) {
    const address = new URL(path, BASE).href;
    if (await cache.match(address)) continue;
    const kept = before.get(`${path} ${hash}`);
    const response = kept ?? (await fetch(address, { cache: "no-cache" }));
    if (!response.ok) throw new Error(`${path}: the server answered ${response.status}`);
    await cache.put(address, response);
  }
  await self.skipWaiting();
}

// What the caches before hold, by path and hash.
async function contents(keys) {
  const found = new Map();
  for (const key of keys) {
    const cache = await caches.open(key);
    const list = await cache.match(LIST);
    if (list === undefined) continue;
    for (const [path, hash] of Object.entries((await list.json()).files)) {
      const response = await cache.match(new URL(path, BASE).href);
      if (response !== undefined) found.set(`${path} ${hash}`, response);
    }
  }
  return found;
}

async function activate() {
  const { version } = await (await fetch(LIST, { cache: "no-cache" })).json().catch(() => ({}));
  for (const key of await caches.keys()) {
    if (version !== undefined && key.startsWith(PREFIX) && key !== PREFIX + version)
      await caches.delete(key);
  }
  known = null;
  await self.clients.claim();
}

// The caches, newest first. Looked up once: a page asks for fifty files, and each waits for this.
let known = null;

async function opened() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX)).toReversed();
  return await Promise.all(names.map((name) => caches.open(name)));
}

async function answer(request) {
  const address = new URL(request.url);
  address.hash = address.search = "";
  if (address.pathname.endsWith("/")) address.pathname += "index.html";
  known ??= opened();
  for (const cache of await known) {
    const found = await cache.match(address.href);
    if (found !== undefined) return found;
  }
  return await fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && request.url.startsWith(BASE.href))
    event.respondWith(answer(request));
});
