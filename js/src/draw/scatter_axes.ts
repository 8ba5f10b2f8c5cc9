/** Tick labels, axis names and the crosshair, drawn over the points. */
import { type Camera, type Size, toScreen, visibleBounds } from "./camera";
import type { Theme } from "./colours";
import { ticks } from "./scales";
import { type Turn, turnedAxes } from "./scatter_projection";

export interface Overlay {
  camera: Camera;
  size: Size;
  names: readonly string[];
  /** Data coordinates. */
  crosshair: readonly [number, number] | null;
  /** On the screen: the point under the pointer. */
  hovered: readonly [number, number] | null;
  /** How a solid cloud is turned; null for a flat one. */
  turn: Turn | null;
}

const edge = 6;
const fontSize = 11;

/** Text on a halo of the plot's colour, so that points beneath do not break it. */
function write(context: CanvasRenderingContext2D, text: string, left: number, top: number): void {
  context.strokeText(text, left, top);
  context.fillText(text, left, top);
}

function drawAcross(context: CanvasRenderingContext2D, overlay: Overlay, limit: number): void {
  const { camera, size } = overlay;
  const [x0, x1, , y1] = visibleBounds(camera, size);
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  for (const tick of ticks(x0, x1, size.width / 80)) {
    const [left] = toScreen(camera, size, tick.value, y1);
    const half = context.measureText(tick.label).width / 2;
    if (left - half < edge + 24 || left + half > limit) continue;
    write(context, tick.label, left, size.height - edge);
  }
}

function drawUp(context: CanvasRenderingContext2D, overlay: Overlay): void {
  const { camera, size } = overlay;
  const [x0, , y0, y1] = visibleBounds(camera, size);
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const tick of ticks(y0, y1, size.height / 56)) {
    const [, top] = toScreen(camera, size, x0, tick.value);
    if (top < 30 || top > size.height - 24) continue;
    write(context, tick.label, edge, top);
  }
}

function drawNames(context: CanvasRenderingContext2D, { size, names }: Overlay): number {
  context.textBaseline = "alphabetic";
  context.textAlign = "right";
  write(context, names[0], size.width - edge, size.height - edge);
  context.textAlign = "left";
  context.textBaseline = "top";
  write(context, names[1], edge, edge);
  return size.width - edge - context.measureText(names[0]).width - 10;
}

function drawCross(context: CanvasRenderingContext2D, overlay: Overlay, theme: Theme): void {
  const { camera, size, crosshair } = overlay;
  if (crosshair === null) return;
  const place = toScreen(camera, size, crosshair[0], crosshair[1]);
  const [left, top] = [Math.round(place[0]) + 0.5, Math.round(place[1]) + 0.5];
  const arm = 7;
  for (const [colour, width] of [
    [theme.dark ? "#111" : "#fff", 4],
    [theme.ink, 1.5],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(left - arm, top);
    context.lineTo(left + arm, top);
    context.moveTo(left, top - arm);
    context.lineTo(left, top + arm);
    context.stroke();
  }
}

function drawHovered(context: CanvasRenderingContext2D, overlay: Overlay, theme: Theme): void {
  if (overlay.hovered === null) return;
  const [left, top] = overlay.hovered;
  context.strokeStyle = theme.ink;
  context.lineWidth = 1.5;
  context.beginPath();
  context.arc(left, top, 5.5, 0, 2 * Math.PI);
  context.stroke();
}

/** Which way the three axes of a turned cloud point; its places have no scale on the screen. */
function drawTripod(context: CanvasRenderingContext2D, overlay: Overlay, turn: Turn): void {
  const [left, top, arm] = [38, overlay.size.height - 38, 22];
  const { across, up } = turnedAxes(turn);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineCap = "round";
  for (const [axis, name] of overlay.names.slice(0, 3).entries()) {
    const [right, below] = [across[axis], -up[axis]];
    context.save();
    context.lineWidth = 1.5;
    context.strokeStyle = context.fillStyle;
    context.beginPath();
    context.moveTo(left, top);
    context.lineTo(left + right * arm, top + below * arm);
    context.stroke();
    context.restore();
    // An axis that points to the onlooker has no end to put a name at.
    if (Math.hypot(right, below) > 0.4)
      write(context, name, left + right * (arm + 9), top + below * (arm + 9));
  }
}

export function drawOverlay(
  context: CanvasRenderingContext2D,
  overlay: Overlay,
  theme: Theme,
): void {
  context.font = `${fontSize}px ${theme.font}`;
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = theme.plot;
  context.fillStyle = theme.quiet;
  if (overlay.turn === null) {
    const limit = drawNames(context, overlay);
    drawAcross(context, overlay, limit);
    drawUp(context, overlay);
    drawCross(context, overlay, theme);
  } else drawTripod(context, overlay, overlay.turn);
  drawHovered(context, overlay, theme);
}
