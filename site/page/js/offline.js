// Keep the whole site for when there is no network; where the browser can, and when it has time.

export function keepOffline() {
  if (!("serviceWorker" in navigator)) return;
  const worker = new URL("../sw.js", import.meta.url);
  navigator.serviceWorker.register(worker).catch(() => {
    // A private window, or a host without TLS: the site works, it is only not kept.
  });
}
