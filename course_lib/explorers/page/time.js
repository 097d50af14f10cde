// Play, pause, single steps and speed, for a control that counts steps, by its `step`. Nothing starts by itself.

const SECONDS = 6; // for all steps at speed 1
const SPEEDS = { "¼ ×": 0.25, "½ ×": 0.5, "1 ×": 1, "2 ×": 2, "4 ×": 4 };

// show(step) draws a step at once; settle(step) is called when time stands still again.
function player(control, show, settle) {
  let now = control.start;
  let running = null; // the frame that is asked for
  const play = element("button", { type: "button", class: "play", onclick: () => toggle() });
  const speed = element("select", { "aria-label": "Speed" }, ...Object.keys(SPEEDS).map((text) => element("option", {}, text)));
  speed.value = "1 ×";
  const single = (sign, name) => {
    const text = `${sign < 0 ? "−" : "+"}${control.step}`;
    const on = () => (pause(), settle(clamp(now + sign * control.step)));
    return element("button", { type: "button", "aria-label": name, title: name, onclick: on }, text);
  };
  const clamp = (step) => Math.min(Math.max(step, control.low), control.high);
  const whole = (place) => clamp(control.low + control.step * Math.floor((place - control.low) / control.step));

  const label = () => {
    play.textContent = running === null ? "▶" : "❚❚";
    play.setAttribute("aria-label", running === null ? "Play" : "Pause");
    play.title = `${running === null ? "Play" : "Pause"} (space bar)`;
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
    let place = now >= control.high ? control.low : now;
    let before = null;
    const frame = (time) => {
      if (!play.isConnected) return (running = null);
      if (!play.offsetParent) return pause(); // what is shown now has no steps
      const perSecond = ((control.high - control.low) / SECONDS) * SPEEDS[speed.value];
      if (before !== null) place += ((time - before) / 1000) * perSecond;
      before = time;
      if (whole(place) !== now) show(whole(place));
      if (place >= control.high) return pause();
      running = requestAnimationFrame(frame);
    };
    show(whole(place));
    running = requestAnimationFrame(frame);
    label();
  };
  label();
  return {
    element: element("span", { class: "player", role: "group", "aria-label": "Time" }, play, single(-1, "One step back"), single(1, "One step on"), speed),
    toggle,
    pause,
    refresh: (step) => (now = step),
    plays: () => running !== null,
  };
}
