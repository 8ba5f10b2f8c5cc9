// Notes what a page makes that does not show: its graphics contexts.
(() => {
  const contexts = [];
  const getContext = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    const context = getContext.call(this, kind, ...rest);
    if (context && String(kind).startsWith("webgl") && !contexts.includes(context)) {
      contexts.push(context);
    }
    return context;
  };
  window.liveGraphicsContexts = () =>
    contexts.filter((context) => !context.isContextLost()).length;
})();

// Lets a test hide the page: headless Chromium takes every page for the one in front.
(() => {
  let hidden = false;
  let held = [];
  const request = window.requestAnimationFrame.bind(window);
  const state = Object.getOwnPropertyDescriptor(Document.prototype, "visibilityState");
  Object.defineProperty(Document.prototype, "visibilityState", {
    configurable: true,
    get() {
      return hidden ? "hidden" : state.get.call(this);
    },
  });
  Object.defineProperty(Document.prototype, "hidden", {
    configurable: true,
    get: () => hidden,
  });
  window.requestAnimationFrame = (callback) => {
    if (!hidden) return request(callback);
    held.push(callback);
    return -held.length;
  };
  window.hidePage = (value) => {
    hidden = value;
    document.dispatchEvent(new Event("visibilitychange"));
    if (hidden) return;
    for (const callback of held.splice(0)) request(callback);
  };
})();
