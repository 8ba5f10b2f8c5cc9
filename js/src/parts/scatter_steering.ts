/** What every gesture and tool of the scatter does. */
import { toScreen } from "../draw/camera";
import { place as write } from "../draw/numbers";
import type { ScatterPlot } from "../draw/scatter_plot";
import type { Gestures, Mode, Outline, Spot } from "./gestures";
import type { ScatterTools } from "./scatter_tools";

const grabRadius = 12;

export interface Steered {
  plot: ScatterPlot;
  canvas: HTMLCanvasElement;
  tools: ScatterTools;
  hover: {
    show(row: number, left: number, top: number): void;
    hide(): void;
    describe(row: number): string;
  };
  selecting: {
    tool: string;
    outlines(event: MouseEvent): Outline | null;
    outline(kind: Outline, spots: readonly Spot[] | null): void;
    enclose(kind: Outline, spots: readonly Spot[], mode: Mode): void;
    point(left: number, top: number, mode: Mode): void;
    mark(spot: Spot): boolean;
    follow(spot: Spot): void;
    giveUp(): boolean;
    clear(): void;
  };
  decoding: { mayAsk(): boolean; ask(x: number, y: number, decisive: boolean): void };
  window: { moved(): void };
  thumbnails: { isOn: boolean; toggle(): void; moved(): void };
  explorer: { isOpen: boolean; toggle(): void };
  speak(text: string): void;
  told: {
    send(name: string, data: Record<string, unknown>): void;
    isConnected(): boolean;
    hasSelection(): boolean;
    hasDepths(): boolean;
    hasImages(): boolean;
    /** The width of all points, for the digits of a coordinate. */
    span(): number;
  };
}

type Place = readonly [number, number];

export class ScatterSteering implements Gestures {
  isCarrying = false;
  readonly #on: Steered;

  constructor(on: Steered) {
    this.#on = on;
  }

  /** Paint now, for a frame or a choice; the points only if they changed. */
  paint(withPoints = true): void {
    if (withPoints) this.#on.plot.paint();
    else this.#on.plot.paintCrosshair();
    this.#drawTools();
  }

  restyle(): void {
    this.#on.plot.restyle();
    this.paint();
  }

  hover(left: number, top: number): void {
    const { plot, canvas, hover } = this.#on;
    const row = plot.pick(left, top);
    canvas.classList.toggle("tl-grabbable", this.grabs(left, top));
    if (row < 0) {
      this.leave();
      return;
    }
    hover.show(row, left, top);
    if (row === plot.hovered) return;
    plot.hovered = row;
    plot.paintOverlay();
  }

  leave(): void {
    const { plot, hover } = this.#on;
    hover.hide();
    if (plot.hovered < 0) return;
    plot.hovered = -1;
    plot.paintOverlay();
  }

  pan(right: number, down: number): void {
    this.#on.plot.pan(right, down);
    this.#moved();
  }

  zoom(factor: number, left: number, top: number): void {
    this.#on.plot.zoom(factor, left, top);
    this.#moved();
  }

  fit(): void {
    this.#on.plot.fit();
    this.#moved();
  }

  click(left: number, top: number): void {
    const { plot, decoding } = this.#on;
    if (plot.turn !== null) return;
    if (decoding.mayAsk()) this.#ask(plot.toData(left, top), true);
    else this.point(left, top, "replace");
  }

  grabs(left: number, top: number): boolean {
    const { plot, decoding } = this.#on;
    if (!decoding.mayAsk() || plot.crosshair === null || plot.turn !== null) return false;
    const [x, y] = this.#screenOf(plot.crosshair);
    return Math.hypot(x - left, y - top) <= grabRadius;
  }

  carry(left: number, top: number): void {
    this.isCarrying = true;
    this.#ask(this.#on.plot.toData(left, top), false);
  }

  drop(left: number, top: number): void {
    this.isCarrying = false;
    this.#ask(this.#on.plot.toData(left, top), true);
  }

  outlines(event: PointerEvent): Outline | null {
    return this.#on.selecting.outlines(event);
  }

  outline(kind: Outline, spots: readonly Spot[] | null): void {
    this.leave();
    this.#on.selecting.outline(kind, spots);
  }

  enclose(kind: Outline, spots: readonly Spot[], mode: Mode): void {
    this.#on.selecting.enclose(kind, spots, mode);
  }

  point(left: number, top: number, mode: Mode): void {
    this.#on.selecting.point(left, top, mode);
  }

  nudge(right: number, down: number): void {
    const { plot, selecting, speak, hover } = this.#on;
    if (plot.turn !== null) {
      this.pan(right * 3, down * 3);
      return;
    }
    const [left, top] = this.#screenOf(plot.crosshair ?? this.#middle());
    const { width, height } = plot.size;
    const x = Math.min(width, Math.max(0, left + right));
    const y = Math.min(height, Math.max(0, top + down));
    const place = plot.toData(x, y);
    plot.crosshair = place;
    selecting.follow([x, y]);
    plot.paintCrosshair();
    const row = plot.pick(x, y);
    speak(row < 0 ? write(place, this.#on.told.span()) : hover.describe(row));
  }

  enter(): void {
    this.#ask(this.#on.plot.crosshair ?? this.#middle(), true);
  }

  escape(): void {
    const { selecting, told } = this.#on;
    this.leave();
    if (selecting.giveUp()) return;
    if (selecting.tool !== "move") this.#take("move");
    else if (told.hasSelection()) selecting.clear();
  }

  key(name: string): boolean {
    const { plot, selecting } = this.#on;
    const spot = (): Spot => this.#screenOf(plot.crosshair ?? this.#middle());
    const keys: Record<string, () => void> = {
      s: () => selecting.point(...spot(), "toggle"),
      b: () => void selecting.mark(spot()),
      l: () => this.press("lasso"),
      d: () => this.press("density"),
    };
    if (!Object.hasOwn(keys, name)) return false;
    keys[name]();
    return true;
  }

  /** A tool's button. */
  press(name: string): void {
    const { plot, canvas, selecting, thumbnails, told } = this.#on;
    const presses: Record<string, () => void> = {
      fit: () => {
        this.fit();
        canvas.focus();
      },
      lasso: () => this.#take(selecting.tool === "lasso" ? "move" : "lasso"),
      box: () => this.#take(selecting.tool === "rectangle" ? "move" : "rectangle"),
      density: () => {
        plot.density = plot.isDense() ? "off" : "on";
      },
      solid: () => {
        plot.turn = plot.turn === null ? { yaw: 0.6, pitch: 0.35 } : null;
        if (plot.turn !== null) told.send("turn", { on: true });
      },
      images: () => thumbnails.toggle(),
      explore: () => this.#on.explorer.toggle(),
    };
    if (!Object.hasOwn(presses, name)) return;
    presses[name]();
    this.paint();
  }

  #take(tool: string): void {
    this.#on.selecting.tool = tool;
    this.#on.canvas.classList.toggle("tl-outlining", tool !== "move");
    this.#drawTools();
  }

  #moved(): void {
    this.leave();
    this.#on.plot.paintMoved();
    this.#on.window.moved();
    this.#on.thumbnails.moved();
  }

  #drawTools(): void {
    const { plot, tools, selecting, thumbnails, told } = this.#on;
    const isFlat = plot.turn === null;
    const can = told.isConnected() && isFlat;
    const set = (name: string, isPressed: boolean, isShown: boolean, title: string): void =>
      tools.set(name, { isPressed, isShown, title });
    set("fit", false, true, "show all points (0)");
    set("lasso", selecting.tool === "lasso", can, "lasso: drag around points (Shift-drag)");
    set("box", selecting.tool === "rectangle", can, "rectangle (Alt-drag)");
    set("density", plot.isDense(), plot.canAdd && isFlat, "add points up: density (d)");
    set("solid", !isFlat, told.hasDepths(), "turn in three dimensions");
    const images = told.hasImages() && told.isConnected() && isFlat;
    set("images", thumbnails.isOn, images, "show some samples' images");
    const { isOpen } = this.#on.explorer;
    set("explore", isOpen, told.isConnected() || isOpen, "explore: planes, sliders, paths, grids");
  }

  #middle(): Place {
    const { plot } = this.#on;
    return plot.toData(plot.size.width / 2, plot.size.height / 2);
  }

  #screenOf([x, y]: Place): [number, number] {
    return toScreen(this.#on.plot.view(), this.#on.plot.size, x, y);
  }

  /** `decisive` questions go out at once; those of a drag wait for the answer before them. */
  #ask([x, y]: Place, decisive: boolean): void {
    const { plot, decoding, hover } = this.#on;
    if (!decoding.mayAsk() || plot.turn !== null) return;
    plot.crosshair = [x, y];
    decoding.ask(x, y, decisive);
    hover.hide();
    plot.paintCrosshair();
  }
}
