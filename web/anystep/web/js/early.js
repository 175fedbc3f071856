// Begin to start Python before the page's modules are there: a classic script, for the page's head.
//
//   <script src="anystep/early.js" data-runtime="runtime/"></script>
//
// Or its text in the page itself, with `data-worker`, the address of worker.js, besides. `start` of
// index.js takes over what is begun here, if it is told the same runtime. It is Python itself where its
// memory is kept in this browser, and else no more than the worker: a download would delay the page.
{
  const { src, dataset } = document.currentScript;
  const absolute = (address) => new URL(address, document.baseURI).href;
  const runtime = absolute(dataset.runtime);
  const address = dataset.worker ? absolute(dataset.worker) : new URL("worker.js", src);
  const name = `anystep:worker:${Date.now()}:${Math.random()}`;
  const worker = new Worker(address, { type: "module", name });
  // Then `start` makes a worker of its own, and hears of the error itself.
  worker.addEventListener("error", () => delete globalThis.anystepEarly);
  worker.postMessage({ id: 0, op: "prepare", argument: { runtime } });
  globalThis.anystepEarly = { worker, name, runtime };
}
