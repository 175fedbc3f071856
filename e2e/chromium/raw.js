// A worker that puts bytes into IndexedDB and nothing else: {data, count} → milliseconds each.

function opened(name) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name);
    request.onupgradeneeded = () => request.result.createObjectStore("kv");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

const db = await opened("raw");
let key = 0;

self.addEventListener("message", async ({ data: { data, count } }) => {
  const begun = performance.now();
  for (let done = 0; done < count; done += 1) {
    const tx = db.transaction("kv", "readwrite", { durability: "relaxed" });
    key += 1;
    tx.objectStore("kv").put(data, key);
    await new Promise((resolve) => (tx.oncomplete = resolve));
  }
  self.postMessage((performance.now() - begun) / count);
});
self.postMessage("ready");
