// Lets a test spoil the line between a page and its kernels: messages of widgets are lost, late,
// doubled or withheld. Everything else passes.
(() => {
  const text = new TextDecoder();
  let state = 1;
  // Deterministic, so that a failure can be seen again.
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };

  // A frame of v1.kernel.websocket.jupyter.org: the number of offsets, the offsets, the parts.
  const part = (data, index) => {
    const view = new DataView(data);
    const offset = (at) => Number(view.getBigUint64(8 * (at + 1), true));
    return text.decode(data.slice(offset(index), offset(index + 1)));
  };
  const isOfWidget = (data) => {
    if (!(data instanceof ArrayBuffer)) return false;
    return JSON.parse(part(data, 1)).msg_type === "comm_msg";
  };
  const commOf = (data) => JSON.parse(part(data, 4)).comm_id;

  const line = {
    rules: { down: {}, up: {} },
    held: [],
    kept: [],
    arrivals: [],
    bytes: 0,
    spoil(rules) {
      line.rules = { down: {}, up: {}, ...rules };
      if (!line.rules.up.hold) for (const pass of line.held.splice(0)) pass();
    },
  };
  // The oldest comes last, after all that is newer, with the time to draw between any two.
  line.deliver = async () => {
    for (const pass of line.kept.splice(0).reverse()) {
      pass();
      await new Promise(requestAnimationFrame);
    }
  };
  const tamper = (rule, data, pass) => {
    const { drop = 0, late = 0, shuffle = 0, twice = 0, only, hold, keep } = rule;
    if (hold) return void line.held.push(pass);
    if (only !== undefined && !only.includes(commOf(data))) return pass();
    if (keep !== undefined) line.kept.push(pass);
    if (keep === "all" || random() < drop) return;
    const after = late + random() * shuffle;
    if (after > 0) setTimeout(pass, after);
    else pass();
    if (random() < twice) setTimeout(pass, after + random() * 400);
  };
  window.line = line;

  const Plain = window.WebSocket;
  const { get, set } = Object.getOwnPropertyDescriptor(Plain.prototype, "onmessage");
  window.WebSocket = class WebSocket extends Plain {
    send(data) {
      const pass = () => super.send(data);
      const raw = data instanceof Uint8Array ? data.slice().buffer : data;
      if (isOfWidget(raw)) tamper(line.rules.up, raw, pass);
      else pass();
    }
    get onmessage() {
      return get.call(this);
    }
    set onmessage(listener) {
      const take = (event) => {
        if (!isOfWidget(event.data)) return listener.call(this, event);
        line.arrivals.push(performance.now());
        line.bytes += event.data.byteLength;
        tamper(line.rules.down, event.data, () => listener.call(this, event));
      };
      set.call(this, listener && take);
    }
  };
})();
