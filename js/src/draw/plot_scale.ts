/** Where data lie on a plot of given ends, and back. */

export interface Axes {
  left: number;
  right: number;
  low: number;
  high: number;
  log: boolean;
}

/** The plot area within the figure, in pixels. */
export interface Area {
  left: number;
  top: number;
  width: number;
  height: number;
}

export function toLeft(axes: Axes, area: Area, x: number): number {
  return area.left + ((x - axes.left) / (axes.right - axes.left)) * area.width;
}

export function toTop(axes: Axes, area: Area, y: number): number {
  const write = axes.log ? Math.log : (value: number): number => value;
  const share = (write(y) - write(axes.low)) / (write(axes.high) - write(axes.low));
  return area.top + (1 - share) * area.height;
}

/** The place along the horizontal axis under a pixel, within the axis. */
export function toPlace(axes: Axes, area: Area, left: number): number {
  const share = Math.min(1, Math.max(0, (left - area.left) / area.width));
  return axes.left + share * (axes.right - axes.left);
}
