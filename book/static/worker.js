// The browser's Python, in a thread of its own: answers {id, name, code, values} with {id, state} or {id, failed}.

const here = new URL(".", import.meta.url);
let python = null;

async function started() {
  const { loadPyodide } = await import(new URL("../pyodide/pyodide.mjs", here));
  postMessage({ loading: 0.1 });
  const found = await loadPyodide({ packages: ["numpy", "contourpy"] });
  postMessage({ loading: 0.7 });
  for (const file of ["course_lib.zip", "sessions.py"]) {
    const content = await (await fetch(new URL(file, here))).arrayBuffer();
    if (file.endsWith(".zip")) found.unpackArchive(content, "zip");
    else found.FS.writeFile(file, new Uint8Array(content));
  }
  postMessage({ loading: 0.8 });
  const sessions = found.pyimport("sessions");
  postMessage({ loading: 1 });
  return sessions;
}

const opened = new Set();
const answer = async ({ id, name, code, values }) => {
  try {
    const sessions = await (python ||= started());
    if (!name) return;
    if (!opened.has(name)) sessions.opened(name, code);
    opened.add(name);
    postMessage({ id, state: sessions.moved(name, JSON.stringify(values)) });
  } catch (error) {
    postMessage({ id, failed: String(error).trim().split("\n").pop() });
  }
};
let last = Promise.resolve(); // one after the other
onmessage = ({ data }) => (last = last.then(() => answer(data)));
