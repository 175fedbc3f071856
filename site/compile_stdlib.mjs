// Compile the standard library that Pyodide ships as source: node compile_stdlib.mjs PYODIDE OUT
//
// Every start of a page imports a hundred modules; as .pyc in the same archive they cost half the
// time. Compiled inside Pyodide itself, because the bytecode must be that of its own Python. The
// price: tracebacks through the standard library name lines without showing them.

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const COMPILE = `
import importlib._bootstrap_external as external
import importlib.util
import zipfile

MOMENT = (1980, 1, 1, 0, 0, 0)  # equal bytes from equal sources

def entry(name):
    made = zipfile.ZipInfo(name, date_time=MOMENT)
    made.compress_type = zipfile.ZIP_DEFLATED
    return made

def compile_archive(source, target):
    compiled = 0
    with zipfile.ZipFile(source) as given, zipfile.ZipFile(target, "w", compresslevel=9) as made:
        for item in given.infolist():
            if item.is_dir():
                continue
            data = given.read(item)
            if not item.filename.endswith(".py"):
                made.writestr(entry(item.filename), data)
                continue
            code = compile(data, item.filename, "exec", dont_inherit=True)
            # Unchecked: there is no source beside it that it could be compared with.
            pyc = external._code_to_hash_pyc(code, importlib.util.source_hash(data), False)
            made.writestr(entry(item.filename + "c"), pyc)
            compiled += 1
    return compiled

compile_archive("/given.zip", "/made.zip")
`;

const [, , pyodide, out] = process.argv;
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`).href);
const py = await loadPyodide({ indexURL: pyodide, env: { PYTHONHASHSEED: "0" } });
py.FS.writeFile("/given.zip", readFileSync(`${pyodide}/python_stdlib.zip`));
const compiled = py.runPython(COMPILE);
writeFileSync(out, py.FS.readFile("/made.zip"));
console.log(`${compiled} modules compiled`);
