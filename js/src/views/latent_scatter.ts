/** The latent plane: points by class or value, looked at, selected, and decoded where one clicks. */
import { pixelRatio } from "../draw/canvas";
import { readTheme } from "../draw/colours";
import { grouped } from "../draw/numbers";
import { ScatterPlot } from "../draw/scatter_plot";
import type { PlotData } from "../draw/scatter_scene";
import { defineView, type Stage, type View, type ViewTraits } from "../model";
import { Child } from "../parts/child";
import { type ClassLegend, mountLegend } from "../parts/class_legend";
import { Decoding } from "../parts/decoding";
import { element, say } from "../parts/elements";
import { watchKeys, watchPointer, watchWheel } from "../parts/gestures";
import { Hover } from "../parts/scatter_hover";
import { CloudReading } from "../parts/scatter_reading";
import { Selecting } from "../parts/scatter_selecting";
import { ScatterSteering } from "../parts/scatter_steering";
import { Thumbnails } from "../parts/scatter_thumbnails";
import { ScatterTools } from "../parts/scatter_tools";
import { WindowAsking } from "../parts/scatter_window";
import { mountShell, type Shell } from "../parts/shell";
import { mountSpoken } from "../parts/tooltip";
import { mountValueLegend, type ValueLegend } from "../parts/value_legend";
import type { Packed } from "../wire";

export interface Traits extends ViewTraits {
  explorer: string | null;
  points: Packed | null;
  bounds: [number, number, number, number];
  codes: Packed | null;
  indices: Packed | null;
  classes: string[];
  unlabelled: number;
  axes: string[];
  depths: Packed | null;
  depth_bounds: [number, number];
  has_depths: boolean;
  values: Packed | null;
  value_range: [number, number];
  value_name: string;
  value_map: string;
  near_points: Packed | null;
  near_rows: Packed | null;
  near_bounds: [number, number, number, number];
  selected: Packed | null;
  selected_count: number;
  has_images: boolean;
  inspected_row: number;
  inspected_image: Packed | null;
  inspected_range: [number, number];
  thumbnails: Packed | null;
  thumbnail_rows: Packed | null;
  decodable: boolean;
  decoded_image: Packed | null;
  decoded_range: [number, number];
  decoded_at: [number, number] | null;
  decoded_ask: number;
  decoded_client: string;
  decoded_problem: string;
}

/** A decoded image and ten classes beneath it. */
const heightOfSide = 268;
/** Below these widths the side panel goes under the plot; a decoded image is worth a smaller plot. */
const narrow = { withImage: 460, legendOnly: 520 };

class LatentScatter implements View {
  readonly #shell: Shell;
  readonly #holder = element("div", "tl-plot");
  readonly #canvas = element("canvas", "tl-points", {
    "data-testid": "tl-points",
    role: "application",
    tabindex: "0",
    "aria-roledescription": "scatter plot",
  });
  readonly #overlay = element("canvas", "tl-overlay", { "aria-hidden": "true" });
  readonly #side = element("div", "tl-side");
  readonly #count = element("span", "tl-quiet", { "data-testid": "tl-selected" });
  readonly #plot = new ScatterPlot(this.#canvas, this.#overlay, () => this.#describe());
  readonly #reading = new CloudReading();
  readonly #decoding: Decoding;
  readonly #legend: ClassLegend;
  readonly #valueLegend: ValueLegend;
  readonly #hover: Hover<Traits>;
  readonly #selecting: Selecting<Traits>;
  readonly #thumbnails: Thumbnails<Traits>;
  readonly #window: WindowAsking<Traits>;
  readonly #explorer: Child<Traits>;
  readonly #steering: ScatterSteering;
  readonly #tools: ScatterTools;
  /** What the points were last painted of. */
  #painted: readonly unknown[] = [];
  readonly #stage: Stage<Traits>;

  constructor(stage: Stage<Traits>) {
    this.#stage = stage;
    const { signal } = stage;
    const plot = this.#plot;
    const holder = this.#holder;
    this.#shell = mountShell(stage);
    this.#shell.tools.append(this.#count);
    this.#count.title = "Escape clears the selection";
    this.#tools = new ScatterTools(
      ["lasso", "box", "density", "solid", "images", "explore"],
      (name) => this.#steering.press(name),
      signal,
    );
    const pair = element("div", "tl-scatter-pair");
    holder.append(this.#canvas, this.#overlay, this.#tools.element);
    pair.append(holder, this.#side);
    this.#shell.body.append(pair);
    this.#decoding = new Decoding(stage, this.#side);
    this.#hover = new Hover(stage, this.#reading, (row) => plot.placeOf(row), holder);
    this.#selecting = new Selecting(stage, plot);
    this.#thumbnails = new Thumbnails(stage, plot, this.#reading);
    this.#window = new WindowAsking(stage, plot);
    this.#explorer = new Child(stage, "explore");
    this.#shell.body.append(this.#explorer.element);
    this.#steering = this.#makeSteering();
    this.#valueLegend = mountValueLegend(this.#side);
    const acts = {
      hidden: plot.hidden,
      changed: () => this.#steering.restyle(),
      select: (index: number, adds: boolean) =>
        this.#selecting.choose(index, adds ? "add" : "replace"),
    };
    this.#legend = mountLegend(this.#side, acts, signal);
    plot.decorate = (context) => {
      this.#thumbnails.draw(context);
      this.#selecting.draw(context, readTheme(this.#overlay).ink);
    };
    plot.painted = () => this.#describe();
    this.#listen();
  }

  draw(): void {
    const { model, root } = this.#stage;
    const data = this.#reading.read(model);
    this.#shell.draw(data === null ? "No points yet" : "");
    this.#drawCount();
    if (data === null) return;
    this.#plot.isCoarse = this.#stage.connection() !== "connected";
    this.#plot.byValue = data.whole.values !== null;
    this.#explorer.show(model.get("explorer"));
    const classes = model.get("classes");
    const hasValues = data.whole.values !== null;
    this.#side.hidden = classes.length === 0 && !hasValues && !this.#decoding.shows();
    const least = this.#decoding.shows() ? narrow.withImage : narrow.legendOnly;
    root.classList.toggle("tl-narrow", this.#shell.body.clientWidth < least);
    this.#drawLegends(classes, hasValues);
    const answeredAt = this.#decoding.read();
    if (answeredAt !== undefined && !this.#steering.isCarrying) this.#plot.crosshair = answeredAt;
    this.#decoding.paint();
    this.#measure();
    this.#thumbnails.read();
    this.#paint(data);
    this.#hover.draw();
    this.#canvas.setAttribute("aria-label", this.#words());
  }

  fail(reason: string): void {
    this.#shell.fail(reason);
  }

  /** A frame that only brings an answer leaves the points, maybe a million, as they are. */
  #paint(data: PlotData): void {
    const { whole, near, classes, unlabelled, map } = data;
    const { width, height } = this.#plot.size;
    const { dark } = readTheme(this.#overlay);
    const { places, codes, values, depths, chosen } = whole;
    const plain = [whole.bounds, whole.deep, classes, unlabelled, map, width, height, pixelRatio()];
    const now = [places, codes, values, depths, chosen, near, `${plain} ${dark}`];
    const isSame = now.every((each, at) => each === this.#painted[at]);
    this.#painted = now;
    if (!isSame) this.#plot.load(data);
    this.#steering.paint(!isSame);
  }

  #makeSteering(): ScatterSteering {
    const plot = this.#plot;
    const canvas = this.#canvas;
    const tools = this.#tools;
    const hover = this.#hover;
    const selecting = this.#selecting;
    const decoding = this.#decoding;
    const window = this.#window;
    const thumbnails = this.#thumbnails;
    const stage = this.#stage;
    return new ScatterSteering({
      plot,
      canvas,
      tools,
      hover,
      selecting,
      decoding,
      window,
      thumbnails,
      explorer: this.#explorer,
      speak: mountSpoken(stage.root),
      told: {
        send: (name, data) => stage.send(name, data),
        isConnected: () => stage.connection() === "connected",
        hasSelection: () => stage.model.get("selected") !== null,
        hasDepths: () => stage.model.get("has_depths"),
        hasImages: () => stage.model.get("has_images"),
        span: () => stage.model.get("bounds")[1] - stage.model.get("bounds")[0],
      },
    });
  }

  #drawLegends(classes: string[], hasValues: boolean): void {
    const { model } = this.#stage;
    const map = model.get("value_map") === "diverging" ? "diverging" : "viridis";
    this.#valueLegend.draw(model.get("value_name"), model.get("value_range"), map, hasValues);
    this.#legend.draw(classes, model.get("unlabelled"), !hasValues);
  }

  #drawCount(): void {
    const { model } = this.#stage;
    const count = model.get("selected_count");
    say(this.#count, model.get("selected") === null ? "" : `${grouped(count)} selected`);
  }

  #words(): string {
    const { model } = this.#stage;
    const hints = this.#decoding.mayAsk()
      ? " Arrow keys move the crosshair, Enter decodes there, s selects the nearest point."
      : " Arrow keys move the crosshair, s selects the nearest point.";
    return `${model.get("title")}: ${model.get("summary")}.${hints}`;
  }

  /** The plot takes what the side panel leaves, and a height that suits its width. */
  #measure(): void {
    const width = this.#holder.clientWidth;
    const beside = this.#decoding.shows() && !this.#stage.root.classList.contains("tl-narrow");
    const least = beside ? heightOfSide : 240;
    const height = Math.round(Math.min(380, Math.max(least, width * 0.7)));
    this.#stage.root.style.setProperty("--tl-plot-height", `${height}px`);
    this.#plot.size = { width, height };
  }

  /** Say in attributes what is on the screen. */
  #describe(): void {
    const { model } = this.#stage;
    const plot = this.#plot;
    const [x0, x1, y0, y1] = plot.bounds();
    Object.assign(this.#canvas.dataset, {
      frame: model.get("frame"),
      count: (this.#reading.cloud?.places.length ?? 0) / 2,
      view: `${x0} ${x1} ${y0} ${y1}`,
      fitted: plot.isFitted,
      crosshair: plot.crosshair?.join(" ") ?? "",
      codes: plot.slot(),
      dense: plot.isDense(),
      indexed: plot.isIndexed,
      turned: plot.turn !== null,
      thumbnails: this.#thumbnails.shown,
    });
    this.#holder.classList.toggle("tl-fitted", plot.isFitted);
  }

  #listen(): void {
    const { signal } = this.#stage;
    watchPointer(this.#canvas, this.#steering, signal);
    watchWheel(this.#canvas, this.#steering, signal);
    watchKeys(this.#canvas, this.#steering, signal);
    const lost = (event: Event): void => {
      event.preventDefault();
      this.#plot.lose();
      this.#painted = [];
      this.#stage.redraw();
    };
    const restored = (): void => {
      this.#plot.restore();
      this.#painted = [];
      this.#stage.redraw();
    };
    this.#canvas.addEventListener("webglcontextlost", lost, { signal });
    this.#canvas.addEventListener("webglcontextrestored", restored, { signal });
    signal.addEventListener("abort", () => this.#plot.release(), { once: true });
  }
}

export default defineView<Traits>("latent-scatter", (stage) => new LatentScatter(stage));
