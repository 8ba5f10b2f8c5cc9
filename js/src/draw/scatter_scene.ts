/** What a scatter shows, and which of its codes suit a zoom. */
import { type Bounds, type Camera, type Size, visibleBounds, within } from "./camera";
import { pixelRatio } from "./canvas";
import { crowdingOf } from "./crowding";
import { type Cloud, largestCode, type Marker, markerFor, type Slot } from "./points";
import type { ColourMap } from "./points_colours";

export interface PlotData {
  whole: Cloud;
  /** The points of a window on finer codes, and their rows among the whole. */
  near: { cloud: Cloud; rows: Uint32Array } | null;
  classes: number;
  unlabelled: number;
  map: ColourMap;
  names: readonly string[];
}

export interface Found {
  cloud: Cloud;
  point: number;
}

/** A code is off by half its size: with two codes a device pixel that is a quarter of a pixel. */
const codesAPixel = 2;

export class Scene {
  readonly #crowding = new WeakMap<Uint16Array, number>();

  constructor(readonly data: PlotData) {}

  /** How much data one code of the whole covers. */
  get codeSize(): number {
    const [x0, x1, y0, y1] = this.data.whole.bounds;
    return Math.max(x1 - x0, y1 - y0) / largestCode;
  }

  /** The closest zoom at which the whole's codes are off by no more than half a device pixel. */
  get finestUnit(): number {
    return this.codeSize * pixelRatio();
  }

  /** Whether the whole's codes are too coarse for this zoom. */
  needsFiner(view: Camera): boolean {
    return view.unit / pixelRatio() < codesAPixel * this.codeSize;
  }

  /** Which codes to draw: the finer ones, where they are called for and cover all that is seen. */
  slot(view: Camera, size: Size): Slot {
    const { near } = this.data;
    if (near === null || !this.needsFiner(view)) return "whole";
    return within(visibleBounds(view, size), near.cloud.bounds) ? "near" : "whole";
  }

  drawn(slot: Slot): Cloud {
    return slot === "near" && this.data.near !== null ? this.data.near.cloud : this.data.whole;
  }

  rowOf(point: number, slot: Slot): number {
    return point >= 0 && slot === "near" ? (this.data.near?.rows[point] ?? -1) : point;
  }

  /** A row's point, on the finest codes there are. */
  find(row: number, slot: Slot): Found {
    const { near, whole } = this.data;
    const point = slot === "near" ? (near?.rows.indexOf(row) ?? -1) : -1;
    if (near !== null && point >= 0) return { cloud: near.cloud, point };
    return { cloud: whole, point: row };
  }

  marker(slot: Slot, view: Camera): Marker {
    const { places, bounds } = this.drawn(slot);
    const crowding = this.#crowding.get(places) ?? crowdingOf(places);
    this.#crowding.set(places, crowding);
    return markerFor(crowding / areaOf(bounds, view));
  }
}

/** In square CSS pixels. */
function areaOf([x0, x1, y0, y1]: Bounds, { unit }: Camera): number {
  return Math.max(1e-9, ((x1 - x0) / unit) * ((y1 - y0) / unit));
}

export function dataOf({ cloud, point }: Found): [number, number] {
  const [x0, x1, y0, y1] = cloud.bounds;
  const x = x0 + (cloud.places[point * 2] / largestCode) * (x1 - x0);
  return [x, y0 + (cloud.places[point * 2 + 1] / largestCode) * (y1 - y0)];
}
