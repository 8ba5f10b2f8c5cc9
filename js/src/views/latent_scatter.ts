/** The latent plane: points by class, and a click that asks the model what a place means. */
import { toScreen } from "../draw/camera";
import { grouped, place as write } from "../draw/numbers";
import { type PlotData, ScatterPlot } from "../draw/scatter_plot";
import { defineView, type Stage, type View, type ViewTraits } from "../model";
import { type ClassLegend, mountLegend } from "../parts/class_legend";
import { Decoding } from "../parts/decoding";
import { element } from "../parts/elements";
import { type Gestures, watchKeys, watchPointer, watchWheel } from "../parts/gestures";
import { mountShell, type Shell } from "../parts/shell";
import { mountSpoken, mountTooltip, type Tooltip } from "../parts/tooltip";
import { type Packed, type Tensor, unpack, unpackOptional } from "../wire";

export interface Traits extends ViewTraits {
  points: Packed | null;
  bounds: [number, number, number, number];
  codes: Packed | null;
  indices: Packed | null;
  classes: string[];
  unlabelled: number;
  axes: [string, string];
  decodable: boolean;
  decoded_image: Packed | null;
  decoded_range: [number, number];
  decoded_at: [number, number] | null;
  decoded_ask: number;
  decoded_client: string;
  decoded_problem: string;
}

const grabRadius = 12;
/** A decoded image and ten classes beneath it. */
const heightOfSide = 268;
/** Below these widths the side panel goes under the plot; a decoded image is worth a smaller plot. */
const narrow = { withImage: 460, legendOnly: 520 };

function readPoints(packed: Packed): Uint16Array {
  const { data, shape } = unpack(packed);
  const fits = shape.length === 2 && shape[1] === 2 && data instanceof Uint16Array;
  if (!fits) throw new TypeError(`points need to be uint16 [N, 2], not [${shape}]`);
  return data;
}

class LatentScatter implements View {
  private readonly shell: Shell;
  private readonly holder = element("div", "tl-plot");
  private readonly canvas = element("canvas", "tl-points", {
    "data-testid": "tl-points",
    role: "application",
    tabindex: "0",
    "aria-roledescription": "scatter plot",
  });
  private readonly overlay = element("canvas", "tl-overlay", { "aria-hidden": "true" });
  private readonly side = element("div", "tl-side");
  private readonly plot = new ScatterPlot(this.canvas, this.overlay);
  private readonly decoding: Decoding;
  private readonly legend: ClassLegend;
  private readonly tooltip: Tooltip;
  private readonly speak: (text: string) => void;
  private packed: Packed | null = null;
  private places: Uint16Array | null = null;
  private codes: Tensor | null = null;
  private indices: Tensor | null = null;
  private carrying = false;

  constructor(private readonly stage: Stage<Traits>) {
    const { signal } = stage;
    this.shell = mountShell(stage);
    const pair = element("div", "tl-scatter-pair");
    this.holder.append(this.canvas, this.overlay, this.makeFitButton());
    pair.append(this.holder, this.side);
    this.shell.body.append(pair);
    this.tooltip = mountTooltip(this.holder);
    this.speak = mountSpoken(stage.root);
    this.decoding = new Decoding(stage, this.side);
    this.legend = mountLegend(this.side, this.plot.hidden, () => this.restyle(), signal);
    this.listen();
  }

  draw(): void {
    const { model, root } = this.stage;
    this.read();
    const absent = this.places === null;
    this.shell.draw(absent ? "No points yet" : "");
    if (this.places === null) return;
    const classes = model.get("classes");
    this.side.hidden = classes.length === 0 && !this.decoding.shows();
    const least = this.decoding.shows() ? narrow.withImage : narrow.legendOnly;
    root.classList.toggle("tl-narrow", this.shell.body.clientWidth < least);
    this.legend.draw(classes, model.get("unlabelled"));
    const answeredAt = this.decoding.read();
    if (answeredAt !== null && !this.carrying) this.plot.crosshair = answeredAt;
    this.decoding.paint();
    this.measure();
    this.paint();
    const hint = this.decoding.mayAsk()
      ? " Arrow keys move the crosshair, Enter decodes there."
      : "";
    this.canvas.setAttribute(
      "aria-label",
      `${model.get("title")}: ${model.get("summary")}.${hint}`,
    );
  }

  fail(reason: string): void {
    this.shell.fail(reason);
  }

  private read(): void {
    const { model } = this.stage;
    const packed = model.get("points");
    if (packed !== this.packed) this.places = packed === null ? null : readPoints(packed);
    this.packed = packed;
    if (this.places === null) return;
    this.codes = unpackOptional(model.get("codes"));
    this.indices = unpackOptional(model.get("indices"));
    const data: PlotData = {
      places: this.places,
      bounds: model.get("bounds"),
      codes: this.codes?.data ?? null,
      unlabelled: model.get("unlabelled"),
      names: model.get("axes"),
    };
    this.plot.load(data);
  }

  /** The plot takes what the side panel leaves, and a height that suits its width. */
  private measure(): void {
    const width = this.holder.clientWidth;
    const beside = this.decoding.shows() && !this.stage.root.classList.contains("tl-narrow");
    const least = beside ? heightOfSide : 240;
    const height = Math.round(Math.min(380, Math.max(least, width * 0.7)));
    this.stage.root.style.setProperty("--tl-plot-height", `${height}px`);
    this.plot.size = { width, height };
  }

  private paint(): void {
    const { model } = this.stage;
    this.plot.paint();
    const [x0, x1, y0, y1] = this.plot.bounds();
    Object.assign(this.canvas.dataset, {
      frame: model.get("frame"),
      count: (this.places?.length ?? 0) / 2,
      view: `${x0} ${x1} ${y0} ${y1}`,
      fitted: this.plot.isFitted,
      crosshair: this.plot.crosshair?.join(" ") ?? "",
    });
    this.holder.classList.toggle("tl-fitted", this.plot.isFitted);
  }

  private restyle(): void {
    this.plot.restyle();
    this.paint();
  }

  private makeFitButton(): HTMLButtonElement {
    const button = element("button", "tl-fit", { type: "button", "data-testid": "tl-fit" });
    button.textContent = "fit";
    button.title = "show all points (0)";
    const fit = (): void => {
      this.plot.fit();
      this.paint();
      this.canvas.focus();
    };
    button.addEventListener("click", fit, { signal: this.stage.signal });
    return button;
  }

  private listen(): void {
    const { signal } = this.stage;
    const gestures = this.gestures();
    watchPointer(this.canvas, gestures, signal);
    watchWheel(this.canvas, gestures, signal);
    watchKeys(this.canvas, gestures, signal);
    const lost = (event: Event): void => {
      event.preventDefault();
      this.plot.lose();
      this.stage.redraw();
    };
    const restored = (): void => {
      this.plot.restore();
      this.stage.redraw();
    };
    this.canvas.addEventListener("webglcontextlost", lost, { signal });
    this.canvas.addEventListener("webglcontextrestored", restored, { signal });
    signal.addEventListener("abort", () => this.plot.release(), { once: true });
  }

  private gestures(): Gestures {
    const { plot } = this;
    const after = (): void => {
      this.leave();
      this.paint();
    };
    return {
      hover: (left, top) => this.hover(left, top),
      leave: () => this.leave(),
      pan: (right, down) => {
        plot.pan(right, down);
        after();
      },
      zoom: (factor, left, top) => {
        plot.zoom(factor, left, top);
        after();
      },
      fit: () => {
        plot.fit();
        after();
      },
      click: (left, top) => this.ask(plot.toData(left, top), true),
      grabs: (left, top) => this.grabs(left, top),
      carry: (left, top) => this.carry(plot.toData(left, top)),
      drop: (left, top) => {
        this.carrying = false;
        this.ask(plot.toData(left, top), true);
      },
      nudge: (right, down) => this.nudge(right, down),
      enter: () => this.ask(plot.crosshair ?? this.middle(), true),
    };
  }

  private middle(): [number, number] {
    return this.plot.toData(this.plot.size.width / 2, this.plot.size.height / 2);
  }

  private screenOf([x, y]: readonly [number, number]): [number, number] {
    return toScreen(this.plot.view(), this.plot.size, x, y);
  }

  private grabs(left: number, top: number): boolean {
    if (!this.decoding.mayAsk() || this.plot.crosshair === null) return false;
    const [x, y] = this.screenOf(this.plot.crosshair);
    return Math.hypot(x - left, y - top) <= grabRadius;
  }

  private carry(place: readonly [number, number]): void {
    this.carrying = true;
    this.ask(place, false);
  }

  /** `decisive` questions go out at once; those of a drag wait for the answer before them. */
  private ask([x, y]: readonly [number, number], decisive: boolean): void {
    if (!this.decoding.mayAsk()) return;
    this.plot.crosshair = [x, y];
    this.decoding.ask(x, y, decisive);
    this.tooltip.hide();
    this.paint();
  }

  private nudge(right: number, down: number): void {
    const [left, top] = this.screenOf(this.plot.crosshair ?? this.middle());
    const { width, height } = this.plot.size;
    const place = this.plot.toData(
      Math.min(width, Math.max(0, left + right)),
      Math.min(height, Math.max(0, top + down)),
    );
    this.plot.crosshair = place;
    this.paint();
    const [x, y] = this.screenOf(place);
    const point = this.plot.pick(x, y);
    this.speak(point < 0 ? write(place, this.span()) : this.describe(point));
  }

  private span(): number {
    const [x0, x1] = this.stage.model.get("bounds");
    return x1 - x0;
  }

  private describe(point: number): string {
    const code = this.codes?.data[point];
    const label = code === undefined ? "" : (this.stage.model.get("classes")[code] ?? "");
    const sample = this.indices?.data[point] ?? point;
    const parts = [
      label,
      `sample ${grouped(sample)}`,
      write(this.plot.placeOf(point), this.span()),
    ];
    return parts.filter((part) => part !== "").join(" · ");
  }

  private hover(left: number, top: number): void {
    const point = this.plot.pick(left, top);
    this.canvas.classList.toggle("tl-grabbable", this.grabs(left, top));
    if (point < 0) {
      this.leave();
      return;
    }
    this.tooltip.show([this.describe(point)], left, top);
    if (point === this.plot.hovered) return;
    this.plot.hovered = point;
    this.plot.paintOverlay();
  }

  private leave(): void {
    this.tooltip.hide();
    if (this.plot.hovered < 0) return;
    this.plot.hovered = -1;
    this.plot.paintOverlay();
  }
}

export default defineView<Traits>("latent-scatter", (stage) => new LatentScatter(stage));
