// An explorer on a page: controls, picture, hands and time, around a model that computes scenes.

function render({ model, el }) {
  const root = element("div", { class: "course-explorer", tabindex: -1 }); // a click gives it the space bar
  const canvas = element("canvas", { role: "img" });
  const area = element("div", { class: "picture" }, canvas);
  const message = element("p", { "aria-live": "polite" });
  // While this page is alive, the figure that stands in for it elsewhere is not needed.
  const replaced = element("style", {}, `[data-still-of="${model.get("name")}"] { display: none; }`);
  // What came packed is read when it is another one.
  const latest = (name, read) => {
    let came, made;
    return () => (model.get(name) === came ? made : (made = read((came = model.get(name)))));
  };
  const scene = latest("scene", unpacked);
  const backdrop = latest("backdrop", (panels) => panels.map(unpacked));
  let values = { ...model.get("values") };
  let time = null; // the player, and the name of its control

  const control = (name) => model.get("controls").find((each) => each.name === name);
  // What a hand that goes on as it goes now sets next: the kernel gets it ready meanwhile.
  const onward = (changed) => {
    if (Object.keys(changed).some((name) => !["slider", "pick"].includes(control(name).kind))) return {};
    const next = Object.entries(changed).map(([name, value]) => {
      const { last, value: at, place } = track(control(name));
      const [from, to] = [values[name], value].map((each) => Math.round(place(each)));
      return [name, at(Math.min(Math.max(2 * to - from, 0), last))];
    });
    return { ...values, ...Object.fromEntries(next) };
  };
  const set = (changed, ahead = onward(changed)) => {
    model.set("ahead", ahead);
    values = { ...values, ...changed };
    controls.update(model.get("controls"), values);
    time?.player.refresh(values[time.name]);
    if (scene().time in changed) draw(); // what is known already is there at once
    model.set("values", values);
    model.save_changes();
  };
  const byHand = (changed) => {
    if (time && time.name in changed) time.player.pause();
    set(changed);
  };
  // As it was opened: what was dragged, chosen or turned, and the time.
  const restart = () => {
    time?.player.pause();
    set({ ...model.get("starts") }, {});
  };
  const said = say("reset-hint");
  const reset = element("button", { type: "button", class: "reset", "aria-label": said, title: said, onclick: restart }, say("reset"));
  const controls = board((name, value) => byHand({ [name]: value }));
  const grips = hands(area, byHand, control);

  const draw = () => {
    const seen = scene();
    canvas.setAttribute("aria-label", seen.alt);
    if (!root.clientWidth) return; // not in sight yet
    if (message.textContent !== seen.message && !time?.player.plays()) message.textContent = seen.message;
    const ink = inks(root);
    area.style.setProperty("--paper", ink.paper); // a handle's rim, seen on a dark heat map too
    const frames = drawScene(canvas, root.clientWidth, seen, backdrop(), ink, values[seen.time]);
    grips.update(frames, values, seen.time);
    canvas.dataset.drawn = seen.number; // tells that this scene can now be seen
  };

  const show = (step) => {
    if (scene().time !== time.name) return set({ [time.name]: step }); // it has to be computed
    values = { ...values, [time.name]: step };
    controls.update(model.get("controls"), values);
    time.player.refresh(step);
    draw();
  };
  const arrange = () => {
    controls.update(model.get("controls"), values);
    const steps = model.get("controls").find((each) => each.plays);
    if (!steps) return;
    // A choice may have put another control in the place of the one that counted steps.
    if (!controls.element.contains(time?.player.element ?? null)) {
      time = { name: steps.name, player: player(steps, show, (step) => set({ [steps.name]: step })) };
      controls.element.querySelector(`[data-name="${steps.name}"] .line`).append(time.player.element);
    }
    time.player.refresh(values[steps.name]);
  };
  const taken = () => {
    values = { ...model.get("values") };
    arrange();
  };

  root.addEventListener("keydown", (event) => {
    if (event.key !== " " || !time?.player.element.offsetParent || event.target.closest("button, select, input[type=checkbox], .value")) return;
    event.preventDefault();
    time.player.toggle();
  });

  root.append(replaced, controls.element, area, element("div", { class: "foot" }, message, reset));
  el.append(root);
  arrange();
  model.on("change:scene", draw);
  model.on("change:controls", arrange);
  model.on("change:values", taken);
  const resized = new ResizeObserver(draw);
  resized.observe(root);
  const rethemed = new MutationObserver(draw);
  rethemed.observe(document.body, { attributes: true });
  return () => {
    model.off("change:scene", draw);
    model.off("change:controls", arrange);
    model.off("change:values", taken);
    resized.disconnect();
    rethemed.disconnect();
  };
}

export { say };
export default { render };
