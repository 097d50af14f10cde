// One notebook in the laboratory's Python and kernel, without a browser: node laboratory.mjs SITE NOTEBOOK
// Prints a line of JSON for the kernel's start, then one for each code cell: seconds of computing, and the
// error that ended it.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [site, notebook] = process.argv.slice(2).map((path) => resolve(path));
const python = join(site, "pyodide");
const kernels = join(site, "extensions/@jupyterlite/pyodide-kernel-extension/static/pypi");

let before = process.cpuUsage();
function told(what, error = null) {
  const { user, system } = process.cpuUsage(before);
  before = process.cpuUsage();
  console.log(JSON.stringify({ what, seconds: (user + system) / 1e6, error }));
}

const { loadPyodide } = await import(pathToFileURL(join(python, "pyodide.mjs")));
const pyodide = await loadPyodide({ indexURL: python, stdout: () => {}, stderr: () => {} });
const quiet = { messageCallback: () => {} };
await pyodide.loadPackage(["ssl", "sqlite3", "micropip", "comm", "ipython"], quiet);
for (const wheel of readdirSync(kernels)) {
  if (/^(pyodide_kernel|piplite)-/.test(wheel)) {
    pyodide.unpackArchive(new Uint8Array(readFileSync(join(kernels, wheel))), "wheel");
  }
}
pyodide.runPython("import pyodide_kernel");
const kernel = pyodide.globals.get("pyodide_kernel").kernel_instance;
kernel.interpreter.send_comm = () => {};
told("start");

for (const cell of JSON.parse(readFileSync(notebook)).cells) {
  if (cell.cell_type === "code") {
    kernel._parent_header = pyodide.toPy({ header: {}, metadata: {}, content: {} });
    const result = (await kernel.run([cell.source].flat().join(""))).toJs();
    told(cell.id, result.get("status") === "ok" ? null : `${result.get("ename")}: ${result.get("evalue")}`);
  }
}
process.exit();
