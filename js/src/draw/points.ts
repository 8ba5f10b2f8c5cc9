/** What a renderer of points is handed and asked, and how points are marked. */
import type { Bounds } from "./camera";

/** Points as they came over the wire: nothing here is copied or changed. */
export interface Cloud {
  /** uint16 pairs; 0 and 65535 stand for the two ends of `bounds`. */
  places: Uint16Array;
  bounds: Bounds;
  /** A third coordinate, for a cloud that can be turned; its ends are `deep`. */
  depths: Uint16Array | null;
  deep: readonly [number, number];
  /** The class of each point. */
  codes: Uint8Array | Uint16Array | null;
  /** 0 to 254 along a colour map; 255 for a value that is not a number. */
  values: Uint8Array | null;
  /** 255 for each point that is selected, 0 for the others; null without a selection. */
  chosen: Uint8Array | null;
}

/** One screen coordinate of a point (x, y, z, 1), each of the three 0..1 along its bounds. */
export type Row = readonly [x: number, y: number, z: number, one: number];

/** How codes become CSS pixels, and how far away (0 near, 1 far) a turned point lies. */
export interface Projection {
  across: Row;
  down: Row;
  away: Row;
}

export interface PointsPicture {
  width: number;
  height: number;
  ratio: number;
  projection: Projection;
  /** Where the points of the cloud before this one were, and how much of the way is left: 1 to 0. */
  before: Projection | null;
  left: number;
  /** Marker diameter in CSS pixels. */
  diameter: number;
  opacity: number;
  /** Add the points up instead of laying them over each other; `crowd` is how many make full ink. */
  isDense: boolean;
  crowd: number;
  /** Draw every k-th point only. */
  thin: number;
  isSolid: boolean;
  byValue: boolean;
}

export type Slot = "whole" | "near";

export interface PointsLayer {
  readonly canMorph: boolean;
  readonly canAdd: boolean;
  /** Take a cloud; parts that are the same objects as before are not uploaded again. */
  load(slot: Slot, cloud: Cloud): void;
  /** RGBA for each class, a {@link Shape} in A; and 256 RGBA entries for values. */
  colour(palette: Uint8Array, map: Uint8Array): void;
  paint(slot: Slot, picture: PointsPicture): void;
  release(): void;
}

export const Shape = { hidden: 0, ring: 128, disc: 255 } as const;

export const largestCode = 65535;
/** How much of its opacity a point keeps that is not selected while others are. */
export const fadedShare = 0.14;

const smallest = 1.3;
const largest = 7;
/** Where this many markers lie over each other, adding up tells more than overlaying. */
export const crowdedFrom = 24;

export interface Marker {
  diameter: number;
  opacity: number;
  /** How many markers lie over a typical covered place. */
  overlap: number;
}

/**
 * Size and opacity for so many points on a square CSS pixel: markers shrink until they would vanish,
 * then fade so that where the typical crowd is its ink stays short of full. Zooming in undoes both.
 */
export function markerFor(density: number): Marker {
  const room = density > 0 ? 1 / Math.sqrt(density) : Number.POSITIVE_INFINITY;
  const diameter = Math.min(largest, Math.max(smallest, 2.1 * room));
  const overlap = density * (Math.PI / 4) * diameter * diameter;
  const opacity = Math.min(0.9, Math.max(0.1, 1 - 0.01 ** (1 / Math.max(1, overlap))));
  return { diameter, opacity, overlap };
}

export function project(row: Row, x: number, y: number, z: number): number {
  return row[0] * x + row[1] * y + row[2] * z + row[3];
}
