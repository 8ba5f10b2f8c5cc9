/** One small image on a canvas, its pixels whole. */
import { pixelRatio, sizeCanvas } from "../draw/canvas";
import { readTheme } from "../draw/colours";
import { type Images, paintRow } from "../draw/pictures";
import type { TypedValues } from "../wire";

export interface Picture {
  data: TypedValues;
  height: number;
  width: number;
  channels: number;
}

/** The largest whole number of device pixels an image pixel, so that the longer side fits. */
export function scaleToFit({ height, width }: Picture, side: number, ratio: number): number {
  const longest = Math.max(height, width, 1);
  const whole = Math.floor((side * ratio) / longest);
  return whole >= 1 ? whole / ratio : side / longest;
}

export function paintThumbnail(
  canvas: HTMLCanvasElement,
  picture: Picture,
  range: readonly [number, number],
  side: number,
): void {
  const scale = scaleToFit(picture, side, pixelRatio());
  sizeCanvas(canvas, picture.width * scale, picture.height * scale);
  const context = canvas.getContext("2d");
  if (context === null || canvas.width === 0 || canvas.height === 0) return;
  const raster = context.createImageData(canvas.width, canvas.height);
  const target = { left: 0, top: 0, width: canvas.width, height: canvas.height };
  const images: Images = { ...picture, rows: 1, count: 1 };
  const style = { kind: "sequential", range } as const;
  paintRow(images, 0, style, readTheme(canvas).dark, raster, () => target);
  context.putImageData(raster, 0, 0);
}
