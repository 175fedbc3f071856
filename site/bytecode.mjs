// Compile Python inside Pyodide: node bytecode.mjs PYODIDE stdlib|wheel IN.zip OUT.zip
//
//   stdlib   the same archive with bytecode in place of the sources
//   wheel    the wheel without its JavaScript, and bytecode beside its sources: an archive to put on
//            sys.path as it is
//
// Every start of the page imports a hundred modules; compiled beforehand they cost half the time, and
// read out of their archive they need not be installed first, which took as long as all the rest.
// It happens in Pyodide because bytecode belongs to one version of Python. Tracebacks through the
// standard library then name lines without showing them; a wheel keeps its sources, which are shown.

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const COMPILE = `
import importlib._bootstrap_external as external
import importlib.util
import zipfile

OTHER_HOSTS = ("anystep/edge/", "anystep/wasi/")  # never imported in a page
SERVED_APART = "anystep/web/js/"  # for the page, not for Python
PLACE = "/lib/anystep.zip"  # where runtime.js puts it
MOMENT = (1980, 1, 1, 0, 0, 0)  # equal bytes from equal sources

def entry(name):
    made = zipfile.ZipInfo(name, date_time=MOMENT)
    made.compress_type = zipfile.ZIP_DEFLATED
    return made

def bytecode(data, filename):
    code = compile(data, filename, "exec", dont_inherit=True)
    # Unchecked: nothing changes these files, so nothing needs to be compared at import.
    return external._code_to_hash_pyc(code, importlib.util.source_hash(data), False)

def stdlib(given, made):
    for item in given.infolist():
        data = given.read(item)
        if item.filename.endswith(".py"):
            made.writestr(entry(item.filename + "c"), bytecode(data, item.filename))
        elif not item.is_dir():
            made.writestr(entry(item.filename), data)

def wheel(given, made):
    for item in given.infolist():
        if item.is_dir() or item.filename.startswith(SERVED_APART):
            continue
        data = given.read(item)
        made.writestr(entry(item.filename), data)
        if item.filename.endswith(".py") and not item.filename.startswith(OTHER_HOSTS):
            made.writestr(entry(item.filename + "c"), bytecode(data, f"{PLACE}/{item.filename}"))

with zipfile.ZipFile("/given.zip") as given, zipfile.ZipFile("/made.zip", "w", compresslevel=9) as made:
    {"stdlib": stdlib, "wheel": wheel}[mode](given, made)
len(zipfile.ZipFile("/made.zip").namelist())
`;

async function main(pyodide, mode, given, made) {
  const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`).href);
  const py = await loadPyodide({ indexURL: pyodide, env: { PYTHONHASHSEED: "0" } });
  py.FS.writeFile("/given.zip", readFileSync(given));
  py.globals.set("mode", mode);
  const entries = py.runPython(COMPILE);
  writeFileSync(made, py.FS.readFile("/made.zip"));
  console.log(`[site] bytecode of the ${mode}: ${entries} files`);
}

try {
  await main(...process.argv.slice(2));
} catch (error) {
  // Left to itself, Node prints the failing line, which in Pyodide is a megabyte long.
  console.error(error.stack);
  process.exit(1);
}
