/** Which part of the plane a plot shows. Both axes have one scale, and y points up. */

export interface Camera {
  /** The data coordinates at the middle of the plot. */
  x: number;
  y: number;
  /** Data units a CSS pixel. */
  unit: number;
}

export interface Size {
  width: number;
  height: number;
}

/** x0, x1, y0, y1 */
export type Bounds = readonly [number, number, number, number];

/** Of the unit at which all is seen: as close as a zoom comes, and as far. */
const closest = 1 / 2000;
const farthest = 20;

/** A plot without a size, which a page may have for a moment, fits as if it had one pixel. */
export function fitCamera([x0, x1, y0, y1]: Bounds, size: Size): Camera {
  const unit = Math.max((x1 - x0) / Math.max(1, size.width), (y1 - y0) / Math.max(1, size.height));
  return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, unit: unit > 0 ? unit : 1 };
}

export function toScreen(camera: Camera, size: Size, x: number, y: number): [number, number] {
  const { width, height } = size;
  return [width / 2 + (x - camera.x) / camera.unit, height / 2 - (y - camera.y) / camera.unit];
}

export function toData(camera: Camera, size: Size, left: number, top: number): [number, number] {
  const { width, height } = size;
  return [camera.x + (left - width / 2) * camera.unit, camera.y - (top - height / 2) * camera.unit];
}

export function visibleBounds(camera: Camera, size: Size): Bounds {
  const [x0, y1] = toData(camera, size, 0, 0);
  const [x1, y0] = toData(camera, size, size.width, size.height);
  return [x0, x1, y0, y1];
}

export function pan(camera: Camera, right: number, down: number): Camera {
  return { ...camera, x: camera.x - right * camera.unit, y: camera.y + down * camera.unit };
}

/**
 * Zoom by `factor` (above 1 is closer) and keep what lies under the pointer where it is; `finest` is
 * the smallest unit at which places are still told apart.
 */
export function zoom(
  camera: Camera,
  size: Size,
  factor: number,
  left: number,
  top: number,
  bounds: Bounds,
  finest = 0,
): Camera {
  const whole = fitCamera(bounds, size).unit;
  const least = Math.min(whole, Math.max(whole * closest, finest));
  const unit = Math.min(whole * farthest, Math.max(least, camera.unit / factor));
  const [x, y] = toData(camera, size, left, top);
  const share = unit / camera.unit;
  return { x: x + (camera.x - x) * share, y: y + (camera.y - y) * share, unit };
}

export function within([x0, x1, y0, y1]: Bounds, [left, right, low, high]: Bounds): boolean {
  return x0 >= left && x1 <= right && y0 >= low && y1 <= high;
}
