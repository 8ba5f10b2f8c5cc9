/** What lies over the figure of the curves: header, legend and table, and the sheet with the crosshair. */
import {
  defineView,
  type Host,
  type Stage,
  type View,
  type ViewTraits,
  type Widget,
} from "../model";
import { Choices } from "../parts/choices";
import type { Inspected } from "../parts/curves_crosshair";
import { CurvesLegend, type Group, type Series } from "../parts/curves_legend";
import { CurvesLines } from "../parts/curves_lines";
import { CurvesPlot } from "../parts/curves_plot";
import { type CurvesTable, mountCurvesTable } from "../parts/curves_table";
import { element } from "../parts/elements";
import { mountShell, type Shell } from "../parts/shell";
import { mountSmoothingSlider, type SmoothingSlider } from "../parts/smoothing_slider";

type Along = "step" | "epoch" | "time";

export interface Traits extends ViewTraits {
  series: Series[];
  groups: Group[];
  left: number;
  search: string;
  marks: Record<string, string>;
  axes: number[];
  frame_size: number[];
  epochs: [number, number][];
  cursor: number[];
  x: string;
  x_reasons: Partial<Record<Along, string>>;
  smoothing: number;
  zoomed: boolean;
  live: boolean;
  log: boolean;
  log_possible: boolean;
  inspected: Inspected;
  empty: boolean;
}

const along: readonly (readonly [Along, string])[] = [
  ["step", "tl-x-step"],
  ["epoch", "tl-x-epoch"],
  ["time", "tl-x-time"],
];
const scales = [
  ["linear", "tl-linear"],
  ["log", "tl-log"],
] as const;

const unconnected = "not connected";

class Curves implements View {
  private readonly shell: Shell;
  private readonly along: Choices<Along>;
  private readonly scale: Choices<"linear" | "log">;
  private readonly slider: SmoothingSlider;
  private readonly legend: CurvesLegend;
  private readonly table: CurvesTable;
  private readonly plot: CurvesPlot;
  private readonly lines: CurvesLines;

  constructor(
    private readonly stage: Stage<Traits>,
    host: Host,
  ) {
    const { signal, send, redraw, client } = stage;
    this.shell = mountShell(stage);
    this.along = new Choices("horizontal axis", along, (x) => send("along", { x }), signal);
    const scale = (name: string): void => send("scale", { log: name === "log" });
    this.scale = new Choices("scale", scales, scale, signal);
    this.slider = mountSmoothingSlider((weight) => send("smooth", { weight }), signal);
    this.table = mountCurvesTable(redraw, signal);
    this.legend = new CurvesLegend(
      {
        toggle: (series, only) => send("toggle", { series, only }),
        fold: (group, open) => send("fold", { group, open }),
        search: (text) => send("search", { text }),
      },
      signal,
    );
    this.lines = new CurvesLines(host, redraw);
    this.plot = new CurvesPlot(
      {
        client,
        inspect: (at, ask) => send("inspect", { at, ask }),
        window: (low, high) => send("window", { low, high }),
        whole: () => send("whole", {}),
        connected: () => stage.connection() === "connected",
      },
      signal,
    );
    const row = element("div", "tl-curves-row");
    row.append(this.legend.root, this.slider.element);
    this.shell.tools.append(this.along.element, this.scale.element, this.table.button);
    this.shell.body.append(row, this.table.root, this.plot.root);
  }

  draw(): void {
    const { model } = this.stage;
    this.shell.draw(model.get("empty") ? "No values yet" : "");
    this.drawTools();
    const series = model.get("series");
    this.legend.draw(series, model.get("groups"), model.get("left"), model.get("search"));
    this.table.draw(series);
    this.plot.draw(
      {
        axes: model.get("axes"),
        frame_size: model.get("frame_size"),
        epochs: model.get("epochs"),
        cursor: model.get("cursor"),
        x: model.get("x"),
        log: model.get("log"),
        zoomed: model.get("zoomed"),
        live: model.get("live"),
        inspected: model.get("inspected"),
        summary: model.get("summary"),
      },
      this.lines.read(series, model.get("marks")),
    );
  }

  fail(reason: string): void {
    this.shell.fail(reason);
  }

  private drawTools(): void {
    const { model } = this.stage;
    const connected = this.stage.connection() === "connected";
    const reasons = connected
      ? model.get("x_reasons")
      : { step: unconnected, epoch: unconnected, time: unconnected };
    const x = model.get("x");
    this.along.draw(x === "epoch" || x === "time" ? x : "step", reasons);
    const nothing = model.get("log_possible") ? "" : "no value is above zero";
    this.scale.draw(model.get("log") ? "log" : "linear", {
      linear: connected ? "" : unconnected,
      log: connected ? nothing : unconnected,
    });
    this.slider.draw(model.get("smoothing"), connected);
  }
}

const widget: Widget<Traits> = {
  render(context) {
    const mount = (stage: Stage<Traits>): View => new Curves(stage, context.host);
    defineView<Traits>("curves", mount).render(context);
  },
};

export default widget;
