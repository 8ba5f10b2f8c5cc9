/** A scatter of quantised points with a camera: two stacked canvases, a renderer, a picker. */
import * as cameras from "./camera";
import type { Bounds, Camera, Size } from "./camera";
import { openSurface, pixelRatio, sizeCanvas } from "./canvas";
import { readTheme } from "./colours";
import { crowdingOf } from "./crowding";
import {
  type Cloud,
  crowdedFrom,
  largestCode,
  markerFor,
  type PointsLayer,
  type PointsPicture,
  type Projection,
  project,
  type Slot,
} from "./points";
import { canvasPoints } from "./points_canvas";
import { type ColourMap, mapTable, paletteTable } from "./points_colours";
import { webglPoints } from "./points_webgl";
import { drawOverlay } from "./scatter_axes";
import { Morph, wantsStillness } from "./scatter_morph";
import { Picker, pickSolid } from "./scatter_pick";
import { projectFlat, projectSolid, type Turn } from "./scatter_projection";

export interface PlotData {
  whole: Cloud;
  /** The points of a window on finer codes, and their rows among the whole. */
  near: { cloud: Cloud; rows: Uint32Array } | null;
  classes: number;
  unlabelled: number;
  map: ColourMap;
  names: readonly [string, string];
}

export type Density = "automatic" | "on" | "off";

/** Codes are asked to be finer when they are off by more than half of half a device pixel. */
const codesAPixel = 2;

export class ScatterPlot {
  size: Size = { width: 0, height: 0 };
  crosshair: readonly [number, number] | null = null;
  /** The row of the point that is marked, or -1. */
  hovered = -1;
  density: Density = "automatic";
  byValue = false;
  /** Whether zoom ends where whole codes would be told apart: nobody is there to make finer ones. */
  isCoarse = true;
  turn: Turn | null = null;
  /** Draws on the overlay after the axes, in CSS pixels. */
  decorate: (context: CanvasRenderingContext2D) => void = () => undefined;
  /** How much of the points is drawn while something moves: every k-th. */
  thin = 1;
  readonly hidden = new Set<number>();
  private data: PlotData | null = null;
  private camera: Camera | null = null;
  private layer: PointsLayer | null = null;
  private isColoured = false;
  private isLost = false;
  private isDark: boolean | null = null;
  private readonly crowding = new WeakMap<Uint16Array, number>();
  private readonly morph = new Morph();
  private readonly picker: Picker;

  constructor(
    private readonly points: HTMLCanvasElement,
    private readonly overlay: HTMLCanvasElement,
    ready: () => void = () => undefined,
  ) {
    this.picker = new Picker(ready);
  }

  load(data: PlotData): void {
    const old = this.data;
    const isNew = data.whole.places !== old?.whole.places;
    if (isNew || data.whole.codes !== old?.whole.codes) this.hovered = -1;
    this.data = data;
    if (this.layer !== null) this.upload(this.layer, data);
    const same = old?.whole.places.length === data.whole.places.length;
    const moves = isNew && same && this.layer?.canMorph === true && !wantsStillness();
    if (moves && old !== null) this.morph.begin(old.whole.bounds, performance.now());
    else if (isNew) this.morph.stop();
    const styled = data.classes !== old?.classes || data.unlabelled !== old?.unlabelled;
    if (styled || data.map !== old?.map) this.restyle();
  }

  /** Hidden classes changed. */
  restyle(): void {
    this.isColoured = false;
  }

  /** The graphics context was lost, and its buffers with it: points go on the overlay until it is back. */
  lose(): void {
    this.layer = null;
    this.isLost = true;
    this.isColoured = false;
  }

  restore(): void {
    this.layer = null;
    this.isLost = false;
    this.isColoured = false;
  }

  release(): void {
    this.picker.release();
    this.layer?.release();
    this.layer = null;
  }

  get isFitted(): boolean {
    return this.camera === null && (this.turn === null || this.turn.yaw === 0);
  }

  get isMoving(): boolean {
    return this.morph.from !== null;
  }

  get isIndexed(): boolean {
    return this.picker.isReady;
  }

  view(): Camera {
    return this.camera ?? this.fitted();
  }

  fit(): void {
    this.camera = null;
    if (this.turn !== null) this.turn = { yaw: 0, pitch: 0 };
  }

  /** A drag over a turned cloud turns it further. */
  pan(right: number, down: number): void {
    if (this.turn === null) {
      this.camera = cameras.pan(this.view(), right, down);
      return;
    }
    const pitch = this.turn.pitch + down * 0.01;
    this.turn = {
      yaw: this.turn.yaw + right * 0.01,
      pitch: Math.min(Math.PI / 2, Math.max(-Math.PI / 2, pitch)),
    };
  }

  zoom(factor: number, left: number, top: number): void {
    if (this.data === null) return;
    const { bounds } = this.data.whole;
    const finest = this.isCoarse ? this.codeSize() * pixelRatio() : 0;
    this.camera = cameras.zoom(this.view(), this.size, factor, left, top, bounds, finest);
  }

  bounds(): Bounds {
    return cameras.visibleBounds(this.view(), this.size);
  }

  /** Whether the whole's codes are too coarse for this zoom. */
  needsFiner(): boolean {
    if (this.turn !== null || this.data === null) return false;
    return this.view().unit / pixelRatio() < codesAPixel * this.codeSize();
  }

  /** Which codes are drawn: the finer ones, where they cover all that is seen. */
  slot(): Slot {
    const near = this.data?.near ?? null;
    if (near === null || !this.needsFiner()) return "whole";
    return cameras.within(this.bounds(), near.cloud.bounds) ? "near" : "whole";
  }

  toData(left: number, top: number): [number, number] {
    return cameras.toData(this.view(), this.size, left, top);
  }

  /** Where a row's point lies, on the finest codes that are there. */
  placeOf(row: number): [number, number] {
    const { cloud, point } = this.find(row);
    const [x0, x1, y0, y1] = cloud.bounds;
    const x = x0 + (cloud.places[point * 2] / largestCode) * (x1 - x0);
    return [x, y0 + (cloud.places[point * 2 + 1] / largestCode) * (y1 - y0)];
  }

  screenOf(row: number): [number, number] {
    const { cloud, point } = this.find(row);
    const { across, down } = this.projectionOf(cloud);
    const [x, y] = [0, 1].map((axis) => cloud.places[point * 2 + axis] / largestCode);
    const z = (cloud.depths?.[point] ?? 0) / largestCode;
    return [project(across, x, y, z), project(down, x, y, z)];
  }

  /** The row of the point nearest to a place on the screen, or -1. */
  pick(left: number, top: number): number {
    if (this.data === null) return -1;
    const { near, whole } = this.data;
    const isNear = near !== null && this.slot() === "near";
    const cloud = isNear ? near.cloud : whole;
    const { codes } = cloud;
    const isHidden = (point: number): boolean => this.hidden.has(codes === null ? 0 : codes[point]);
    if (this.turn !== null) {
      return pickSolid(whole, this.projectionOf(whole), [left, top], isHidden);
    }
    const found = this.picker.nearest(cloud, this.view(), this.size, [left, top], isHidden);
    return found >= 0 && isNear ? near.rows[found] : found;
  }

  paint(): void {
    const { size, points, data } = this;
    if (data === null || size.width <= 0 || size.height <= 0) return;
    const ratio = sizeCanvas(points, size.width, size.height);
    this.layer ??= this.open(data);
    if (!this.isLost) this.paintPoints(data, ratio);
    this.paintOverlay();
    this.picker.prepare((this.slot() === "near" && data.near?.cloud.places) || data.whole.places);
  }

  paintOverlay(): void {
    const { size, data, crosshair } = this;
    if (data === null || size.width <= 0) return;
    const hovered = this.hovered < 0 ? null : this.screenOf(this.hovered);
    const { context, ratio } = openSurface(this.overlay, size.width, size.height);
    if (context === null) return;
    if (this.isLost) this.paintPoints(data, ratio);
    const isFlat = this.turn === null;
    const cross = isFlat ? crosshair : null;
    const overlay = { camera: this.view(), size, names: data.names, crosshair: cross, hovered };
    drawOverlay(context, { ...overlay, isFlat }, readTheme(this.overlay));
    this.decorate(context);
  }

  /** Whether points are added up at this zoom. */
  isDense(): boolean {
    if (this.layer?.canAdd !== true || this.turn !== null) return false;
    if (this.density !== "automatic") return this.density === "on";
    return this.crowdAt().overlap > crowdedFrom;
  }

  get canAdd(): boolean {
    return this.layer?.canAdd === true;
  }

  private find(row: number): { cloud: Cloud; point: number } {
    const near = this.slot() === "near" ? (this.data?.near ?? null) : null;
    const point = near?.rows.indexOf(row) ?? -1;
    if (near !== null && point >= 0) return { cloud: near.cloud, point };
    if (this.data === null) throw new RangeError("no points");
    return { cloud: this.data.whole, point: row };
  }

  private open(data: PlotData): PointsLayer | null {
    const layer = this.isLost
      ? canvasPoints(this.overlay)
      : (webglPoints(this.points) ?? canvasPoints(this.points));
    if (layer !== null) this.upload(layer, data);
    return layer;
  }

  private upload(layer: PointsLayer, data: PlotData): void {
    layer.load("whole", data.whole);
    if (data.near !== null) layer.load("near", data.near.cloud);
  }

  private fitted(): Camera {
    const fit = (bounds: Bounds): Camera => cameras.fitCamera(bounds, this.size);
    const goal = fit(this.data?.whole.bounds ?? [-1, 1, -1, 1]);
    const { from } = this.morph;
    return from === null ? goal : cameras.between(goal, fit(from), this.left);
  }

  private left = 0;

  /** How much data one code of the whole covers. */
  private codeSize(): number {
    const [x0, x1, y0, y1] = this.data?.whole.bounds ?? [0, 1, 0, 1];
    return Math.max(x1 - x0, y1 - y0) / largestCode;
  }

  private drawn(): Cloud | null {
    const near = this.slot() === "near" ? this.data?.near?.cloud : undefined;
    return near ?? this.data?.whole ?? null;
  }

  private crowdAt(): ReturnType<typeof markerFor> {
    const cloud = this.drawn();
    if (cloud === null) return markerFor(0);
    const { places, bounds } = cloud;
    const found = this.crowding.get(places) ?? crowdingOf(places);
    this.crowding.set(places, found);
    const { unit } = this.view();
    const area = ((bounds[1] - bounds[0]) / unit) * ((bounds[3] - bounds[2]) / unit);
    return markerFor(found / Math.max(1e-9, area));
  }

  private paintPoints(data: PlotData, ratio: number): void {
    const isDark = readTheme(this.overlay).dark;
    if (!this.isColoured || isDark !== this.isDark) {
      const isHidden = (code: number): boolean => this.hidden.has(code);
      const palette = paletteTable(data.classes, data.unlabelled, isHidden);
      this.layer?.colour(palette, mapTable(data.map, isDark));
      Object.assign(this, { isColoured: true, isDark });
    }
    this.layer?.paint(this.slot(), this.picture(data, ratio));
  }

  private picture(data: PlotData, ratio: number): PointsPicture {
    this.left = this.morph.left(performance.now());
    const { from } = this.morph;
    const cloud = this.drawn() ?? data.whole;
    const { diameter, opacity, overlap } = this.crowdAt();
    const before = from === null ? null : this.projectionOf({ ...data.whole, bounds: from });
    return {
      ...this.size,
      ratio,
      projection: this.projectionOf(cloud),
      before: this.slot() === "whole" ? before : null,
      left: this.left,
      diameter,
      opacity: this.turn === null ? opacity : 0.9,
      isDense: this.isDense(),
      crowd: (overlap * 3) / this.thin,
      thin: this.thin,
      isSolid: this.turn !== null,
      byValue: this.byValue && cloud.values !== null,
    };
  }

  private projectionOf(cloud: Cloud): Projection {
    const view = this.view();
    if (this.turn !== null) return projectSolid(cloud, view, this.size, this.turn);
    return projectFlat(cloud, view, this.size);
  }
}
