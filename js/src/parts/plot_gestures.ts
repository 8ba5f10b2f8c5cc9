/** Turns pointer and keys over the curves into what a person means by them. */

export interface PlotGestures {
  /** Read the values at a pixel. */
  read(left: number): void;
  leave(): void;
  /** Choose a stretch, from pixel to pixel; `done` when the pointer is lifted. */
  stretch(from: number, to: number, done: boolean): void;
  whole(): void;
  /** Move the crosshair by so many points. */
  move(points: number): void;
  end(last: boolean): void;
  /** Zoom about the crosshair. */
  zoom(factor: number): void;
  escape(): void;
}

const clickSlack = 4;

export function watchPlotPointer(
  plot: HTMLElement,
  gestures: PlotGestures,
  signal: AbortSignal,
): void {
  let start: number | null = null;
  let moved = false;
  const at = (event: PointerEvent): number => event.clientX - plot.getBoundingClientRect().left;
  const press = (event: PointerEvent): void => {
    if (event.button !== 0 || event.altKey || event.target instanceof HTMLButtonElement) return;
    start = at(event);
    moved = false;
    // A finger scrolls the page: it reads, and does not choose.
    if (event.pointerType === "touch") start = null;
    else plot.setPointerCapture?.(event.pointerId);
    gestures.read(at(event));
  };
  const move = (event: PointerEvent): void => {
    moved ||= start !== null && Math.abs(at(event) - start) > clickSlack;
    if (start !== null && moved) gestures.stretch(start, at(event), false);
    else gestures.read(at(event));
  };
  const lift = (event: PointerEvent): void => {
    if (start !== null && moved) gestures.stretch(start, at(event), true);
    start = null;
  };
  const cancel = (): void => {
    start = null;
    gestures.leave();
  };
  plot.addEventListener("pointerdown", press, { signal });
  plot.addEventListener("pointermove", move, { signal });
  plot.addEventListener("pointerup", lift, { signal });
  plot.addEventListener("pointercancel", cancel, { signal });
  plot.addEventListener("pointerleave", () => gestures.leave(), { signal });
  plot.addEventListener("dblclick", () => gestures.whole(), { signal });
}

export function watchPlotKeys(
  plot: HTMLElement,
  gestures: PlotGestures,
  signal: AbortSignal,
): void {
  const press = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== plot) return;
    const by = event.shiftKey ? 10 : 1;
    const keys: Record<string, () => void> = {
      ArrowLeft: () => gestures.move(-by),
      ArrowRight: () => gestures.move(by),
      Home: () => gestures.end(false),
      End: () => gestures.end(true),
      "+": () => gestures.zoom(0.5),
      "=": () => gestures.zoom(0.5),
      "-": () => gestures.zoom(2),
      "0": () => gestures.whole(),
      Escape: () => gestures.escape(),
    };
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    // Jupyter has shortcuts on the same keys.
    event.stopPropagation();
    keys[event.key]();
  };
  plot.addEventListener("keydown", press, { signal });
  plot.addEventListener("blur", () => gestures.leave(), { signal });
}
