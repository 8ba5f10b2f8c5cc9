/** A scatter of quantised points with a camera: two stacked canvases, a renderer, a picker. */

import type { Bounds, Camera, Size } from "./camera";
import * as cameras from "./camera";
import { openSurface, sizeCanvas } from "./canvas";
import { readTheme } from "./colours";
import {
  type Cloud,
  crowdedFrom,
  largestCode,
  type PointsLayer,
  type PointsPicture,
  type Projection,
  project,
  type Slot,
} from "./points";
import { canvasPoints } from "./points_canvas";
import { mapTable, paletteTable } from "./points_colours";
import { webglPoints } from "./points_webgl";
import { drawOverlay } from "./scatter_axes";
import { Morph, wantsStillness } from "./scatter_morph";
import { Pace } from "./scatter_pace";
import { Picker, pickSolid } from "./scatter_pick";
import { projectFlat, projectSolid, type Turn } from "./scatter_projection";
import { dataOf, type PlotData, Scene } from "./scatter_scene";

/** So many points are seen in two goes. */
const crowd = 400_000;

export type Density = "automatic" | "on" | "off";

const partsOf = ({ whole, near }: PlotData): unknown[] =>
  [whole, near?.cloud ?? {}].flatMap((cloud) => Object.values(cloud));

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
  /** Called after each paint, those that the plot began by itself too. */
  painted: () => void = () => undefined;
  readonly hidden = new Set<number>();
  #scene: Scene | null = null;
  #camera: Camera | null = null;
  #left = 0;
  #layer: PointsLayer | null = null;
  #isColoured = false;
  #isLost = false;
  #isDark: boolean | null = null;
  /** What the canvas holds, in words; nothing once that is out of date. */
  #shown = "";
  readonly #morph = new Morph();
  readonly #picker: Picker;
  readonly #pace = new Pace(() => this.paint());

  constructor(
    private readonly points: HTMLCanvasElement,
    private readonly overlay: HTMLCanvasElement,
    ready: () => void = () => undefined,
  ) {
    this.#picker = new Picker(ready);
  }

  load(data: PlotData): void {
    const old = this.#scene?.data;
    const isNew = data.whole.places !== old?.whole.places;
    if (isNew || data.whole.codes !== old?.whole.codes) this.hovered = -1;
    this.#scene = new Scene(data);
    const parts = partsOf(data);
    if (old === undefined || partsOf(old).some((part, at) => part !== parts[at])) this.#shown = "";
    if (this.#layer !== null) this.#upload(this.#layer, data);
    const moves = isNew && this.#layer?.canMorph === true && !wantsStillness();
    if (moves && old !== undefined) this.#morph.begin(old.whole.bounds, performance.now());
    else if (isNew) this.#morph.stop();
    const styled = data.classes !== old?.classes || data.unlabelled !== old?.unlabelled;
    if (styled || data.map !== old?.map) this.restyle();
  }

  /** Hidden classes changed. */
  restyle(): void {
    this.#isColoured = false;
  }

  /** The graphics context was lost, and its buffers with it: points go on the overlay until it is back. */
  lose(isLost = true): void {
    this.#layer = null;
    this.#isLost = isLost;
    this.restyle();
  }

  restore(): void {
    this.lose(false);
  }

  release(): void {
    this.#picker.release();
    this.#pace.release();
    this.#layer?.release();
    this.#layer = null;
  }

  get isFitted(): boolean {
    return this.#camera === null && (this.turn === null || this.turn.yaw === 0);
  }

  get isIndexed(): boolean {
    return this.#picker.isReady;
  }

  view(): Camera {
    // Where the axes go they are at once: only points travel, or a click would miss its place.
    const bounds = this.#scene?.data.whole.bounds ?? [-1, 1, -1, 1];
    return this.#camera ?? cameras.fitCamera(bounds, this.size);
  }

  fit(): void {
    this.#camera = null;
    if (this.turn !== null) this.turn = { yaw: 0, pitch: 0 };
  }

  /** A drag over a turned cloud turns it further. */
  pan(right: number, down: number): void {
    if (this.turn === null) {
      this.#camera = cameras.pan(this.view(), right, down);
      return;
    }
    const pitch = this.turn.pitch + down * 0.01;
    this.turn = {
      yaw: this.turn.yaw + right * 0.01,
      pitch: Math.min(Math.PI / 2, Math.max(-Math.PI / 2, pitch)),
    };
  }

  zoom(factor: number, left: number, top: number): void {
    if (this.#scene === null) return;
    const { bounds } = this.#scene.data.whole;
    const finest = this.isCoarse ? this.#scene.finestUnit : 0;
    this.#camera = cameras.zoom(this.view(), this.size, factor, left, top, bounds, finest);
  }

  bounds(): Bounds {
    return cameras.visibleBounds(this.view(), this.size);
  }

  /** Whether the whole's codes are too coarse for this zoom. */
  needsFiner(): boolean {
    return this.turn === null && this.#scene?.needsFiner(this.view()) === true;
  }

  slot(): Slot {
    return this.turn === null ? (this.#scene?.slot(this.view(), this.size) ?? "whole") : "whole";
  }

  toData(left: number, top: number): [number, number] {
    return cameras.toData(this.view(), this.size, left, top);
  }

  /** Where a row's point lies, on the finest codes that are there. */
  placeOf(row: number): [number, number] {
    return this.#scene === null ? [0, 0] : dataOf(this.#scene.find(row, this.slot()));
  }

  screenOf(row: number): [number, number] {
    if (this.#scene === null) return [0, 0];
    const { cloud, point } = this.#scene.find(row, this.slot());
    const { across, down } = this.#projectionOf(cloud);
    const [x, y] = [0, 1].map((axis) => cloud.places[point * 2 + axis] / largestCode);
    const z = (cloud.depths?.[point] ?? 0) / largestCode;
    return [project(across, x, y, z), project(down, x, y, z)];
  }

  /** A quick {@link screenOf} for many rows in turn. */
  spots(): (row: number) => [number, number] {
    if (this.#scene === null) return () => [-1, -1];
    const { whole } = this.#scene.data;
    const { across, down } = this.#projectionOf(whole);
    return (row) => {
      const x = whole.places[row * 2] / largestCode;
      const y = whole.places[row * 2 + 1] / largestCode;
      const z = (whole.depths?.[row] ?? 0) / largestCode;
      return [project(across, x, y, z), project(down, x, y, z)];
    };
  }

  /** The row of the point nearest to a place on the screen, or -1. */
  pick(left: number, top: number): number {
    const scene = this.#scene;
    if (scene === null) return -1;
    const slot = this.slot();
    const cloud = scene.drawn(slot);
    const { codes } = cloud;
    const isHidden = (point: number): boolean => this.hidden.has(codes === null ? 0 : codes[point]);
    if (this.turn !== null) {
      return pickSolid(cloud, this.#projectionOf(cloud), [left, top], isHidden);
    }
    const found = this.#picker.nearest(cloud, this.view(), this.size, [left, top], isHidden);
    return scene.rowOf(found, slot);
  }

  /** Paint in the next frame: a person moves the plot. What is said of it is said at once. */
  paintMoved(): void {
    this.painted();
    this.#moved();
  }

  paint(): void {
    const scene = this.#scene;
    const { size, points } = this;
    if (scene === null || size.width <= 0 || size.height <= 0) return;
    const ratio = sizeCanvas(points, size.width, size.height);
    const isFirst = this.#layer === null;
    this.#layer ??= this.#open(scene.data);
    // The first sight of a crowd is a share of it, all the rest follows.
    if (isFirst && scene.data.whole.places.length > crowd * 2) {
      this.#moved();
      return;
    }
    this.#left = this.#morph.left(performance.now());
    if (!this.#isLost) this.#paintPoints(scene, ratio);
    this.paintOverlay();
    this.painted();
    this.#picker.prepare(scene.drawn(this.slot()).places);
    if (this.#morph.from !== null) this.#moved();
  }

  /** The crosshair moved: the points stay as they are, which a million of them take kindly. */
  paintCrosshair(): void {
    this.paintOverlay();
    this.painted();
  }

  paintOverlay(): void {
    const scene = this.#scene;
    const { size, crosshair } = this;
    if (scene === null || size.width <= 0) return;
    const hovered = this.hovered < 0 ? null : this.screenOf(this.hovered);
    const { context, ratio } = openSurface(this.overlay, size.width, size.height);
    if (context === null) return;
    if (this.#isLost) this.#paintPoints(scene, ratio);
    const { names } = scene.data;
    const { turn } = this;
    const overlay = { camera: this.view(), size, names, crosshair, hovered, turn };
    drawOverlay(context, overlay, readTheme(this.overlay));
    this.decorate(context);
  }

  /** Whether points are added up at this zoom. */
  isDense(): boolean {
    if (this.#layer?.canAdd !== true || this.turn !== null) return false;
    if (this.density !== "automatic") return this.density === "on";
    const overlap = this.#scene?.marker(this.slot(), this.view()).overlap ?? 0;
    return overlap > crowdedFrom;
  }

  get canAdd(): boolean {
    return this.#layer?.canAdd === true;
  }

  #moved(): void {
    this.#pace.moved((this.#scene?.data.whole.places.length ?? 0) / 2);
  }

  #open(data: PlotData): PointsLayer | null {
    const layer = this.#isLost
      ? canvasPoints(this.overlay)
      : (webglPoints(this.points) ?? canvasPoints(this.points));
    if (layer !== null) this.#upload(layer, data);
    return layer;
  }

  #upload(layer: PointsLayer, data: PlotData): void {
    layer.load("whole", data.whole);
    if (data.near !== null) layer.load("near", data.near.cloud);
  }

  #paintPoints(scene: Scene, ratio: number): void {
    const isDark = readTheme(this.overlay).dark;
    if (!this.#isColoured || isDark !== this.#isDark) {
      const { classes, unlabelled, map } = scene.data;
      const palette = paletteTable(classes, unlabelled, (code) => this.hidden.has(code));
      this.#layer?.colour(palette, mapTable(map, isDark));
      this.#isColoured = true;
      this.#isDark = isDark;
      this.#shown = "";
    }
    const [slot, picture] = [this.slot(), this.#picture(scene, ratio)];
    // A canvas keeps its picture, and a million points drawn once more would take long.
    const shown = JSON.stringify([slot, picture]);
    if (shown === this.#shown && !this.#isLost) return;
    this.#shown = shown;
    this.#layer?.paint(slot, picture);
  }

  #picture(scene: Scene, ratio: number): PointsPicture {
    const { from } = this.#morph;
    const slot = this.slot();
    const cloud = scene.drawn(slot);
    const { diameter, opacity, overlap } = scene.marker(slot, this.view());
    const before = from === null ? null : this.#projectionOf({ ...scene.data.whole, bounds: from });
    const thin = this.#pace.thinOf(cloud.places.length / 2);
    return {
      ...this.size,
      ratio,
      projection: this.#projectionOf(cloud),
      before: slot === "whole" ? before : null,
      left: this.#left,
      diameter,
      opacity: this.turn === null ? opacity : 0.9,
      isDense: this.isDense(),
      crowd: (overlap * 3) / thin,
      thin,
      isSolid: this.turn !== null,
      byValue: this.byValue && cloud.values !== null,
    };
  }

  #projectionOf(cloud: Cloud): Projection {
    const view = this.view();
    if (this.turn !== null) return projectSolid(cloud, view, this.size, this.turn);
    return projectFlat(cloud, view, this.size);
  }
}
