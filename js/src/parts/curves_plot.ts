/** The transparent sheet over the figure: crosshair, zoom, ends of epochs, best values, cursor. */
import { fewPoints } from "../draw/drawn_lines";
import { type Dot, drawPlotOverlay } from "../draw/plot_overlay";
import { type Area, type Axes, toLeft, toPlace } from "../draw/plot_scale";
import { Crosshair, type Inspected } from "./curves_crosshair";
import type { Plotted } from "./curves_lines";
import { element, vector } from "./elements";
import { safeColour } from "./line_sample";
import { type PlotGestures, watchPlotKeys, watchPlotPointer } from "./plot_gestures";
import { mountReadout } from "./readout";
import { mountSpoken } from "./tooltip";

/** What of a frame the sheet needs. */
export interface PlotFrame {
  axes: number[];
  frame_size: number[];
  epochs: [number, number][];
  cursor: number[];
  x: string;
  log: boolean;
  zoomed: boolean;
  live: boolean;
  inspected: Inspected;
  summary: string;
}

export interface PlotActions {
  client: string;
  inspect(at: number, ask: number): void;
  window(low: number, high: number): void;
  whole(): void;
  connected(): boolean;
}

/** Of so few points each is a dot: a line of one point would not be seen. */
const mostDots = 40;
/** A stretch that was chosen stays marked until it is shown, or so long. */
const patience = 3000;

export class CurvesPlot implements PlotGestures {
  readonly root = element("div", "tl-curves-plot", {
    tabindex: "0",
    role: "application",
    "aria-roledescription": "plot",
    "data-testid": "tl-curves-plot",
  });
  private readonly svg = vector("svg", { class: "tl-curves-sheet", "aria-hidden": "true" });
  private readonly back = element("button", "tl-back", {
    type: "button",
    "data-testid": "tl-back",
  });
  private readonly readout = mountReadout(this.root);
  private readonly speak = mountSpoken(this.root);
  private readonly crosshair: Crosshair;
  private frame: PlotFrame | null = null;
  private lines: readonly Plotted[] = [];
  private band: readonly [number, number] | null = null;
  private chosenAt: number | null = null;
  private byKeys = false;

  constructor(
    private readonly actions: PlotActions,
    signal: AbortSignal,
  ) {
    this.crosshair = new Crosshair(actions.client, actions.inspect, signal);
    this.root.prepend(this.svg);
    this.root.append(this.back);
    this.back.addEventListener("click", () => this.whole(), { signal });
    watchPlotPointer(this.root, this, signal);
    watchPlotKeys(this.root, this, signal);
  }

  draw(frame: PlotFrame, lines: readonly Plotted[]): void {
    [this.frame, this.lines] = [frame, lines];
    this.root.style.height = `${frame.frame_size[0] ?? 260}px`;
    const names = lines.map(({ series }) => series.name).join(", ");
    this.root.setAttribute(
      "aria-label",
      `${names}, ${frame.summary}. Left and right read values, plus and minus zoom.`,
    );
    this.back.hidden = !frame.zoomed || !this.actions.connected();
    this.back.textContent = frame.live ? "live" : "whole";
    this.back.title = "show all of the axis (Escape)";
    this.settleBand();
    this.sketch();
  }

  read(left: number): void {
    const now = this.now();
    if (now === null) return;
    this.byKeys = false;
    this.crosshair.stand(toPlace(now.axes, now.area, left), this.lines);
    this.sketch();
  }

  leave(): void {
    this.crosshair.hide();
    if (this.chosenAt === null) this.band = null;
    this.sketch();
  }

  stretch(from: number, to: number, done: boolean): void {
    const now = this.now();
    if (now === null || !this.actions.connected()) return;
    const ends = [from, to].map((left) => toPlace(now.axes, now.area, left));
    this.crosshair.hide();
    if (done) this.choose(Math.min(...ends), Math.max(...ends));
    else this.band = [ends[0], ends[1]];
    this.sketch();
  }

  whole(): void {
    // What was just chosen may not be shown yet.
    const isPart = this.frame?.zoomed === true || this.chosenAt !== null;
    if (!isPart || !this.actions.connected()) return;
    this.band = this.chosenAt = null;
    this.actions.whole();
    this.root.focus({ preventScroll: true });
  }

  move(points: number): void {
    const now = this.now();
    if (now === null) return;
    this.byKeys = true;
    const start = points > 0 ? now.axes.left : now.axes.right;
    this.crosshair.move(points, this.lines, start);
    this.sketch();
  }

  end(last: boolean): void {
    const now = this.now();
    if (now === null) return;
    this.byKeys = true;
    this.crosshair.stand(last ? now.axes.right : now.axes.left, this.lines);
    this.sketch();
  }

  zoom(factor: number): void {
    const now = this.now();
    if (now === null || !this.actions.connected()) return;
    const { left, right } = now.axes;
    const middle = this.crosshair.place ?? (left + right) / 2;
    const low = middle - (middle - left) * factor;
    this.choose(low, low + (right - left) * factor);
  }

  escape(): void {
    if (this.crosshair.place !== null) this.leave();
    else this.whole();
  }

  private choose(low: number, high: number): void {
    if (!(high > low)) return;
    this.band = [low, high];
    this.chosenAt = performance.now();
    this.actions.window(low, high);
  }

  /** The old picture stays until the new one comes. */
  private settleBand(): void {
    const now = this.now();
    if (this.chosenAt === null || this.band === null || now === null) return;
    const [low, high] = this.band;
    const near = Math.abs(high - low) * 1e-6;
    const shown = Math.abs(now.axes.left - low) <= near && Math.abs(now.axes.right - high) <= near;
    if (!shown && performance.now() - this.chosenAt < patience) return;
    this.band = this.chosenAt = null;
  }

  private now(): { axes: Axes; area: Area } | null {
    if (this.frame === null || this.frame.axes.length !== 4) return null;
    const [left, right, low, high] = this.frame.axes;
    const [height, top, beyond, below, before] = this.frame.frame_size;
    const width = this.root.clientWidth - before - beyond;
    if (!(width > 0)) return null;
    return {
      axes: { left, right, low, high, log: this.frame.log },
      area: { left: before, top, width, height: height - top - below },
    };
  }

  private sketch(): void {
    const now = this.now();
    if (now === null || this.frame === null) return;
    const { x, inspected } = this.frame;
    const { readings, dots } = this.crosshair.read(this.lines, inspected);
    const { place } = this.crosshair;
    drawPlotOverlay(this.svg, {
      ...now,
      epochs: this.frame.epochs,
      cursors: this.frame.cursor,
      dots: this.lines.flatMap(dotsOf),
      rings: this.lines.flatMap(ringOf),
      band: this.band,
      crosshair: place,
      read: dots,
    });
    this.root.dataset.place = place === null ? "" : String(place);
    if (place === null || readings.length === 0) {
      this.readout.hide();
      return;
    }
    const heading = this.crosshair.heading(x, inspected);
    this.readout.show(heading, readings, toLeft(now.axes, now.area, place));
    const told = readings.map((each) => `${each.name} ${each.value}`).join(", ");
    if (this.byKeys) this.speak(`${heading}: ${told}`);
  }
}

function dotsOf({ series, raw, smooth }: Plotted): Dot[] {
  if (raw === null || smooth !== null) return [];
  const color = safeColour(series.color);
  return (fewPoints(raw, mostDots) ?? []).map(([x, y]) => ({ x, y, color }));
}

function ringOf({ series }: Plotted): Dot[] {
  if (series.best_x === undefined || series.best_y === undefined) return [];
  return [{ x: series.best_x, y: series.best_y, color: safeColour(series.color) }];
}
