/** Selecting in the plane: outlines drawn on the overlay, and what is asked of the kernel. */
import type { Stage, ViewTraits } from "../model";
import type { Mode, Outline, Spot } from "./gestures";

export type Tool = "move" | Outline;

const reach = 12;

export interface Plane {
  readonly hidden: ReadonlySet<number>;
  readonly turn: unknown;
  toData(left: number, top: number): [number, number];
  paintOverlay(): void;
}

type Shape = Outline | "point" | "class" | "none";

/** The one place that tells the kernel what was selected; the run's shared selection comes here too. */
export class Selecting<Traits extends ViewTraits> {
  tool: Tool = "move";
  #spots: readonly Spot[] = [];
  #kind: Outline = "lasso";
  #corner: Spot | null = null;
  readonly #stage: Stage<Traits>;
  readonly #plane: Plane;

  constructor(stage: Stage<Traits>, plane: Plane) {
    this.#stage = stage;
    this.#plane = plane;
  }

  /** Shift draws a lasso and Alt a rectangle, whatever the tool. */
  outlines(event: MouseEvent): Outline | null {
    if (this.#plane.turn !== null) return null;
    if (event.altKey && !event.ctrlKey && !event.metaKey) return "rectangle";
    if (event.shiftKey) return "lasso";
    return this.tool === "move" ? null : this.tool;
  }

  outline(kind: Outline, spots: readonly Spot[] | null): void {
    this.#kind = kind;
    this.#spots = spots ?? [];
    this.#plane.paintOverlay();
  }

  enclose(kind: Outline, spots: readonly Spot[], mode: Mode): void {
    const places = spots.map(([left, top]) => this.#plane.toData(left, top));
    if (kind === "lasso") {
      if (places.length > 2) this.#send("lasso", places.flat(), mode);
      return;
    }
    const [[x0, y0], [x1, y1]] = [places[0], places[places.length - 1]];
    const sides = [Math.min(x0, x1), Math.max(x0, x1), Math.min(y0, y1), Math.max(y0, y1)];
    this.#send("rectangle", sides, mode);
  }

  point(left: number, top: number, mode: Mode): void {
    if (this.#plane.turn !== null) return;
    const [x, y] = this.#plane.toData(left, top);
    this.#send("point", [x, y, Math.abs(this.#plane.toData(left + reach, top)[0] - x)], mode);
  }

  choose(label: number, mode: Mode): void {
    this.#send("class", [label], mode);
  }

  clear(): void {
    this.#send("none", [], "replace");
  }

  /** By keyboard: the first corner of a rectangle, then the second; true when it was the second. */
  mark(spot: Spot): boolean {
    const first = this.#corner;
    this.#corner = first === null ? spot : null;
    this.outline("rectangle", this.#corner === null ? null : [spot, spot]);
    if (first !== null) this.enclose("rectangle", [first, spot], "replace");
    return first !== null;
  }

  /** The keyboard's cursor is here now. */
  follow(spot: Spot): void {
    if (this.#corner !== null) this.outline("rectangle", [this.#corner, spot]);
  }

  /** True if an outline was under way. */
  giveUp(): boolean {
    const had = this.#corner !== null;
    this.#corner = null;
    this.outline(this.#kind, null);
    return had;
  }

  draw(context: CanvasRenderingContext2D, ink: string): void {
    if (this.#spots.length < 2) return;
    context.save();
    context.beginPath();
    if (this.#kind === "lasso") for (const spot of this.#spots) context.lineTo(...spot);
    else {
      const [[left, top], [right, bottom]] = [this.#spots[0], this.#spots[this.#spots.length - 1]];
      context.rect(left, top, right - left, bottom - top);
    }
    context.closePath();
    context.globalAlpha = 0.08;
    context.fillStyle = ink;
    context.fill();
    context.globalAlpha = 1;
    context.lineWidth = 1.25;
    context.setLineDash([4, 3]);
    context.strokeStyle = ink;
    context.stroke();
    context.restore();
  }

  #send(shape: Shape, places: number[], mode: Mode): void {
    if (this.#stage.connection() !== "connected") return;
    this.#stage.send("select", { shape, places, mode, hidden: [...this.#plane.hidden] });
  }
}
