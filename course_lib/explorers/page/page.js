// A host on a plain page: a model for `render`, whose states come from compute(values), a promise. Bytes come as base64.

const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
const read = (answer) => ({ ...answer, scene: bytes(answer.scene), backdrop: answer.backdrop.map(bytes) });

export function pageModel(told, compute) {
  const state = read(told);
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
      const before = { ...told, values };
      const changed = Object.keys(answer).filter((name) => JSON.stringify(answer[name]) !== JSON.stringify(before[name]));
      told = answer;
      const latest = read(answer);
      if (asked) delete latest.values; // the hand has moved on
      Object.assign(state, latest);
      tell(changed.filter((name) => name in latest));
    }
    busy = false;
  };
  return {
    get: (name) => state[name],
    set: (name, value) => (state[name] = value),
    save_changes: () => ((asked = { ...state.values }), send()),
    on: (name, call) => (listeners[name] ||= []).push(call),
    off: (name, call) => (listeners[name] = (listeners[name] || []).filter((each) => each !== call)),
  };
}
