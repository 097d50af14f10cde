// Draws a scene (course_lib/scene.py) on a canvas. The kernel computes; here numbers become pixels, nothing else.

const PANEL = { height: 300, stacked: 220, narrowest: 270, left: 64, bare: 16, right: 16, top: 28, bottom: 44 };
const FONT = "12px system-ui, sans-serif";
const LINE_HEIGHT = 15;
const MARK = 9; // at the end of a line

// The theme's own text colour, two weaker shades of it, and what it is seen on.
function inks(root) {
  const [r, g, b] = getComputedStyle(root).color.match(/[\d.]+/g).map(Number);
  const shade = (alpha) => `rgba(${r}, ${g}, ${b}, ${alpha})`;
  const paper = r + g + b < 384 ? "rgba(255,255,255,0.75)" : "rgba(0,0,0,0.75)";
  return { ink: shade(1), faint: shade(0.28), words: shade(0.72), grid: shade(0.12), rgb: [r, g, b], paper };
}

// Draws all panels as they are at step `now`; returns the frame of each: where it lies, and what a place in it means.
function drawScene(canvas, width, scene, backdrop, ink, now) {
  const count = scene.panels.length;
  const room = scene.stacked ? 1 : Math.max(1, Math.floor(width / PANEL.narrowest));
  const high = scene.stacked ? PANEL.stacked : PANEL.height;
  const rows = Math.ceil(count / room);
  const columns = Math.ceil(count / rows); // the rows as even as can be
  const ratio = window.devicePixelRatio || 1;
  const size = [Math.round(width * ratio), Math.round(rows * high * ratio)];
  if (canvas.width !== size[0] || canvas.height !== size[1]) {
    [canvas.width, canvas.height] = size;
    canvas.style.height = `${rows * high}px`;
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, rows * high);
  pen.font = FONT;
  const layers = scene.panels.map((panel, i) => [...(backdrop[i] || []), ...panel.layers].flatMap((each) => atStep(each, now)));
  const asides = scene.panels.map((panel, i) => rightOf(pen, panel, layers[i]));
  const widest = Math.max(...asides);
  return scene.panels.map((panel, i) => {
    const [left, top] = [((i % columns) * width) / columns, Math.floor(i / columns) * high];
    const box = {
      x0: left + (wordless(panel.y) ? PANEL.bare : PANEL.left),
      x1: left + width / columns - (scene.stacked ? widest : asides[i]), // one axis across has one end
      y0: top + high - PANEL.bottom,
      y1: top + PANEL.top,
    };
    return drawPanel(pen, panel, layers[i], box, ink);
  });
}

// What is seen of a layer at a step, as layers: what has happened so far, the latest of it alone, or a film's frame.
function atStep(layer, now) {
  if (layer.kind === "film") return layer.frames[layer.turns[now ?? 0]].flatMap((each) => atStep(each, now));
  if (layer.kind === "pictures") {
    const of = (steps) => [steps[now ?? 0] ?? steps[0]];
    return [{ ...layer, turns: of(layer.turns), signs: of(layer.signs), votes: layer.votes.map(of) }];
  }
  if (now === undefined || !layer.since) return [layer];
  const beyond = layer.since.findIndex((step) => step > now);
  const last = beyond < 0 ? layer.x.length : beyond;
  const first = layer.moves ? Math.max(last - 1, 0) : 0;
  return [{ ...layer, x: layer.x.slice(first, last), y: layer.y.slice(first, last) }];
}

// How far a name stands from the axes: a handle at their right end does not cover it.
const gapOf = (panel) => (panel.handles.some((handle) => handle.sets_x) ? 16 : 6);

// The room that a panel needs right of its axes.
function rightOf(pen, panel, layers) {
  const aside = gapOf(panel);
  const key = ({ label, mark: shape }) => pen.measureText(label).width + (shape ? MARK + 6 : 0) + aside + 4;
  const labels = layers.filter((layer) => layer.label).map(key);
  const bar = layers.find((layer) => layer.kind === "heat");
  return Math.max(PANEL.right, ...labels, ...(bar ? bar.ends.map((text) => 27 + pen.measureText(text).width) : []));
}

function drawPanel(pen, panel, layers, box, ink) {
  const bar = layers.find((layer) => layer.kind === "heat");
  const at = { x: scale(panel.x, box.x0, box.x1), y: scale(panel.y, box.y0, box.y1) };

  drawAxes(pen, panel, box, at, ink);
  for (const layer of layers) {
    pen.save();
    pen.beginPath();
    const over = layer.kind === "points" ? layer.size / 2 + 1 : 0; // a point on the frame is seen whole
    pen.rect(box.x0 - over, box.y1 - over, box.x1 - box.x0 + 2 * over, box.y0 - box.y1 + 2 * over);
    pen.clip();
    pen.strokeStyle = pen.fillStyle = ink[layer.colour] || layer.colour || ink.ink;
    DRAW[layer.kind](pen, layer, at, box, ink);
    pen.restore();
    if (layer.mark) mark(pen, layer.mark, ...lastSeen(layer, at), ink[layer.colour] || layer.colour, box);
  }
  if (bar) drawColourBar(pen, bar, box, ink);
  drawEndLabels(pen, layers, box, at, ink, gapOf(panel));
  const back = { x: unscale(panel.x, box.x0, box.x1), y: unscale(panel.y, box.y0, box.y1) };
  return { panel, layers, box, at, back };
}

const wordless = ({ label, ticks }) => !label && ticks.length && ticks.every(([, text]) => !text);

// What is even along an axis, and the way back.
function even(axis) {
  if (axis.log) return [(v) => (v > 0 ? Math.log10(v) : NaN), (u) => 10 ** u];
  if (axis.gap) return [(v) => (v < 1 ? -Math.log10(1 - v) : NaN), (u) => 1 - 10 ** -u];
  return [(v) => v, (u) => u];
}

// Data → pixels along one axis, and pixels → data.
function scale(axis, from, to) {
  const [f] = even(axis);
  const [a, b] = axis.ends.map(f);
  return (v) => (v === null ? NaN : from + ((f(v) - a) / (b - a)) * (to - from));
}

function unscale(axis, from, to) {
  const [f, back] = even(axis);
  const [a, b] = axis.ends.map(f);
  return (pixel) => back(a + ((pixel - from) / (to - from)) * (b - a));
}

// The outline of each shape of points around a place, about as large as a disc of this radius.
const star = (corners, turn, size, inner = 1) => (pen, x, y, r) => {
  for (let k = 0; k < corners; k++) {
    const [radius, angle] = [(k % 2 ? inner : 1) * size * r, 2 * Math.PI * (turn + k / corners)];
    pen.lineTo(x + radius * Math.sin(angle), y - radius * Math.cos(angle));
  }
};
const bars = (turn, size) => (pen, x, y, r) => {
  for (const angle of [0, 1, 2, 3].map((k) => 2 * Math.PI * (turn + k / 4))) {
    pen.moveTo(x, y);
    pen.lineTo(x + size * r * Math.sin(angle), y - size * r * Math.cos(angle));
  }
};
const SHAPES = {
  disc: (pen, x, y, r) => pen.arc(x, y, r, 0, 2 * Math.PI),
  square: star(4, 1 / 8, 1.25),
  diamond: star(4, 0, 1.35),
  up: star(3, 0, 1.35),
  down: star(3, 1 / 2, 1.35),
  star: star(10, 0, 1, 0.42),
  plus: bars(0, 1.2),
  cross: bars(1 / 8, Math.SQRT2),
};

const DRAW = {
  line(pen, { x, y, width, dashed }, at) {
    pen.lineWidth = width;
    pen.lineJoin = "round";
    pen.setLineDash(dashed === true ? [5, 4] : dashed || []);
    pen.beginPath();
    let broken = true;
    for (let i = 0; i < x.length; i++) {
      const px = at.x(x[i]);
      const py = at.y(y[i]);
      if (Number.isNaN(px + py)) broken = true;
      else {
        // far outside the panel is far enough: a diverging path must not overflow the pen
        const reach = (v) => Math.max(-1e4, Math.min(1e4, v));
        pen[broken ? "moveTo" : "lineTo"](reach(px), reach(py));
        broken = false;
      }
    }
    pen.stroke();
    pen.setLineDash([]);
  },

  points(pen, { x, y, size, shape }, at, box) {
    const r = size / 2;
    const inside = (px, py) => px > box.x0 - 1 && px < box.x1 + 1 && py > box.y1 - 1 && py < box.y0 + 1;
    const form = shape === "ring" ? "disc" : shape.replace("open ", "");
    const open = form !== shape || ["plus", "cross"].includes(form);
    pen.lineWidth = 2;
    for (let i = 0; i < x.length; i++) {
      const px = at.x(x[i]);
      const py = at.y(y[i]);
      if (!inside(px, py)) continue;
      pen.beginPath();
      SHAPES[form](pen, px, py, r);
      pen.closePath();
      open ? pen.stroke() : pen.fill();
    }
  },

  bars(pen, { x, y, width }, at, box) {
    const base = Math.min(box.y0, Math.max(box.y1, at.y(0) || box.y0));
    for (let i = 0; i < x.length; i++) {
      const left = at.x(x[i] - width / 2);
      const top = at.y(y[i]);
      if (!Number.isNaN(left + top)) pen.fillRect(left, top, Math.max(1, at.x(x[i] + width / 2) - left), base - top);
    }
  },

  text(pen, { x, y, text, colour, align }, at, box, ink) {
    pen.textAlign = align === "centre" ? "center" : align;
    pen.textBaseline = "middle";
    pen.fillStyle = legible(colour, ink);
    pen.strokeStyle = ink.paper; // a rim, so that it is read on a heat map too
    pen.lineWidth = 3;
    pen.strokeText(text, at.x(x), at.y(y));
    pen.fillText(text, at.x(x), at.y(y));
  },

  heat(pen, { levels, palette }, at, box) {
    const wide = (box.x1 - box.x0) / levels[0].length;
    const high = (box.y0 - box.y1) / levels.length;
    const tints = Array.from({ length: 101 }, (_, i) => tint(palette, i / 100));
    levels.forEach((row, i) =>
      row.forEach((level, j) => {
        if (Number.isNaN(level)) return;
        pen.fillStyle = tints[Math.round(100 * level)];
        pen.fillRect(box.x0 + j * wide, box.y0 - (i + 1) * high, wide + 0.6, high + 0.6);
      }),
    );
  },

  pictures(pen, layer, at, box, ink) {
    const { pixels, columns, colours, turns: [turns], signs: [signs] } = layer;
    const cell = cellSize(at);
    const bar = layer.votes.length ? 4 : 0;
    const side = Math.min(cell.high - 5, cell.wide - 5 - bar);
    const room = cell.wide - side - bar - 5; // beside the picture, for its sign
    pen.imageSmoothingEnabled = false;
    pixels.forEach((each, i) => {
      const left = at.x(i % columns) - cell.wide / 2;
      const top = at.y(Math.floor(i / columns)) - cell.high / 2;
      const colour = ink[colours[turns[i]]] || colours[turns[i]];
      // The first is told from the others without its colour, too: a thick frame, then a thin one, then dashes.
      pen.setLineDash(turns[i] > 1 ? [3, 3] : []);
      pen.lineWidth = turns[i] === "0" ? 2.5 : 1;
      pen.strokeStyle = pen.fillStyle = colour;
      pen.strokeRect(left + 1.5, top + 1.5, cell.wide - 3, cell.high - 3);
      pen.globalAlpha = turns[i] === "0" ? 0.25 : 0.08;
      pen.fillRect(left + 1.5, top + 1.5, cell.wide - 3, cell.high - 3);
      pen.globalAlpha = 1;
      pen.drawImage(tile(each, ink.rgb), left + 2.5, top + (cell.high - side) / 2, side, side);
      if (room >= 8) {
        pen.textAlign = "center";
        pen.textBaseline = "middle";
        pen.fillStyle = legible(colours[turns[i]], ink);
        pen.fillText(signs[i], left + 2.5 + side + room / 2, top + cell.high / 2);
      }
      let from = top + cell.high - 2.5;
      voices(layer, i).forEach((count, which) => {
        const tall = (count / layer.asked[0]) * (cell.high - 5);
        pen.fillStyle = ink[colours[which]] || colours[which];
        pen.fillRect(left + cell.wide - 2.5 - bar, from - tall, bar, tall);
        from -= tall;
      });
    });
    pen.setLineDash([]);
  },
};

// A square picture in the ink of the theme, a pixel for each of its own. Drawn once: playing draws it again and again.
const tiles = new Map();

function tile(pixels, rgb) {
  const key = `${rgb} ${pixels}`;
  if (!tiles.has(key)) {
    const across = Math.sqrt(pixels.length);
    const image = new ImageData(Uint8ClampedArray.from([...pixels].flatMap((level) => [...rgb, 17 * parseInt(level, 16)])), across);
    const made = Object.assign(document.createElement("canvas"), { width: across, height: across });
    made.getContext("2d").putImageData(image, 0, 0);
    tiles.set(key, made);
  }
  return tiles.get(key);
}

// Of those who are asked about a picture, how many speak for each colour.
function voices({ votes, asked }, i) {
  const counts = votes.map(([counted]) => parseInt(counted[i], 36));
  return counts.length ? [...counts, asked[0] - counts.reduce((a, b) => a + b)] : [];
}

const cellSize = (at) => ({ wide: Math.abs(at.x(1) - at.x(0)), high: Math.abs(at.y(1) - at.y(0)) });

const channels = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
const mixed = (a, b, share) => `rgb(${a.map((v, i) => Math.round(v + share * (b[i] - v))).join(",")})`;

function tint(palette, level) {
  const place = Math.min(Math.max(level, 0), 1) * (palette.length - 1);
  const i = Math.min(Math.floor(place), palette.length - 2);
  return mixed(channels(palette[i]), channels(palette[i + 1]), place - i);
}

// Words need more contrast than lines: a label's colour leans towards the text colour, and no word is faint.
const legible = (colour, ink) =>
  colour.startsWith("#") ? mixed(channels(colour), ink.rgb, 0.3) : colour === "faint" ? ink.words : ink[colour];

function drawAxes(pen, panel, box, at, ink) {
  pen.lineWidth = 1;
  pen.strokeStyle = ink.grid;
  pen.fillStyle = ink.ink;
  pen.textAlign = "center";
  pen.textBaseline = "top";
  for (const [value, text] of ticks(panel.x, (box.x1 - box.x0) / 60)) {
    stroke(pen, at.x(value), box.y0, at.x(value), box.y1);
    pen.fillText(text, at.x(value), box.y0 + 5);
  }
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const [value, text] of ticks(panel.y, (box.y0 - box.y1) / 45)) {
    stroke(pen, box.x0, at.y(value), box.x1, at.y(value));
    pen.fillText(text, box.x0 - 6, at.y(value));
  }
  pen.strokeStyle = ink.faint;
  pen.strokeRect(box.x0, box.y1, box.x1 - box.x0, box.y0 - box.y1);
  pen.textAlign = "center";
  pen.fillText(panel.x.label, (box.x0 + box.x1) / 2, box.y0 + 31, box.x1 - box.x0 + 30);
  pen.font = `600 ${FONT}`;
  pen.fillText(panel.title, (box.x0 + box.x1) / 2, box.y1 - 14, box.x1 - box.x0 + 30);
  pen.font = FONT;
  pen.save();
  pen.translate(box.x0 - PANEL.left + 9, (box.y0 + box.y1) / 2);
  pen.rotate(-Math.PI / 2);
  pen.fillText(panel.y.label, 0, 0, box.y0 - box.y1);
  pen.restore();
}

function stroke(pen, x0, y0, x1, y1) {
  pen.beginPath();
  pen.moveTo(x0, y0);
  pen.lineTo(x1, y1);
  pen.stroke();
}

// Round values along an axis, each with its text: about as many as there is room for, and no fewer than two, as a
// single one tells no scale.
function ticks(axis, room) {
  const [low, high] = [Math.min(...axis.ends), Math.max(...axis.ends)];
  const wished = Math.max(2, Math.min(room, 6));
  if (axis.ticks.length) return axis.ticks;
  const found = [];
  if (axis.gap) {
    const [first, last] = [-Math.log10(1 - low), -Math.log10(1 - high)];
    for (let power = Math.ceil(first - 1e-9); power <= last + 1e-9; power += 1)
      found.push([1 - 10 ** -power, readable(1 - 10 ** -power)]);
  }
  if (axis.log) {
    const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
    const every = Math.max(1, Math.ceil((last - first + 1) / wished));
    for (let power = first; power <= last; power += every) found.push([10 ** power, number(10 ** power)]);
  }
  return found.length > 1 ? found : evenTicks(low, high, wished);
}

// Multiples of 1, 2 or 5 times a power of ten.
function evenTicks(low, high, wished) {
  const power = 10 ** Math.floor(Math.log10(high - low));
  const places = [5, 2, 1, 0.5, 0.2].map((factor) => {
    const step = factor * power;
    const [first, last] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, k) => (first + k) * step);
  });
  const away = (those) => (those.length < 2 ? Infinity : Math.abs(those.length - wished));
  const nearest = places.reduce((best, those) => (away(those) < away(best) ? those : best));
  // as many digits as tell the neighbours apart
  const place = (v) => Math.floor(Math.log10(v) + 1e-9);
  const digits = Math.max(3, 1 + place(Math.max(-low, high)) - place(nearest[1] - nearest[0]));
  return nearest.map((value) => [value, number(value, digits)]);
}

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

function number(value, figures = 3) {
  const size = Math.abs(value);
  if (size === 0 || (size > 0.9e-3 && size < 1e4)) return String(Number(value.toPrecision(figures))).replace("-", "−");
  const [digits, power] = value.toExponential(1).split("e");
  const raised = [...power.replace("+", "")].map((c) => SUPERSCRIPTS[c]).join("");
  const factor = Number(digits);
  return (factor === 1 ? "" : `${factor}·`.replace("-", "−")) + `10${raised}`;
}

function drawColourBar(pen, { palette, ends }, box, ink) {
  const height = box.y0 - box.y1;
  for (let i = 0; i < 50; i++) {
    pen.fillStyle = tint(palette, i / 49);
    pen.fillRect(box.x1 + 8, box.y0 - ((i + 1) / 50) * height, 10, height / 50 + 0.6);
  }
  pen.fillStyle = ink.ink;
  pen.textAlign = "left";
  pen.fillText(ends[0], box.x1 + 21, box.y0 - 6);
  pen.fillText(ends[1], box.x1 + 21, box.y1 + 6);
}

// Where a line is seen last.
function lastSeen({ x, y }, at) {
  let i = x.length - 1;
  while (i >= 0 && Number.isNaN(at.x(x[i]) + at.y(y[i]))) i -= 1;
  return i < 0 ? [NaN, NaN] : [at.x(x[i]), at.y(y[i])];
}

// A mark of MARK pixels at a place on the canvas.
function mark(pen, shape, x, y, colour, box) {
  pen.strokeStyle = pen.fillStyle = colour;
  DRAW.points(pen, { x: [x], y: [y], size: MARK, shape }, { x: (v) => v, y: (v) => v }, box);
}

// Names beside the lines' last visible points, after their marks, pushed apart where they would overlap.
function drawEndLabels(pen, layers, box, at, ink, aside) {
  const labels = layers
    .filter((layer) => layer.label)
    .map((layer) => {
      const [, y] = lastSeen(layer, at);
      return { ...layer, y: Math.min(Math.max(Number.isNaN(y) ? box.y0 : y, box.y1 + 7), box.y0 - 7) };
    })
    .sort((a, b) => a.y - b.y);
  labels.forEach((label, i) => (label.y = i ? Math.max(label.y, labels[i - 1].y + LINE_HEIGHT) : label.y));
  let limit = box.y0 - 7;
  for (const label of [...labels].reverse()) {
    label.y = Math.min(label.y, limit);
    limit = label.y - LINE_HEIGHT;
  }
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  const anywhere = { x0: -Infinity, x1: Infinity, y0: Infinity, y1: -Infinity };
  for (const { label, mark: shape, colour, y } of labels) {
    if (shape) mark(pen, shape, box.x1 + aside + MARK / 2 + 1, y, ink[colour] || colour, anywhere);
    pen.fillStyle = legible(colour, ink);
    pen.fillText(label, box.x1 + aside + (shape ? MARK + 6 : 0), y);
  }
}
