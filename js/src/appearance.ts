/** Tells when colours or the device pixel ratio may have changed, in Jupyter, VS Code and plain pages. */

const themeAttributes = [
  "class",
  "theme",
  "data-jp-theme-light",
  "data-jp-theme-name",
  "data-vscode-theme-kind",
];

function watchPixelRatio(changed: () => void, signal: AbortSignal): void {
  const query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
  const listener = (): void => {
    changed();
    if (!signal.aborted) watchPixelRatio(changed, signal);
  };
  // The query names one ratio, so it can change only once; the next ratio needs a new one.
  query.addEventListener("change", listener, { once: true, signal });
}

export function watchAppearance(changed: () => void, signal: AbortSignal): void {
  const observer = new MutationObserver(changed);
  for (const target of [document.documentElement, document.body]) {
    observer.observe(target, { attributes: true, attributeFilter: themeAttributes });
  }
  // A theme's stylesheet comes and goes at other moments than the attribute that names it.
  observer.observe(document.head, { childList: true });
  const loaded = (event: Event): void => {
    if (event.target instanceof HTMLLinkElement) changed();
  };
  document.addEventListener("load", loaded, { capture: true, signal });
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  if (typeof window.matchMedia !== "function") return;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", changed, { signal });
  watchPixelRatio(changed, signal);
}

export function watchSize(target: HTMLElement, changed: () => void, signal: AbortSignal): void {
  if (typeof ResizeObserver !== "function") return;
  let width = -1;
  const observer = new ResizeObserver(() => {
    if (target.clientWidth === width) return;
    width = target.clientWidth;
    changed();
  });
  observer.observe(target);
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
}

/** Words that once took another line keep it at this width, so that what is below them does not jump. */
export function keepHeight(target: HTMLElement, parent: HTMLElement, signal: AbortSignal): void {
  if (typeof ResizeObserver !== "function") return;
  let [width, height] = [-1, 0];
  const observer = new ResizeObserver(() => {
    if (parent.clientWidth !== width) {
      [width, height] = [parent.clientWidth, 0];
      target.style.minHeight = "";
    }
    height = Math.max(height, target.getBoundingClientRect().height);
    target.style.minHeight = `${height}px`;
  });
  observer.observe(target);
  observer.observe(parent);
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
}

/** Report whether the element can be seen: the page is in front and some of it is scrolled into view. */
export function watchVisibility(
  target: HTMLElement,
  changed: (visible: boolean) => void,
  signal: AbortSignal,
): boolean {
  // Until the observer speaks, an element counts as in view: its first word comes within a frame.
  let inView = true;
  const report = (): void => changed(inView && document.visibilityState === "visible");
  document.addEventListener("visibilitychange", report, { signal });
  if (typeof IntersectionObserver === "function") {
    const observer = new IntersectionObserver((entries) => {
      inView = entries[entries.length - 1].isIntersecting;
      report();
    });
    observer.observe(target);
    signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  }
  return document.visibilityState === "visible";
}
