// Play, pause, single steps and speed, for a control that counts steps, by its `step`. Nothing starts by itself.

const SECONDS = 6; // for all steps at speed 1
const SPEEDS = { "¼ ×": 0.25, "½ ×": 0.5, "1 ×": 1, "2 ×": 2, "4 ×": 4 };

// show(step) draws a step at once; settle(step) is called when time stands still again.
function player(control, show, settle) {
  const { low, high, step, scale } = control;
  let now = control.start;
  let running = null; // the frame that is asked for
  const play = element("button", { type: "button", class: "play", onclick: () => toggle() });
  const speed = element("select", { "aria-label": say("speed") }, ...Object.keys(SPEEDS).map((text) => element("option", {}, text)));
  speed.value = "1 ×";
  const single = (sign, name) => {
    const text = `${sign < 0 ? "−" : "+"}${step}`;
    const on = () => (pause(), settle(clamp(now + sign * step)));
    return element("button", { type: "button", "aria-label": name, title: name, onclick: on }, text);
  };
  const clamp = (at) => Math.min(Math.max(at, low), high);
  // A share of the way from end to end is even on the track, as on the picture; the step that it has reached.
  const log = scale === "log";
  const share = (at) => (log ? Math.log(at / low) / Math.log(high / low) : (at - low) / (high - low));
  const reached = (part) => {
    const at = log ? low * (high / low) ** part : low + part * (high - low);
    return clamp(low + step * Math.floor((at - low) / step + 1e-6)); // 2.9999999 is 3
  };

  const label = () => {
    play.textContent = running === null ? "▶" : "❚❚";
    const does = running === null ? "play" : "pause";
    play.setAttribute("aria-label", say(does));
    play.title = say(`${does}-hint`);
  };
  const pause = () => {
    if (running === null) return;
    cancelAnimationFrame(running);
    running = null;
    label();
    settle(now);
  };
  const toggle = () => {
    if (running !== null) return pause();
    let part = now >= high ? 0 : share(now);
    let before = null;
    const frame = (time) => {
      if (!play.isConnected) return (running = null);
      if (!play.offsetParent) return pause(); // what is shown now has no steps
      if (before !== null) part += ((time - before) / 1000 / SECONDS) * SPEEDS[speed.value];
      before = time;
      if (reached(part) !== now) show(reached(part));
      if (part >= 1) return pause();
      running = requestAnimationFrame(frame);
    };
    show(reached(part));
    running = requestAnimationFrame(frame);
    label();
  };
  label();
  return {
    element: element("span", { class: "player", role: "group", "aria-label": say("time") }, play, single(-1, say("step-back")), single(1, say("step-on")), speed),
    toggle,
    pause,
    refresh: (step) => (now = step),
    plays: () => running !== null,
  };
}
