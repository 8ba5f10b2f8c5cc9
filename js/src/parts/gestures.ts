/** Turns pointer, wheel and keys over a plot into what a person means by them. */

export interface Gestures {
  hover(left: number, top: number): void;
  leave(): void;
  pan(right: number, down: number): void;
  zoom(factor: number, left: number, top: number): void;
  fit(): void;
  /** A press and release on one spot. */
  click(left: number, top: number): void;
  /** Whether a press here takes hold of the crosshair instead of the plane. */
  grabs(left: number, top: number): boolean;
  carry(left: number, top: number): void;
  drop(left: number, top: number): void;
  /** Arrow keys, in pixels. */
  nudge(right: number, down: number): void;
  enter(): void;
}

const clickSlack = 4;
/** A wheel that was scrolling the page goes on scrolling it when the plot comes under the pointer. */
const scrollPause = 300;

interface Hold {
  left: number;
  top: number;
  startLeft: number;
  startTop: number;
  moved: boolean;
  carries: boolean;
}

export function watchPointer(canvas: HTMLElement, gestures: Gestures, signal: AbortSignal): void {
  let hold: Hold | null = null;
  const spot = (event: MouseEvent): [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const press = (event: PointerEvent): void => {
    // Alt and shift are kept for selecting.
    if (event.button !== 0 || event.altKey || event.shiftKey) return;
    const [left, top] = spot(event);
    const carries = gestures.grabs(left, top);
    hold = { left, top, startLeft: left, startTop: top, moved: false, carries };
    canvas.setPointerCapture?.(event.pointerId);
  };
  const move = (event: PointerEvent): void => {
    const [left, top] = spot(event);
    if (hold === null) {
      gestures.hover(left, top);
      return;
    }
    const away = Math.hypot(left - hold.startLeft, top - hold.startTop);
    if (!hold.moved && away <= clickSlack) return;
    if (hold.carries) gestures.carry(left, top);
    else gestures.pan(left - hold.left, top - hold.top);
    hold = { ...hold, left, top, moved: true };
  };
  const lift = (event: PointerEvent): void => {
    if (hold === null) return;
    const [left, top] = spot(event);
    const { moved, carries } = hold;
    hold = null;
    if (!moved) gestures.click(left, top);
    else if (carries) gestures.drop(left, top);
  };
  const cancel = (): void => {
    hold = null;
  };
  canvas.addEventListener("pointerdown", press, { signal });
  canvas.addEventListener("pointermove", move, { signal });
  canvas.addEventListener("pointerup", lift, { signal });
  canvas.addEventListener("pointercancel", cancel, { signal });
  canvas.addEventListener("pointerleave", () => gestures.leave(), { signal });
  canvas.addEventListener("dblclick", () => gestures.fit(), { signal });
}

export function watchWheel(canvas: HTMLElement, gestures: Gestures, signal: AbortSignal): void {
  let scrolledAt = Number.NEGATIVE_INFINITY;
  const watchPage = (event: Event): void => {
    if (event.target !== canvas) scrolledAt = performance.now();
  };
  const turn = (event: WheelEvent): void => {
    const now = performance.now();
    if (now - scrolledAt < scrollPause) {
      scrolledAt = now;
      return;
    }
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const distance = Math.max(-120, Math.min(120, event.deltaY * lines));
    const box = canvas.getBoundingClientRect();
    gestures.zoom(1.0022 ** -distance, event.clientX - box.left, event.clientY - box.top);
  };
  window.addEventListener("wheel", watchPage, { capture: true, passive: true, signal });
  canvas.addEventListener("wheel", turn, { passive: false, signal });
}

export function watchKeys(canvas: HTMLElement, gestures: Gestures, signal: AbortSignal): void {
  const middle = (factor: number): void =>
    gestures.zoom(factor, canvas.clientWidth / 2, canvas.clientHeight / 2);
  const press = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = event.shiftKey ? 10 : 1;
    const keys: Record<string, () => void> = {
      ArrowLeft: () => gestures.nudge(-by, 0),
      ArrowRight: () => gestures.nudge(by, 0),
      ArrowUp: () => gestures.nudge(0, -by),
      ArrowDown: () => gestures.nudge(0, by),
      Enter: () => gestures.enter(),
      "+": () => middle(1.25),
      "=": () => middle(1.25),
      "-": () => middle(0.8),
      "0": () => gestures.fit(),
      Escape: () => gestures.leave(),
    };
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    // Jupyter has shortcuts on the same keys.
    event.stopPropagation();
    keys[event.key]();
  };
  canvas.addEventListener("keydown", press, { signal });
}
