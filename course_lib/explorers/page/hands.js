// Hands in the picture: handles to drag by mouse, finger and arrow keys, or to click where they turn a switch, and
// values where the pointer stands. Pictures are read with the arrow keys, too.

const REACH = 28; // pixels within which the nearest point tells its values

// What sets the scene's time stands where time stands now.
// frames: of the panels as drawn last (scene.js). set(name, value) sets a control; control(name) is its data.
function hands(area, set, control) {
  const handles = new Map(); // panel and number → the element over the canvas
  const readers = new Map(); // panel → the element over its picture that is read
  const tip = element("div", { class: "tip", hidden: true, "aria-hidden": true });
  area.append(tip);
  let frames = [];
  let dragged = null;
  let pointed = null; // where a pointer stands, or a finger tapped last

  const place = (grip, frame, x, y) => {
    grip.style.left = `${Math.min(Math.max(frame.at.x(x), frame.box.x0), frame.box.x1)}px`;
    grip.style.top = `${Math.min(Math.max(frame.at.y(y), frame.box.y1), frame.box.y0)}px`;
  };

  const turn = (grip) => {
    const { turns } = grip.of().handle;
    if (turns) set({ [turns]: !grip.value(turns) });
  };

  const drag = (grip, event) => {
    const { frame, handle } = grip.of();
    if (handle.turns) return;
    const box = area.getBoundingClientRect();
    const x = frame.back.x(Math.min(Math.max(event.clientX - box.left, frame.box.x0), frame.box.x1));
    const y = frame.back.y(Math.min(Math.max(event.clientY - box.top, frame.box.y1), frame.box.y0));
    const values = {};
    const to = { x: handle.x, y: handle.y };
    for (const [axis, pointed] of [["x", x], ["y", y]]) {
      const name = handle[`sets_${axis}`];
      if (!name) continue;
      const data = placed(handle, axis, control(name));
      values[name] = nearest(data, pointed, frame.at[axis]);
      to[axis] = standing(data, values[name]);
    }
    place(grip, frame, to.x, to.y);
    set(values);
  };

  const nudge = (grip, event) => {
    if (grip.of().handle.turns) {
      if (![" ", "Enter"].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation(); // the space bar plays everywhere else
      return turn(grip);
    }
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key] || [0, 0];
    const { frame, handle } = grip.of();
    // What moves along one axis alone, all four keys move.
    const along = { x: handle.sets_y ? dx : dx + dy, y: handle.sets_x ? dy : dx + dy };
    const values = {};
    for (const [name, by, axis] of [[handle.sets_x, along.x, "x"], [handle.sets_y, along.y, "y"]]) {
      if (!name || !by) continue;
      const data = placed(handle, axis, control(name));
      const { last, value, place: at } = track(data);
      const { ends } = frame.panel[axis];
      const falls = data.options && data.places[0] > data.places[1]; // the next option lies lower
      const turned = ends[0] > ends[1] !== Boolean(falls) ? -1 : 1;
      const to = Math.round(at(grip.value(name))) + by * turned * (event.shiftKey ? 10 : 1);
      values[name] = value(Math.min(Math.max(to, 0), last));
    }
    if (!dx && !dy) return;
    event.preventDefault();
    event.stopPropagation();
    if (Object.keys(values).length) set(values);
  };

  const grip = (key) => {
    const made = element("div", { class: "grip", tabindex: 0 });
    made.addEventListener("pointerdown", (event) => {
      made.setPointerCapture(event.pointerId);
      dragged = key;
      made.focus({ preventScroll: true });
      event.preventDefault();
    });
    made.addEventListener("pointermove", (event) => dragged === key && drag(made, event));
    for (const end of ["pointerup", "pointercancel"]) made.addEventListener(end, () => (dragged = null));
    made.addEventListener("pointerup", () => turn(made));
    made.addEventListener("keydown", (event) => nudge(made, event));
    area.append(made);
    return made;
  };

  // After each drawing: the handles where they are now.
  const update = (drawn, values, time) => {
    frames = drawn;
    const present = new Set();
    frames.forEach((frame, number) =>
      frame.panel.handles.forEach((handle, which) => {
        const key = `${number}.${which}`;
        present.add(key);
        if (!handles.has(key)) handles.set(key, grip(key));
        const made = handles.get(key);
        made.of = () => ({ frame: frames[number], handle: frames[number].panel.handles[which] });
        made.value = (name) => values[name];
        handle.turns ? switchable(made, handle, control(handle.turns), values) : draggable(made, handle, control, values);
        if (dragged !== key) place(made, frame, handle.sets_x && handle.sets_x === time ? values[time] : handle.x, handle.y);
      }),
    );
    for (const [key, made] of handles)
      if (!present.has(key)) {
        made.remove();
        handles.delete(key);
      }
    frames.forEach((frame, number) => {
      if (album(frame) && !readers.has(number)) readers.set(number, reader(number));
    });
    for (const [number, made] of readers) {
      if (frames[number] && album(frames[number])) made.again();
      else {
        made.remove();
        readers.delete(number);
      }
    }
    if (pointed) told(under(pointed).found);
  };

  const told = (found) => {
    tip.hidden = !found;
    if (!found) return;
    tip.textContent = found.text;
    tip.style.left = `${Math.max(Math.min(found.x + 12, area.clientWidth - tip.offsetWidth - 4), 0)}px`;
    const away = (found.half ?? 4) + 4; // beside what it tells of, not over it
    const over = found.y - tip.offsetHeight - away;
    tip.style.top = `${over < 0 ? found.y + away : over}px`;
  };

  // One picture of a panel at a time, which the arrow keys and a click choose. It tells what a pointer is told.
  const reader = (number) => {
    const made = element("div", { class: "reader", tabindex: 0, role: "slider" });
    made.number = 0;
    made.again = () => read(made, frames[number]);
    made.addEventListener("focus", made.again);
    made.addEventListener("blur", () => told(null));
    made.addEventListener("keydown", (event) => {
      const { columns, pixels } = album(frames[number]);
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: columns, ArrowUp: -columns, Home: -made.number, End: pixels.length - 1 - made.number }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      if (pixels[made.number + by] !== undefined) made.number += by;
      made.again();
    });
    area.append(made);
    return made;
  };

  const read = (made, frame) => {
    const found = picture(frame, made.number);
    const attributes = {
      "aria-label": say("to-read", frame.panel),
      "aria-valuemin": 1,
      "aria-valuemax": album(frame).pixels.length,
      "aria-valuenow": made.number + 1,
      "aria-valuetext": found.text.replaceAll("\n", "; "),
    };
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    const { wide, high } = cellSize(frame.at);
    Object.assign(made.style, { left: `${found.x}px`, top: `${found.y}px`, width: `${wide}px`, height: `${high}px` });
    if (document.activeElement === made) told(found);
  };

  // What stands at a place in the area, and in which panel.
  const under = ([px, py]) => {
    const number = frames.findIndex(({ box: b }) => px >= b.x0 && px <= b.x1 && py >= b.y1 && py <= b.y0);
    return { number, found: number >= 0 ? closest(frames[number], px, py) : null };
  };
  const point = (event) => {
    const box = area.getBoundingClientRect();
    pointed = dragged === null ? [event.clientX - box.left, event.clientY - box.top] : null;
    told(pointed && under(pointed).found);
  };
  area.addEventListener("pointermove", point);
  area.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "touch") return; // what a tap told is read when the finger is off the picture
    pointed = null;
    told(null);
    [...readers.values()].find((each) => each === document.activeElement)?.again();
  });
  area.addEventListener("pointerdown", (event) => {
    point(event);
    const { number, found } = pointed ? under(pointed) : {};
    if (found?.picture === undefined) return;
    event.preventDefault();
    pointed = null; // the reader tells it from now on
    const made = readers.get(number);
    made.number = found.picture;
    made.focus({ preventScroll: true });
    made.again();
  });
  return { update };
}

// A control, its options where a handle's scene has them.
const placed = (handle, axis, data) => (handle[`places_${axis}`].length ? { ...data, places: handle[`places_${axis}`] } : data);

// What a picture tells, and where it stands: its own words, its sign, and of those asked who speaks for what.
function picture(frame, i) {
  const { columns, texts, words, signs: [signs], turns: [turns], meaning, asked } = album(frame);
  const lines = [texts[i], `${meaning} ${signs[i]}: ${words[turns[i]]}`];
  const counted = voices(album(frame), i).map((count, which) => `${count} ${words[which]}`);
  if (counted.length) lines.push(say("votes", { count: asked[0], voters: asked[1], votes: counted.join(", ") }));
  const [x, y] = [frame.at.x(i % columns), frame.at.y(Math.floor(i / columns))];
  return { picture: i, x, y, half: cellSize(frame.at).high / 2, text: lines.join("\n") };
}

const album = (frame) => frame.layers.find(({ kind }) => kind === "pictures");

// What a handle tells to those who cannot see it: as a slider, or as a switch.
function draggable(grip, handle, control, values) {
  const names = [handle.sets_x, handle.sets_y].filter(Boolean);
  const told = names.map((name) => `${control(name).label} ${inWords(control(name), values[name])}`).join(", ");
  const lead = control(names[0]);
  const attributes = {
    role: "slider",
    "aria-label": say("to-drag", handle),
    "aria-valuetext": told,
    "aria-valuenow": values[names[0]],
    "aria-valuemin": lead.low ?? 0,
    "aria-valuemax": lead.high ?? lead.options.length - 1,
    "data-sets": names.join(" "),
    title: `${handle.label}: ${told}`,
  };
  for (const [name, value] of Object.entries(attributes)) grip.setAttribute(name, value);
}

function switchable(grip, handle, { name, label }, values) {
  const attributes = {
    role: "switch",
    "aria-label": label,
    "aria-checked": values[name],
    "data-sets": name,
    title: say(values[name] ? "to-join" : "to-cut", handle),
  };
  for (const [attribute, value] of Object.entries(attributes)) grip.setAttribute(attribute, value);
}

// The values of what lies nearest to a place in a panel: a point, a bar, or a cell of a heat map.
function closest(frame, px, py) {
  const { panel, layers, at, box } = frame;
  let best = null;
  for (const layer of layers) {
    if (layer.kind === "heat") {
      const [rows, columns] = [layer.levels.length, layer.levels[0].length];
      const row = Math.min(Math.floor(((box.y0 - py) / (box.y0 - box.y1)) * rows), rows - 1);
      const column = Math.min(Math.floor(((px - box.x0) / (box.x1 - box.x0)) * columns), columns - 1);
      const there = values(panel, frame.back.x(px), frame.back.y(py));
      best ??= { distance: REACH, x: px, y: py, text: `${there}${cell(layer, layer.levels[row]?.[column])}` };
    }
    if (layer.kind === "pictures") {
      const column = Math.min(Math.max(Math.round(frame.back.x(px)), 0), layer.columns - 1);
      const i = layer.columns * Math.max(Math.round(frame.back.y(py)), 0) + column;
      if (layer.pixels[i]) best = { distance: 0, ...picture(frame, i) };
    }
    if (!["line", "points", "bars"].includes(layer.kind) || layer.colour === "faint") continue;
    for (let i = 0; i < layer.x.length; i++) {
      const [x, y] = [at.x(layer.x[i]), at.y(layer.y[i])];
      const distance = layer.kind === "bars" ? Math.abs(x - px) : Math.hypot(x - px, y - py);
      if (!(distance < (best?.distance ?? REACH))) continue;
      const name = layer.label ? `${layer.label}: ` : "";
      best = { distance, x, y, text: layer.texts?.[i] ?? name + values(panel, layer.x[i], layer.y[i]) };
    }
  }
  return best;
}

// What a cell of a heat map stands for, where that is a number.
function cell({ span, log, empty }, level) {
  if (!Number.isFinite(level)) return empty && `: ${empty}`;
  if (!span) return "";
  return `: ${number(log ? span[0] * (span[1] / span[0]) ** level : span[0] + level * (span[1] - span[0]))}`;
}

const values = (panel, x, y) => `${called(panel.x)} ${number(x)}, ${called(panel.y)} ${number(y)}`;
const called = (axis) => axis.label.replace(/\s*\([^)]*log scale[^)]*\)/, "");
