// Explorers in the book's pages. Each is drawn from its first state, which is stored, and takes the place of its figure;
// it can be pointed at and played at once. The first move brings Python, which computes from then on.

import explorer, { say } from "./explorer.js";
import { pageModel } from "./page.js";

const here = new URL(".", import.meta.url);
const waiting = new Map(); // number of a question → what to do with its answer
const bars = new Set(); // of explorers that wait for Python
let worker = null;
let asked = 0;

function python() {
  if (worker) return worker;
  worker = new Worker(new URL("worker.js", here), { type: "module" });
  worker.onmessage = ({ data }) => {
    if ("loading" in data) return bars.forEach((bar) => bar.at(data.loading));
    waiting.get(data.id)?.(data);
    waiting.delete(data.id);
  };
  return worker;
}

function ask(question) {
  const id = asked++;
  return new Promise((done) => {
    waiting.set(id, done);
    python().postMessage({ ...question, id });
  });
}

// A line and a bar below an explorer, for as long as Python is being loaded.
function loadingBar(place) {
  const line = document.createElement("p");
  line.className = "loading";
  line.setAttribute("role", "status");
  line.hidden = true;
  const progress = Object.assign(document.createElement("progress"), { max: 1 });
  place.append(line);
  const bar = {
    at(share) {
      line.hidden = share === 1;
      progress.value = share;
      line.replaceChildren(say("loading"), " ", progress);
    },
    failed(why) {
      line.hidden = false;
      line.textContent = say("failed", { reason: why });
    },
  };
  bars.add(bar);
  return bar;
}

async function live(place) {
  const name = place.dataset.explorer;
  const answer = await fetch(new URL(`explorers/${name}.json`, here));
  if (!answer.ok) return; // its figure stands
  const { code, ...state } = await answer.json();
  const bar = loadingBar(place);
  let told = state;
  const compute = async (values) => {
    if (!python.ready) bar.at(0.05);
    const found = await ask({ name, code, values });
    python.ready = true;
    if (found.failed) bar.failed(found.failed);
    else told = JSON.parse(found.state);
    return found.failed ? { ...told, values } : told;
  };
  const touched = () => ask({});
  place.addEventListener("pointerdown", touched, { once: true });
  place.addEventListener("keydown", touched, { once: true });
  const stage = document.createElement("div");
  place.prepend(stage);
  explorer.render({ model: pageModel(state, compute), el: stage });
  place.querySelector("figure").hidden = true;
}

const near = new IntersectionObserver(
  (seen) =>
    seen
      .filter((each) => each.isIntersecting)
      .forEach((each) => {
        near.unobserve(each.target);
        live(each.target);
      }),
  { rootMargin: "800px" },
);
document.querySelectorAll(".living").forEach((place) => near.observe(place));
