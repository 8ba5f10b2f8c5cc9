/** More to steer of a scatter, beneath its plot: its plane, the dimensions, paths and grids. */
import { defineView, type Stage, type View, type ViewTraits } from "../model";
import { Choices } from "../parts/choices";
import { element } from "../parts/elements";
import { DimensionRows } from "../parts/explorer_dimensions";
import { drawMarks } from "../parts/explorer_marks";
import { type Measured, MeasuresLine } from "../parts/explorer_measures";
import { PathPanel } from "../parts/explorer_path";
import { ProjectionPanel } from "../parts/explorer_projection";
import { SheetPanel } from "../parts/explorer_sheet";
import { OwnAsks } from "../parts/own_asks";
import { type Place, PlotBeside } from "../parts/plot_beside";
import { mountShell, type Shell } from "../parts/shell";
import { SmallImages } from "../parts/small_images";
import { mountSpoken } from "../parts/tooltip";
import { type Packed, unpackOptional } from "../wire";

export interface Traits extends ViewTraits {
  decodable: boolean;
  projection: string;
  chosen: number[];
  words: string;
  progress: number;
  unavailable: Record<string, string>;
  lows: Packed | null;
  highs: Packed | null;
  latent: Packed | null;
  latent_ask: number;
  latent_client: string;
  stops: Packed | null;
  stop_count: number;
  steps: number;
  spherical: boolean;
  path_client: string;
  path_ask: number;
  path_places: Packed | null;
  path_images: Packed | null;
  path_range: [number, number];
  path_moment: string;
  path_problem: string;
  sheet_client: string;
  sheet_ask: number;
  sheet_count: number;
  sheet_dimensions: number[];
  sheet_window: number[];
  sheet_axes: string[];
  sheet_places: Packed | null;
  sheet_images: Packed | null;
  sheet_range: [number, number];
  sheet_moment: string;
  sheet_problem: string;
  measured: Measured & { from_encoder?: boolean };
  measuring: boolean;
  variance: Packed | null;
  divergence: Packed | null;
  flags: Packed | null;
  definitions: Record<string, string>;
}

const sections = ["plane", "dimensions", "path", "grid"] as const;
type Section = (typeof sections)[number];
type Numbers = Float32Array | null;

function floats(packed: Packed | null): Numbers {
  const found = unpackOptional(packed)?.data ?? null;
  return found instanceof Float32Array ? found : null;
}

function pairs(values: Numbers): Place[] {
  return Array.from({ length: (values?.length ?? 0) / 2 }, (_, at) => {
    const [x = 0, y = 0] = values?.subarray(2 * at, 2 * at + 2) ?? [];
    return [x, y] as const;
  });
}

class LatentExplorer implements View {
  readonly #shell: Shell;
  readonly #plot: PlotBeside;
  readonly #sections: Choices<Section>;
  readonly #projection: ProjectionPanel;
  readonly #measures: MeasuresLine;
  readonly #rows: DimensionRows;
  readonly #path: PathPanel;
  readonly #sheet: SheetPanel;
  readonly #panels: Record<Section, HTMLElement>;
  readonly #asks: Record<"latent" | "path" | "sheet", OwnAsks>;
  readonly #pathImages = new SmallImages();
  readonly #sheetImages = new SmallImages();
  /** Points that were put down and are in no frame yet. */
  #pending: Place[] = [];
  #section: Section = "plane";

  constructor(private readonly stage: Stage<Traits>) {
    const { signal, client } = stage;
    this.#shell = mountShell(stage);
    this.#asks = {
      latent: new OwnAsks(client),
      path: new OwnAsks(client),
      sheet: new OwnAsks(client),
    };
    const clicks = {
      isOn: () => this.#section === "path" && this.#path.isAdding && this.#can(),
      add: (place: Place) => this.#add(place),
      key: (name: string) => this.#key(name),
    };
    this.#plot = new PlotBeside(stage.root, clicks, () => stage.redraw(), signal);
    const send = (name: string, data: Record<string, unknown>): void => this.#send(name, data);
    this.#projection = new ProjectionPanel(this.#plot, send, signal);
    this.#measures = new MeasuresLine(() => send("measure", {}), signal);
    const slide = (dimension: number, value: number): void => send("slide", { dimension, value });
    this.#rows = new DimensionRows(slide, () => send("centre", {}), signal);
    this.#path = new PathPanel(
      {
        send,
        moved: () => this.#mark(),
        adding: (isAdding) => this.#adding(isAdding),
        add: () => this.#addHere(),
      },
      signal,
    );
    const speak = mountSpoken(stage.root);
    const window = (): number[] | null => this.#plot.window();
    this.#sheet = new SheetPanel({ send, window, moved: () => this.#mark(), speak }, signal);
    const dimensions = element("div", "tl-panel");
    dimensions.append(this.#measures.element, this.#rows.element);
    const [plane, path, grid] = [this.#projection, this.#path, this.#sheet].map((e) => e.element);
    this.#panels = { plane, dimensions, path, grid };
    this.#shell.body.append(...Object.values(this.#panels));
    const named = sections.map((name) => [name, `tl-section-${name}`] as const);
    this.#sections = new Choices<Section>("explore", named, (name) => this.#open(name), signal);
    this.#shell.tools.append(this.#sections.element);
  }

  draw(): void {
    const { model } = this.stage;
    this.#plot.find();
    this.#shell.draw(model.get("lows") === null ? "No points yet" : "");
    this.#sections.draw(this.#section, {});
    for (const name of sections) this.#panels[name].hidden = name !== this.#section;
    const [stops, kept] = [model.get("stop_count"), this.#isOpen("path")];
    if (!kept || stops === 0) this.#pending = kept ? this.#pending : [];
    this.#drawPlane();
    if (this.#section === "dimensions") this.#drawDimensions();
    if (this.#section === "path") this.#drawPath();
    if (this.#section === "grid") this.#drawSheet();
    this.#mark();
  }

  fail(reason: string): void {
    this.#shell.fail(reason);
  }

  #can(): boolean {
    return this.stage.connection() === "connected" && this.stage.model.get("decodable");
  }

  #isOpen(name: "latent" | "path" | "sheet"): boolean {
    const { model } = this.stage;
    return this.#asks[name].isOpen(model.get(`${name}_client`), model.get(`${name}_ask`));
  }

  #send(name: string, data: Record<string, unknown>): void {
    const of: Record<string, OwnAsks> = {
      slide: this.#asks.latent,
      centre: this.#asks.latent,
      show: this.#asks.latent,
      stop: this.#asks.path,
      unstop: this.#asks.path,
      walk: this.#asks.path,
      sheet: this.#asks.sheet,
    };
    const asks = Object.hasOwn(of, name) ? of[name] : null;
    this.stage.send(name, asks === null ? data : { ...data, ask: asks.next() });
    this.stage.redraw();
  }

  #open(section: Section): void {
    this.#section = section;
    if (section !== "path") {
      this.#path.halt();
      this.#path.stopAdding();
    }
    this.stage.redraw();
  }

  #drawPlane(): void {
    const { model } = this.stage;
    this.#projection.draw({
      projection: model.get("projection"),
      chosen: model.get("chosen"),
      count: floats(model.get("latent"))?.length ?? 2,
      words: model.get("words"),
      progress: model.get("progress"),
      unavailable: model.get("unavailable"),
      enabled: this.stage.connection() === "connected",
    });
  }

  #drawDimensions(): void {
    const { model } = this.stage;
    const [measured, definitions] = [model.get("measured"), model.get("definitions")];
    const enabled = this.stage.connection() === "connected";
    this.#measures.draw(measured, model.get("measuring"), enabled, definitions);
    const flags = unpackOptional(model.get("flags"))?.data ?? null;
    this.#rows.draw({
      lows: floats(model.get("lows")),
      highs: floats(model.get("highs")),
      latent: floats(model.get("latent")),
      isAhead: this.#isOpen("latent"),
      enabled: this.#can(),
      variance: floats(model.get("variance")),
      divergence: floats(model.get("divergence")),
      flags: flags instanceof Uint8Array ? flags : null,
      definitions,
      fromEncoder: measured.from_encoder === true,
    });
  }

  #drawPath(): void {
    const { model } = this.stage;
    const range = model.get("path_range");
    this.#path.draw({
      count: model.get("stop_count") + this.#pending.length,
      steps: model.get("steps"),
      spherical: model.get("spherical"),
      images: this.#pathImages.read(model.get("path_images"), range),
      range,
      moment: model.get("path_moment"),
      problem: model.get("path_problem"),
      isOpen: this.#isOpen("path"),
      enabled: this.#can(),
    });
  }

  #drawSheet(): void {
    const { model } = this.stage;
    const range = model.get("sheet_range");
    this.#sheet.draw({
      count: model.get("sheet_count"),
      dimensions: model.get("sheet_dimensions"),
      window: model.get("sheet_window"),
      axes: model.get("sheet_axes"),
      images: this.#sheetImages.read(model.get("sheet_images"), range),
      range,
      moment: model.get("sheet_moment"),
      problem: model.get("sheet_problem"),
      isOpen: this.#isOpen("sheet"),
      width: floats(model.get("latent"))?.length ?? 2,
      enabled: this.#can(),
    });
  }

  /** Draw over the plot what belongs to the section that is open. */
  #mark(): void {
    const { model } = this.stage;
    const isPath = this.#section === "path";
    const stops = isPath ? [...pairs(floats(model.get("stops"))), ...this.#pending] : [];
    const walked = isPath ? pairs(floats(model.get("path_places"))) : [];
    const way = walked.length > 1 && this.#pending.length === 0 ? walked : stops;
    const cells = this.#section === "grid" ? pairs(floats(model.get("sheet_places"))) : [];
    const at = isPath ? walked[this.#path.at] : cells[this.#sheet.at];
    drawMarks(this.#plot, { stops, way, at: at ?? null, kind: isPath ? "ring" : "cell" });
  }

  #add(place: Place): void {
    this.#pending.push(place);
    this.#send("stop", { x: place[0], y: place[1] });
  }

  #addHere(): void {
    const place = this.#plot.crosshair();
    if (place !== null && this.#can()) this.#add(place);
  }

  #adding(isAdding: boolean): void {
    this.#plot.mark(isAdding);
    if (isAdding) this.#plot.focus();
  }

  /** Keys over the plot while a path is made. */
  #key(name: string): boolean {
    if (this.#section !== "path") return false;
    const keys: Record<string, () => void> = {
      p: () => this.#addHere(),
      Backspace: () => this.#send("unstop", { all: false }),
      " ": () => this.#path.toggle(),
    };
    if (name === "Escape") return this.#escape();
    if (!Object.hasOwn(keys, name)) return false;
    keys[name]();
    return true;
  }

  /** First no more points, then none at all. */
  #escape(): boolean {
    const { model } = this.stage;
    if (this.#path.isAdding) this.#path.stopAdding();
    else if (model.get("stop_count") > 0) this.#send("unstop", { all: true });
    else return false;
    return true;
  }
}

export default defineView<Traits>("latent-explorer", (stage) => new LatentExplorer(stage));
