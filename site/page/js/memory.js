// What Python takes: of this tab's memory, and of this browser's storage.

const PROGRAM = `
def held(_):
    import pyodide_js
    return pyodide_js._module.HEAP8.length
`;
const MODULE = "anystep_site_memory";
const asked = new WeakSet();

/** One sentence about it. */
export async function memoryOf(anystep) {
  if (!asked.has(anystep)) await anystep.module({ name: MODULE, source: PROGRAM });
  asked.add(anystep);
  const held = await anystep.call(MODULE, "held");
  const stored = await navigator.storage?.estimate?.();
  const kept = stored?.usage
    ? `; this browser keeps ${megabytes(stored.usage)} MB of this site`
    : "";
  return `Python takes ${megabytes(held)} MB of memory${kept}.`;
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(0);
}
