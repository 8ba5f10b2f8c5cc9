/** Where points fall on the screen: flat, or turned as a solid cloud. */
import { type Camera, type Size, toScreen } from "./camera";
import type { Cloud, Projection } from "./points";

/** Quarter turns are not needed to see depth; both angles are in radians. */
export interface Turn {
  yaw: number;
  pitch: number;
}

export function projectFlat({ bounds }: Cloud, view: Camera, size: Size): Projection {
  const [x0, x1, y0, y1] = bounds;
  const [left, top] = toScreen(view, size, x0, y0);
  return {
    across: [(x1 - x0) / view.unit, 0, 0, left],
    down: [0, -(y1 - y0) / view.unit, 0, top],
    away: [0, 0, 0, 0],
  };
}

/** The three axes' shares to the right, upwards and towards the onlooker. */
export function turnedAxes({ yaw, pitch }: Turn): Record<"across" | "up" | "front", number[]> {
  const [sinYaw, cosYaw] = [Math.sin(yaw), Math.cos(yaw)];
  const [sinPitch, cosPitch] = [Math.sin(pitch), Math.cos(pitch)];
  return {
    across: [cosYaw, 0, sinYaw],
    up: [sinYaw * sinPitch, cosPitch, -cosYaw * sinPitch],
    front: [-sinYaw * cosPitch, sinPitch, cosYaw * cosPitch],
  };
}

/** The cloud turned about the middle of its bounds; the third coordinate points to the onlooker. */
export function projectSolid(cloud: Cloud, view: Camera, size: Size, turn: Turn): Projection {
  const [x0, x1, y0, y1] = cloud.bounds;
  const [z0, z1] = cloud.deep;
  const spans = [x1 - x0, y1 - y0, z1 - z0] as const;
  const { across, up, front } = turnedAxes(turn);
  const half = Math.hypot(...spans) / 2;
  const row = (axis: readonly number[], scale: number, at: number): Projection["across"] => {
    const [x, y, z] = [0, 1, 2].map((each) => axis[each] * spans[each] * scale);
    return [x, y, z, at - (x + y + z) / 2];
  };
  const [left, top] = toScreen(view, size, (x0 + x1) / 2, (y0 + y1) / 2);
  return {
    across: row(across, 1 / view.unit, left),
    down: row(up, -1 / view.unit, top),
    away: row(front, -0.5 / half, 0.5),
  };
}
