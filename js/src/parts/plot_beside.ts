/** The plot that an explorer stands beneath: where it looks, and what is drawn and clicked over it. */
import { vector } from "./elements";

export type Place = readonly [x: number, y: number];

const clickSlack = 4;

export interface Clicks {
  /** Whether a click on the plot puts a point down, rather than to decode there. */
  isOn(): boolean;
  add(place: Place): void;
  /** A key over the plot; true if it meant something. */
  key(name: string): boolean;
}

/** It knows of the plot only what the plot says in attributes, so it also stands alone. */
export class PlotBeside {
  readonly layer = vector("svg", { class: "tl-explorer-layer", "aria-hidden": "true" });
  #canvas: HTMLCanvasElement | null = null;
  #start: readonly [number, number] | null = null;

  constructor(
    private readonly root: HTMLElement,
    private readonly clicks: Clicks,
    private readonly changed: () => void,
    private readonly signal: AbortSignal,
  ) {}

  /** Find the plot, once it is there. */
  find(): void {
    if (this.#canvas !== null) return;
    const scatter = this.root.parentElement?.closest(".tl-latent-scatter");
    const found = scatter?.querySelector<HTMLCanvasElement>("canvas.tl-points") ?? null;
    if (found === null) return;
    this.#canvas = found;
    found.parentElement?.append(this.layer);
    const observer = new MutationObserver(() => this.changed());
    const attributeFilter = ["data-view", "data-turned", "data-crosshair"];
    observer.observe(found, { attributes: true, attributeFilter });
    const end = (): void => {
      observer.disconnect();
      this.layer.remove();
      found.classList.remove("tl-outlining");
    };
    this.signal.addEventListener("abort", end, { once: true });
    this.#listen(found);
  }

  get isFlat(): boolean {
    return this.#canvas !== null && this.#canvas.dataset.turned !== "true";
  }

  get isTurned(): boolean {
    return this.#canvas?.dataset.turned === "true";
  }

  /** What is seen: x0, x1, y0, y1; null without a plot. */
  window(): number[] | null {
    const seen = (this.#canvas?.dataset.view ?? "").split(" ").map(Number);
    return seen.length === 4 && seen.every(Number.isFinite) ? seen : null;
  }

  /** Where the crosshair stands, or the middle. */
  crosshair(): Place | null {
    const seen = this.window();
    if (seen === null) return null;
    const at = (this.#canvas?.dataset.crosshair ?? "").split(" ").map(Number);
    if (this.#canvas?.dataset.crosshair && at.length === 2) return [at[0], at[1]];
    return [(seen[0] + seen[1]) / 2, (seen[2] + seen[3]) / 2];
  }

  toScreen([x, y]: Place): readonly [number, number] {
    const [x0, x1, y0, y1] = this.window() ?? [0, 1, 0, 1];
    const { width, height } = this.#size();
    return [((x - x0) / (x1 - x0)) * width, ((y1 - y) / (y1 - y0)) * height];
  }

  /** The plot's own button that turns a cloud in space, if it is offered. */
  solid(): HTMLButtonElement | null {
    const found = this.#canvas?.parentElement?.querySelector<HTMLButtonElement>(
      '[data-testid="tl-tool-solid"]',
    );
    return found && !found.hidden ? found : null;
  }

  mark(isAdding: boolean): void {
    this.#canvas?.classList.toggle("tl-outlining", isAdding);
  }

  focus(): void {
    this.#canvas?.focus();
  }

  #size(): { width: number; height: number } {
    const { width = "", height = "" } = this.#canvas?.style ?? {};
    return { width: Number.parseFloat(width) || 1, height: Number.parseFloat(height) || 1 };
  }

  /** Before the plot's own listeners: a click that puts a point down is none of theirs. */
  #listen(canvas: HTMLCanvasElement): void {
    const holder = canvas.parentElement ?? canvas;
    const options = { capture: true, signal: this.signal };
    const wanted = (event: Event): boolean =>
      event.target === canvas && this.clicks.isOn() && this.isFlat;
    const press = (event: PointerEvent): void => {
      const isPlain = event.button === 0 && !event.shiftKey && !event.altKey;
      this.#start = wanted(event) && isPlain ? [event.clientX, event.clientY] : null;
    };
    const lift = (event: PointerEvent): void => {
      const start = this.#start;
      this.#start = null;
      if (start === null) return;
      const [right, down] = [event.clientX - start[0], event.clientY - start[1]];
      if (Math.hypot(right, down) > clickSlack) return;
      event.stopPropagation();
      canvas.dispatchEvent(new PointerEvent("pointercancel", { pointerId: event.pointerId }));
      const box = canvas.getBoundingClientRect();
      this.clicks.add(this.#toData(event.clientX - box.left, event.clientY - box.top));
    };
    // What would be told of the points hides where the path goes.
    const hover = (event: PointerEvent): void => {
      if (event.buttons === 0 && wanted(event)) event.stopPropagation();
    };
    const twice = (event: Event): void => {
      if (wanted(event)) event.stopPropagation();
    };
    const type = (event: KeyboardEvent): void => {
      const plain = !(event.ctrlKey || event.metaKey || event.altKey);
      if (!plain || event.target !== canvas || !this.isFlat || !this.clicks.key(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    holder.addEventListener("pointerdown", press, options);
    holder.addEventListener("pointerup", lift, options);
    holder.addEventListener("pointermove", hover, options);
    holder.addEventListener("dblclick", twice, options);
    holder.addEventListener("keydown", type, options);
  }

  #toData(left: number, top: number): Place {
    const [x0, x1, y0, y1] = this.window() ?? [0, 1, 0, 1];
    const { width, height } = this.#size();
    return [x0 + (left / width) * (x1 - x0), y1 - (top / height) * (y1 - y0)];
  }
}
