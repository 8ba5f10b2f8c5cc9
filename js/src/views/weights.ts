/** The parameters of a module: filters, and of each a heat map and a distribution. */

import { barsOf } from "../draw/bars";
import { pixelRatio, sizeCanvas } from "../draw/canvas";
import { readTheme } from "../draw/colours";
import { cellAt, heatSize } from "../draw/heat_map";
import { drawGrid } from "../draw/image_grid";
import { layImages } from "../draw/image_layout";
import { grouped, significant } from "../draw/numbers";
import { type Images, paintRow } from "../draw/pictures";
import { defineView, type Stage, type View, type ViewTraits } from "../model";
import { element, say, vector } from "../parts/elements";
import { mountShell, type Shell } from "../parts/shell";
import { mountTooltip, type Tooltip } from "../parts/tooltip";
import { type Packed, unpack } from "../wire";

interface Parameter {
  name: string;
  shape: string;
  dtype: string;
  /** Rows and columns of the whole matrix. */
  matrix: [number, number];
  mean: number | null;
  spread: number | null;
  low: number | null;
  high: number | null;
  norm: number | null;
  broken: number;
  counts: number[];
  ends: [number, number];
  /** Of the heat map. */
  rows: number;
  columns: number;
}

export interface Traits extends ViewTraits {
  tensors: Parameter[];
  cells: Packed | null;
  filters: Packed | null;
  filter_range: [number, number];
}

/** A few small filters are not blown up over the whole page. */
const widestFilters = 640;
const bars = { width: 128, height: 40 };

function number(value: number | null): string {
  return value === null ? "unknown" : significant(value, 3);
}

/** One parameter's place on the page. */
class Block {
  readonly element = element("section", "tl-weight", { "data-testid": "tl-weight" });
  readonly #name = element("span", "tl-weight-name");
  readonly #facts = element("span", "tl-quiet");
  readonly #broken = element("span", "tl-weight-broken");
  readonly #canvas = element("canvas", "tl-canvas", { "data-testid": "tl-heat", role: "img" });
  readonly #bars = vector("svg", { class: "tl-weight-bars", role: "img" });
  readonly #ends = element("div", "tl-weight-ends");
  #parameter: Parameter | null = null;
  #cells: ArrayLike<number> = [];

  constructor(tooltip: Tooltip, body: HTMLElement, signal: AbortSignal) {
    const heading = element("div", "tl-weight-heading");
    heading.append(this.#name, this.#facts, this.#broken);
    const spread = element("div", "tl-weight-spread");
    spread.append(this.#bars, this.#ends);
    const pair = element("div", "tl-weight-pair");
    pair.append(this.#canvas, spread);
    this.element.append(heading, pair);
    const point = (event: PointerEvent): void => {
      const bounds = this.#canvas.getBoundingClientRect();
      const lines = this.#linesAt(event.clientX - bounds.left, event.clientY - bounds.top);
      const outer = body.getBoundingClientRect();
      if (lines === null) tooltip.hide();
      else tooltip.show(lines, event.clientX - outer.left, event.clientY - outer.top);
    };
    this.#canvas.addEventListener("pointermove", point, { signal });
    this.#canvas.addEventListener("pointerleave", () => tooltip.hide(), { signal });
  }

  draw(parameter: Parameter, cells: ArrayLike<number>, width: number): void {
    [this.#parameter, this.#cells] = [parameter, cells];
    const { shape, dtype, mean, spread, norm, broken } = parameter;
    say(this.#name, parameter.name);
    const type = dtype === "float32" ? "" : ` ${dtype}`;
    say(
      this.#facts,
      `${shape}${type} · mean ${number(mean)} · spread ${number(spread)} · norm ${number(norm)}`,
    );
    say(this.#broken, broken === 0 ? "" : `${grouped(broken)} NaN or infinite`);
    this.#paint(parameter, cells, width);
    this.#drawBars(parameter);
  }

  #paint(parameter: Parameter, cells: ArrayLike<number>, width: number): void {
    const { rows, columns, low, high } = parameter;
    const canvas = this.#canvas;
    const size = heatSize(rows, columns, width, pixelRatio());
    const ends = `from ${number(low)} to ${number(high)}`;
    canvas.setAttribute("aria-label", `${parameter.name} ${parameter.shape}, ${ends}`);
    canvas.hidden = rows * columns === 0;
    if (canvas.hidden) return;
    sizeCanvas(canvas, size.width, size.height);
    const context = canvas.getContext("2d");
    if (context === null || canvas.width === 0 || canvas.height === 0) return;
    const raster = context.createImageData(canvas.width, canvas.height);
    const whole = { left: 0, top: 0, width: canvas.width, height: canvas.height };
    const images: Images = {
      data: cells,
      rows: 1,
      count: 1,
      height: rows,
      width: columns,
      channels: 1,
    };
    const style = { kind: "diverging", range: [low ?? -1, high ?? 1] } as const;
    paintRow(images, 0, style, readTheme(canvas).dark, raster, () => whole);
    context.putImageData(raster, 0, 0);
  }

  #drawBars({ name, counts, ends }: Parameter): void {
    const { width, height } = bars;
    this.#bars.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.#bars.setAttribute("width", String(width));
    this.#bars.setAttribute("height", String(height));
    this.#bars.setAttribute("aria-label", `distribution of ${name}`);
    const zero = ends[0] < 0 && ends[1] > 0 ? (-ends[0] / (ends[1] - ends[0])) * width : null;
    const line = zero === null ? [] : [verticalAt(zero, height)];
    this.#bars.replaceChildren(
      vector("path", { class: "tl-weight-bar", d: barsOf(counts, width, height) }),
      ...line,
    );
    this.#ends.replaceChildren(
      ...ends.map((end) => {
        const text = element("span");
        text.textContent = significant(end, 3);
        return text;
      }),
    );
  }

  #linesAt(left: number, top: number): string[] | null {
    const parameter = this.#parameter;
    const canvas = this.#canvas;
    if (parameter === null) return null;
    const { rows, columns, matrix } = parameter;
    const shown = { width: canvas.clientWidth, height: canvas.clientHeight };
    const found = cellAt(left, top, shown, rows, columns, matrix);
    if (found === null) return null;
    const value = this.#cells[found.row * columns + found.column];
    const many = found.count > 1 ? `the middle one of ${grouped(found.count)}` : "";
    return [significant(value, 6), found.words, many].filter((each) => each !== "");
  }
}

function verticalAt(x: number, height: number): SVGLineElement {
  const at = x.toFixed(1);
  return vector("line", { class: "tl-weight-zero", x1: at, x2: at, y1: "0", y2: String(height) });
}

class Weights implements View {
  readonly #stage: Stage<Traits>;
  readonly #shell: Shell;
  readonly #tooltip: Tooltip;
  readonly #filters = element("canvas", "tl-canvas", { "data-testid": "tl-filters", role: "img" });
  readonly #note = element("div", "tl-note");
  readonly #list = element("div", "tl-weights-list");
  readonly #blocks: Block[] = [];

  constructor(stage: Stage<Traits>) {
    this.#stage = stage;
    this.#shell = mountShell(stage);
    this.#shell.body.append(this.#filters, this.#note, this.#list);
    this.#tooltip = mountTooltip(this.#shell.body);
  }

  draw(): void {
    const { model } = this.#stage;
    const parameters = model.get("tensors");
    const cells = model.get("cells");
    const isEmpty = parameters.length === 0 || cells === null;
    this.#shell.draw(isEmpty ? "No parameters to show" : "");
    this.#tooltip.hide();
    if (isEmpty) return;
    this.#drawFilters(model.get("filters"));
    const { data } = unpack(cells);
    const width = this.#shell.body.clientWidth;
    let start = 0;
    while (this.#blocks.length < parameters.length) this.#addBlock();
    this.#blocks.forEach((block, at) => {
      block.element.hidden = at >= parameters.length;
      if (block.element.hidden) return;
      const count = parameters[at].rows * parameters[at].columns;
      block.draw(parameters[at], data.subarray(start, start + count), width);
      start += count;
    });
  }

  fail(reason: string): void {
    this.#shell.fail(reason);
  }

  #addBlock(): void {
    const block = new Block(this.#tooltip, this.#shell.body, this.#stage.signal);
    this.#blocks.push(block);
    this.#list.append(block.element);
  }

  #drawFilters(packed: Packed | null): void {
    this.#filters.hidden = this.#note.hidden = packed === null;
    if (packed === null) return;
    const { shape, data } = unpack(packed);
    const [rows, count, height, width, channels] = shape;
    const images: Images = { data, rows, count, height, width, channels };
    const room = Math.min(widestFilters, this.#shell.body.clientWidth);
    const layout = layImages(images, { width: room, ratio: pixelRatio(), captionHeight: 0 });
    const range = this.#stage.model.get("filter_range");
    const kind = channels === 1 ? "diverging" : "sequential";
    const picture = {
      images,
      styles: [{ kind, range } as const],
      captions: [],
      selected: new Set<number>(),
      layout,
      captionHeight: 0,
    };
    drawGrid(this.#filters, picture, readTheme(this.#stage.root));
    const { columns, cellWidth, cellHeight, gap, bandHeight } = layout;
    Object.assign(this.#filters.dataset, { cell: cellWidth, cellHeight, gap, band: bandHeight });
    Object.assign(this.#filters.dataset, { rows, columns, left: 0, top: 0 });
    this.#filters.setAttribute("aria-label", `${count} filters of ${height} by ${width}`);
    say(
      this.#note,
      channels === 1
        ? `${grouped(count)} filters, ${significant(range[0], 3)} to ${significant(range[1], 3)}`
        : `${grouped(count)} filters on one scale, mid grey is 0`,
    );
  }
}

export default defineView<Traits>("weights", (stage) => new Weights(stage));
