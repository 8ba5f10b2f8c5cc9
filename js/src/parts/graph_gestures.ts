/** Turns pointer, wheel and keys over a graph into what a person means by them. */
import type { Way } from "../draw/graph_steps";

export interface GraphGestures {
  /** `place`: of the node or title bar at the pointer, or null. */
  hover(place: number | null, left: number, top: number): void;
  leave(): void;
  pan(right: number, down: number): void;
  zoom(factor: number, left: number, top: number): void;
  fit(): void;
  press(place: number | null, at: readonly [left: number, top: number] | null): void;
  step(way: Way): void;
  end(isLast: boolean): void;
  /** Close what is around; false if there was nothing to close. */
  escape(): boolean;
}

const clickSlack = 4;
/** A wheel that was scrolling the page goes on scrolling it when the graph comes under the pointer. */
const scrollPause = 300;

function placeAt(target: EventTarget | null): number | null {
  const found = target instanceof Element ? target.closest("[data-place]") : null;
  return found === null ? null : Number(found.getAttribute("data-place"));
}

export function watchGraphPointer(
  canvas: HTMLElement,
  gestures: GraphGestures,
  signal: AbortSignal,
): void {
  let hold: { x: number; y: number; startX: number; startY: number; place: number | null } | null =
    null;
  let moved = false;
  const spot = (event: MouseEvent): [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const press = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const [x, y] = [event.clientX, event.clientY];
    hold = { x, y, startX: x, startY: y, place: placeAt(event.target) };
    moved = false;
  };
  const move = (event: PointerEvent): void => {
    if (hold === null) {
      gestures.hover(placeAt(event.target), ...spot(event));
      return;
    }
    const away = Math.hypot(event.clientX - hold.startX, event.clientY - hold.startY);
    if (!moved && away <= clickSlack) return;
    // Only now: a captured pointer's click would be the canvas's, not the node's.
    if (!moved) canvas.setPointerCapture?.(event.pointerId);
    moved = true;
    gestures.pan(event.clientX - hold.x, event.clientY - hold.y);
    Object.assign(hold, { x: event.clientX, y: event.clientY });
  };
  const lift = (event: PointerEvent): void => {
    if (hold !== null && !moved) gestures.press(hold.place, spot(event));
    hold = null;
  };
  canvas.addEventListener("pointerdown", press, { signal });
  canvas.addEventListener("pointermove", move, { signal });
  canvas.addEventListener("pointerup", lift, { signal });
  const cancel = (): void => {
    hold = null;
    gestures.leave();
  };
  canvas.addEventListener("pointercancel", cancel, { signal });
  canvas.addEventListener("pointerleave", () => gestures.leave(), { signal });
}

/** Presses and drags on the minimap choose what is in the middle. */
export function watchMinimap(
  map: SVGSVGElement,
  centre: (left: number, top: number) => void,
  signal: AbortSignal,
): void {
  const take = (event: PointerEvent): void => {
    event.stopPropagation();
    if (event.buttons === 0) return;
    const box = map.getBoundingClientRect();
    centre(event.clientX - box.left, event.clientY - box.top);
  };
  map.addEventListener("pointerdown", take, { signal });
  map.addEventListener("pointermove", take, { signal });
}

export function watchGraphWheel(
  canvas: HTMLElement,
  gestures: GraphGestures,
  signal: AbortSignal,
): void {
  let scrolledAt = Number.NEGATIVE_INFINITY;
  const watchPage = (event: Event): void => {
    const inside = event.target instanceof Node && canvas.contains(event.target);
    if (!inside) scrolledAt = performance.now();
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

export function watchGraphKeys(
  canvas: HTMLElement,
  gestures: GraphGestures,
  signal: AbortSignal,
): void {
  const middle = (factor: number): void =>
    gestures.zoom(factor, canvas.clientWidth / 2, canvas.clientHeight / 2);
  const act = (event: KeyboardEvent): boolean => {
    const open = (): void => gestures.press(placeAt(event.target), null);
    const keys: Record<string, () => void> = {
      ArrowLeft: () => gestures.step("left"),
      ArrowRight: () => gestures.step("right"),
      ArrowUp: () => gestures.step("up"),
      ArrowDown: () => gestures.step("down"),
      Home: () => gestures.end(false),
      End: () => gestures.end(true),
      Enter: open,
      " ": open,
      "+": () => middle(1.25),
      "=": () => middle(1.25),
      "-": () => middle(0.8),
      "0": () => gestures.fit(),
    };
    if (event.key === "Escape") return gestures.escape();
    if (!Object.hasOwn(keys, event.key)) return false;
    keys[event.key]();
    return true;
  };
  const press = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || !act(event)) return;
    event.preventDefault();
    // Jupyter has shortcuts on the same keys.
    event.stopPropagation();
  };
  canvas.addEventListener("keydown", press, { signal });
}
