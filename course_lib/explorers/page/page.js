// A host on a plain page: a model for `render`, whose scenes come from compute(values), a promise.

export function pageModel(state, compute) {
  const listeners = {};
  const tell = (names) => names.forEach((name) => (listeners[`change:${name}`] || []).forEach((call) => call()));
  let asked = null; // values still to be sent: of many moves while one is computed, the last one counts
  let busy = false;
  const send = async () => {
    if (busy) return;
    busy = true;
    while (asked) {
      const values = asked;
      asked = null;
      const answer = await compute(values);
      answer.scene.number = state.scene.number + 1;
      const changed = Object.keys(answer).filter((name) => name === "scene" || JSON.stringify(answer[name]) !== JSON.stringify(name === "values" ? values : state[name]));
      if (asked) delete answer.values; // the hand has moved on
      Object.assign(state, answer);
      tell(changed.filter((name) => name in answer));
    }
    busy = false;
  };
  state.scene.number = 1;
  return {
    get: (name) => state[name],
    set: (name, value) => (state[name] = value),
    save_changes: () => ((asked = { ...state.values }), send()),
    on: (name, call) => (listeners[name] ||= []).push(call),
    off: (name, call) => (listeners[name] = (listeners[name] || []).filter((each) => each !== call)),
  };
}
