// Controls from data (course_lib/explorers/controls.py): sliders with their number, lists, switches.

const NOTCHES = 20; // of a logarithmic slider, to a power of ten
const NEAR = 0.999; // a track even in the distance to 1 that ends at 1 has it one notch beyond this

// A slider's track: from a place on it, a whole number from 0 to `last`, to the value, and back.
function track(control) {
  const { low, high, step, scale, whole } = control;
  if (control.options) return { last: control.options.length - 1, value: (i) => i, place: (v) => v };
  if (scale === "log") {
    const last = Math.round(NOTCHES * Math.log10(high / low));
    if (whole) {
      // Low numbers lie further apart than notches: each has one.
      const notches = Array.from({ length: last + 1 }, (_, i) => Math.round(low * 10 ** (i / NOTCHES)));
      const numbers = [...new Set([...notches.slice(0, -1), high])];
      const place = (v) => {
        const away = numbers.map((each) => Math.abs(Math.log(each / v)));
        return away.indexOf(Math.min(...away));
      };
      return { last: numbers.length - 1, value: (i) => numbers[i], place };
    }
    return {
      last,
      value: (i) => (i === last ? high : Number((low * 10 ** (i / NOTCHES)).toPrecision(4))),
      place: (v) => NOTCHES * Math.log10(v / low),
    };
  }
  if (scale === "gap") {
    const on = (v) => NOTCHES * Math.log10((1 - low) / (1 - v));
    const last = high < 1 ? Math.round(on(high)) : Math.round(on(NEAR)) + 1;
    return {
      last,
      value: (i) => (i === last ? high : 1 - Number(((1 - low) * 10 ** (-i / NOTCHES)).toPrecision(3))),
      place: (v) => Math.min(on(v), last),
    };
  }
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9) + 1);
  return {
    last: Math.round((high - low) / step),
    value: (i) => Number((low + i * step).toFixed(digits)),
    place: (v) => (v - low) / step,
  };
}

// The value that a control has nearest to a place on an axis; at: from such a place to pixels.
function nearest(control, place, at) {
  if (control.options) {
    const away = control.places.map((each) => (each == null ? Infinity : Math.abs(at(each) - at(place))));
    return away.indexOf(Math.min(...away));
  }
  const { last, value, place: on } = track(control);
  const inside = Math.min(Math.max(place, control.low), control.high);
  if (control.scale === "gap") return 1 - Number((1 - inside).toPrecision(3)); // on an even axis notches were far apart
  return value(Math.min(Math.max(Math.round(on(inside)), 0), last));
}

// What Python has as None, a kernel in the browser sends as undefined: `== null` is true of both.

// Where a value stands on an axis, and how it is called.
const standing = (control, value) => (control.options ? control.places[value] : value);
const inWords = (control, value) => (control.options ? control.options[value] : readable(value));

function readable(value) {
  const size = Math.abs(value);
  if (value === 0) return "0";
  const even = size >= 0.5 && size < 1 ? value.toFixed(6) : value.toPrecision(4);
  return (size < 1e-3 || size >= 1e5 ? value.toExponential(1).replace(/\.0e/, "e") : String(Number(even)))
    .replace("e+", "e")
    .replace(/^-/, "−");
}

const typed = (text) => (text.trim() ? Number(text.trim().replace("−", "-").replace(",", ".")) : NaN);

// What a control is set to by what was typed: the nearest value that it has; null where that names none.
function meant(control, text) {
  const number = typed(text);
  if (control.options) {
    const named = control.options.findIndex((option) => option.toLowerCase() === text.trim().toLowerCase());
    const away = control.options.map((option) => Math.abs(typed(option) - number));
    const least = Math.min(...away.filter((each) => !Number.isNaN(each)));
    return named >= 0 ? named : Number.isFinite(least) ? away.indexOf(least) : null;
  }
  const kept = Math.min(Math.max(number, control.low), control.high);
  const whole = control.whole || (Number.isInteger(control.step) && control.scale === "linear");
  return Number.isNaN(kept) ? null : whole ? Math.round(kept) : kept;
}

// What can be typed, in words.
function admitted({ options, low, high }) {
  if (!options) return say("number-from-to", { low: readable(low), high: readable(high) });
  if (options.length <= 12) return say("one-of", { options: options.join(", ") });
  return say("nearest-of", { count: options.length, first: options[0], last: options.at(-1) });
}

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  // JupyterLab takes the keys from whatever does not carry this itself.
  if (["input", "select", "button"].includes(tag) || "tabindex" in attributes) made.dataset.lmSuppressShortcuts = "true";
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

// All controls. move(name, value) is called when the user sets one.
function board(move) {
  const root = element("div", { class: "controls" });
  let shown = {}; // name → { element, data, refresh }

  // Switches that follow each other stand in one row.
  const place = (kind) => {
    if (kind !== "switch") return root;
    if (!root.lastElementChild?.matches(".switches")) root.append(element("div", { class: "switches" }));
    return root.lastElementChild;
  };

  const update = (controls, values) => {
    if (controls.length !== Object.keys(shown).length || controls.some(({ name }) => !shown[name])) {
      root.replaceChildren();
      shown = {};
    }
    for (const control of controls) {
      const data = JSON.stringify(control);
      if (shown[control.name]?.data !== data) {
        const made = MAKE[control.kind](control, (value) => move(control.name, value));
        const old = shown[control.name]?.element;
        old ? old.replaceWith(made.element) : place(control.kind).append(made.element);
        shown[control.name] = { ...made, data };
      }
      const { element: seen, refresh } = shown[control.name];
      seen.hidden = Object.entries(control.when).some(([other, allowed]) => !allowed.includes(values[other]));
      refresh(values[control.name]);
    }
  };
  return { element: root, update };
}

let made = 0;

// A piece of a line with the mark at its end, smaller than in the picture: at a switch it shows all its dashes.
function sample({ colour, dashed, mark: shape }, { kind }) {
  const [wide, high, sharp] = [kind === "switch" ? 31 : 20, 12, 2];
  const sheet = Object.assign(document.createElement("canvas"), { width: sharp * wide, height: sharp * high });
  const pen = sheet.getContext("2d");
  const as = { x: (v) => v, y: (v) => v };
  pen.scale(sharp, sharp);
  pen.strokeStyle = colour;
  DRAW.line(pen, { x: [0, wide - 6], y: [high / 2, high / 2], width: 2, dashed: dashed.map((size) => 0.6 * size) }, as);
  mark(pen, shape, wide - 6, high / 2, colour, { x0: 0, x1: wide, y0: high, y1: 0 });
  return element("img", { class: "stroke", src: sheet.toDataURL(), alt: "", width: wide, height: high });
}

function labelled(control, tag = "label") {
  const label = element(tag, { class: "name" }, ...(control.stroke ? [sample(control.stroke, control)] : []), control.label);
  label.id = `course-control-${(made += 1)}`;
  return label;
}

function ranged(control, move) {
  const { last, value: at, place } = track(control);
  const text = (value) => inWords(control, value);
  const label = labelled(control);
  const range = element("input", { type: "range", min: 0, max: last, step: 1, id: `${label.id}-range`, oninput: () => move(at(Number(range.value))) });
  label.setAttribute("for", range.id);
  const number = element("input", {
    class: "value",
    inputmode: "decimal",
    "aria-label": say("as-number", control),
    title: say("to-type", { admitted: admitted(control) }),
    oninput: () => number.setCustomValidity(""),
    // In a cell JupyterLab takes back this line break, without which Enter hands in nothing.
    onbeforeinput: (event) => event.inputType === "insertLineBreak" && event.stopImmediatePropagation(),
    onchange: () => {
      const asked = meant(control, number.value);
      const said = say("not-admitted", { label: control.label, admitted: admitted(control), typed: number.value.trim() });
      number.value = text(asked ?? current);
      if (asked !== null) return move(asked);
      number.setCustomValidity(said);
      number.reportValidity();
    },
  });
  const usual = element("span", { class: "usual", hidden: control.usual == null });
  if (control.usual != null) {
    const share = Math.min(Math.max(place(control.usual) / last, 0), 1);
    usual.style.left = `calc(8px + ${share} * (100% - 16px))`;
    usual.title = say("usual", { value: text(control.usual) });
  }
  let current = control.start;
  const refresh = (value) => {
    current = value;
    if (Math.round(place(value)) !== Number(range.value)) range.value = Math.round(place(value));
    range.setAttribute("aria-valuetext", text(value));
    if (document.activeElement !== number || number.value === "" || meant(control, number.value) !== value) number.value = text(value);
  };
  const line = element("div", { class: "line" }, element("span", { class: "track" }, range, usual), number);
  return { element: element("div", { class: "control", "data-name": control.name }, label, line), refresh };
}

const MAKE = {
  slider: ranged,
  pick: ranged,

  choice(control, move) {
    const label = labelled(control);
    const list = element("select", { id: `${label.id}-list`, onchange: () => move(list.selectedIndex) });
    list.append(...control.options.map((text) => element("option", {}, text)));
    label.setAttribute("for", list.id);
    return {
      element: element("div", { class: "control", "data-name": control.name }, label, element("div", { class: "line" }, list)),
      refresh: (value) => (list.selectedIndex = value),
    };
  },

  switch(control, move) {
    const box = element("input", { type: "checkbox", onchange: () => move(box.checked) });
    const label = labelled(control, "label");
    label.prepend(box);
    return {
      element: element("div", { class: "control switch", "data-name": control.name }, label),
      refresh: (value) => (box.checked = value),
    };
  },
};
