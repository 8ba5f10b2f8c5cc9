/** Turns pointer, wheel and keys over a plot into what a person means by them. */

export type Spot = readonly [left: number, top: number];
export type Outline = "lasso" | "rectangle";
/** What a selecting gesture does with the selection there is. */
export type Mode = "replace" | "add" | "remove" | "toggle";

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
  /** What a drag that begins now draws, or null if it moves the plane. */
  outlines(event: PointerEvent): Outline | null;
  /** The outline as it is being drawn: its spots, or those of two corners; null when given up. */
  outline(kind: Outline, spots: readonly Spot[] | null): void;
  enclose(kind: Outline, spots: readonly Spot[], mode: Mode): void;
  /** A click that selects. */
  point(left: number, top: number, mode: Mode): void;
  /** Arrow keys, in pixels. */
  nudge(right: number, down: number): void;
  enter(): void;
  escape(): void;
  /** Another key; true if it meant something. */
  key(name: string): boolean;
}

const clickSlack = 4;
/** A wheel that was scrolling the page goes on scrolling it when the plot comes under the pointer. */
const scrollPause = 300;
/** A lasso needs no more corners than a hand makes. */
const mostSpots = 2000;

interface Hold {
  last: Spot;
  start: Spot;
  moved: boolean;
  outline: Outline | null;
  carries: boolean;
  spots: Spot[];
}

export function modeOf(event: MouseEvent, otherwise: Mode): Mode {
  if (event.ctrlKey || event.metaKey) return event.altKey ? "remove" : "add";
  return otherwise;
}

class Pointer {
  #hold: Hold | null = null;
  readonly #canvas: HTMLElement;
  readonly #gestures: Gestures;

  constructor(canvas: HTMLElement, gestures: Gestures) {
    this.#canvas = canvas;
    this.#gestures = gestures;
  }

  press(event: PointerEvent): void {
    if (event.button !== 0) return;
    const start = this.#spot(event);
    const outline = this.#gestures.outlines(event);
    const carries = outline === null && this.#gestures.grabs(...start);
    this.#hold = { last: start, start, moved: false, outline, carries, spots: [start] };
    this.#canvas.setPointerCapture?.(event.pointerId);
  }

  move(event: PointerEvent): void {
    const gestures = this.#gestures;
    const hold = this.#hold;
    const spot = this.#spot(event);
    if (hold === null) {
      gestures.hover(...spot);
      return;
    }
    const away = Math.hypot(spot[0] - hold.start[0], spot[1] - hold.start[1]);
    if (!hold.moved && away <= clickSlack) return;
    if (hold.outline !== null) this.#extend(hold, hold.outline, spot);
    else if (hold.carries) gestures.carry(...spot);
    else gestures.pan(spot[0] - hold.last[0], spot[1] - hold.last[1]);
    Object.assign(hold, { last: spot, moved: true });
  }

  lift(event: PointerEvent): void {
    const gestures = this.#gestures;
    const hold = this.#hold;
    if (hold === null) return;
    this.#hold = null;
    const spot = this.#spot(event);
    if (hold.outline !== null) this.#close(hold, hold.outline, event, spot);
    else if (!hold.moved) gestures.click(...spot);
    else if (hold.carries) gestures.drop(...spot);
  }

  /** True if there was a gesture to give up. */
  cancel(): boolean {
    const hold = this.#hold;
    this.#hold = null;
    if (hold?.outline) this.#gestures.outline(hold.outline, null);
    return hold !== null;
  }

  #extend(hold: Hold, kind: Outline, spot: Spot): void {
    if (kind === "rectangle") hold.spots = [hold.start, spot];
    else if (hold.spots.length < mostSpots) hold.spots.push(spot);
    this.#gestures.outline(kind, hold.spots);
  }

  #close(hold: Hold, kind: Outline, event: PointerEvent, spot: Spot): void {
    this.#gestures.outline(kind, null);
    if (hold.moved) this.#gestures.enclose(kind, hold.spots, modeOf(event, "replace"));
    else this.#gestures.point(...spot, modeOf(event, "toggle"));
  }

  #spot(event: MouseEvent): Spot {
    const box = this.#canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }
}

export function watchPointer(canvas: HTMLElement, gestures: Gestures, signal: AbortSignal): void {
  const pointer = new Pointer(canvas, gestures);
  canvas.addEventListener("pointerdown", (event) => pointer.press(event), { signal });
  canvas.addEventListener("pointermove", (event) => pointer.move(event), { signal });
  canvas.addEventListener("pointerup", (event) => pointer.lift(event), { signal });
  canvas.addEventListener("pointercancel", () => pointer.cancel(), { signal });
  canvas.addEventListener("pointerleave", () => gestures.leave(), { signal });
  canvas.addEventListener("dblclick", () => gestures.fit(), { signal });
  const giveUp = (event: KeyboardEvent): void => {
    // A gesture that is given up has used the key.
    if (event.key !== "Escape" || !pointer.cancel()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  canvas.addEventListener("keydown", giveUp, { signal });
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
      Escape: () => gestures.escape(),
    };
    const known = Object.hasOwn(keys, event.key);
    if (!known && !gestures.key(event.key)) return;
    event.preventDefault();
    // Jupyter has shortcuts on the same keys.
    event.stopPropagation();
    if (known) keys[event.key]();
  };
  canvas.addEventListener("keydown", press, { signal });
}
