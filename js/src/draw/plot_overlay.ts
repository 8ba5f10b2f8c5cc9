/** What is drawn over the lines: ends of epochs, single points, best values, cursor, band and crosshair. */
import { vector } from "../parts/elements";
import { type Area, type Axes, toLeft, toTop } from "./plot_scale";

export interface Dot {
  x: number;
  y: number;
  color: string;
}

export interface PlotOverlay {
  axes: Axes;
  area: Area;
  /** Places and numbers of the ends of epochs. */
  epochs: readonly (readonly [number, number])[];
  /** Where the past is looked at. */
  cursors: readonly number[];
  dots: readonly Dot[];
  rings: readonly Dot[];
  /** The stretch that is being chosen. */
  band: readonly [number, number] | null;
  crosshair: number | null;
  /** What the crosshair reads. */
  read: readonly Dot[];
}

const numberWidth = 34;

function upright(left: number, { top, height }: Area, name: string): SVGLineElement {
  const at = (Math.round(left) + 0.5).toFixed(1);
  const [y1, y2] = [String(top), String(top + height)];
  return vector("line", { class: name, x1: at, x2: at, y1, y2 });
}

function drawEpochs({ axes, area, epochs }: PlotOverlay): SVGElement[] {
  let free = Number.NEGATIVE_INFINITY;
  return epochs.flatMap(([place, epoch]) => {
    const left = toLeft(axes, area, place);
    const line = upright(left, area, "tl-epoch");
    if (left < free || left > area.left + area.width - 4) return [line];
    free = left + numberWidth;
    const number = vector("text", {
      class: "tl-epoch-number",
      x: left.toFixed(1),
      y: String(area.top - 4),
    });
    number.textContent = String(epoch);
    return [line, number];
  });
}

function drawCursors({ axes, area, cursors }: PlotOverlay): SVGElement[] {
  return cursors.flatMap((place) => {
    const left = toLeft(axes, area, place);
    if (left < area.left - 1 || left > area.left + area.width + 1) return [];
    const [x, top] = [Math.round(left) + 0.5, area.top];
    const d = `M${x - 4} ${top - 6}h8v3l-4 4-4-4z`;
    return [upright(left, area, "tl-cursor"), vector("path", { class: "tl-cursor-head", d })];
  });
}

function circle(overlay: PlotOverlay, dot: Dot, name: string, radius: number): SVGElement[] {
  const { axes, area } = overlay;
  const [left, top] = [toLeft(axes, area, dot.x), toTop(axes, area, dot.y)];
  const inside = left >= area.left - 1 && left <= area.left + area.width + 1;
  if (!inside || !(top >= area.top - 1 && top <= area.top + area.height + 1)) return [];
  const made = vector("circle", {
    class: name,
    cx: left.toFixed(2),
    cy: top.toFixed(2),
    r: String(radius),
  });
  made.style.color = dot.color;
  return [made];
}

function drawBand({ axes, area, band }: PlotOverlay): SVGElement[] {
  if (band === null) return [];
  const [from, to] = [...band].sort((one, other) => one - other).map((x) => toLeft(axes, area, x));
  const width = Math.max(1, to - from).toFixed(1);
  const [y, height] = [String(area.top), String(area.height)];
  return [vector("rect", { class: "tl-band", x: from.toFixed(1), y, width, height })];
}

export function drawPlotOverlay(svg: SVGSVGElement, overlay: PlotOverlay): void {
  const { axes, area, crosshair } = overlay;
  const cross =
    crosshair === null ? [] : [upright(toLeft(axes, area, crosshair), area, "tl-crosshair")];
  svg.replaceChildren(
    ...drawEpochs(overlay),
    ...drawBand(overlay),
    ...drawCursors(overlay),
    ...overlay.dots.flatMap((dot) => circle(overlay, dot, "tl-dot-mark", 2.2)),
    ...overlay.rings.flatMap((dot) => circle(overlay, dot, "tl-ring", 4.5)),
    ...cross,
    ...overlay.read.flatMap((dot) => circle(overlay, dot, "tl-read", 3.5)),
  );
}
