/** A scatter of quantised points with a camera: two stacked canvases and an index. */
import {
  type Bounds,
  type Camera,
  fitCamera,
  pan,
  type Size,
  toData,
  visibleBounds,
  zoom,
} from "./camera";
import { openSurface, sizeCanvas } from "./canvas";
import { readTheme } from "./colours";
import { PointIndex } from "./point_index";
import {
  markerFor,
  type PointsLayer,
  type PointsPicture,
  type Projection,
  stylePoints,
} from "./points";
import { canvasPoints } from "./points_canvas";
import { webglPoints } from "./points_webgl";
import { drawOverlay } from "./scatter_axes";

const largestCode = 65535;
const pickRadius = 12;

export interface PlotData {
  places: Uint16Array;
  bounds: Bounds;
  codes: ArrayLike<number> | null;
  unlabelled: number;
  names: readonly [string, string];
}

export class ScatterPlot {
  size: Size = { width: 0, height: 0 };
  crosshair: readonly [number, number] | null = null;
  hovered = -1;
  readonly hidden = new Set<number>();
  private data: PlotData | null = null;
  private camera: Camera | null = null;
  private layer: PointsLayer | null = null;
  private index: PointIndex | null = null;
  private isStale = true;
  private isLost = false;

  constructor(
    private readonly points: HTMLCanvasElement,
    private readonly overlay: HTMLCanvasElement,
  ) {}

  load(data: PlotData): void {
    if (data.places !== this.data?.places) this.index = null;
    if (data.places !== this.data?.places || data.codes !== this.data?.codes) this.hovered = -1;
    this.data = data;
    this.restyle();
  }

  /** Hidden classes changed. */
  restyle(): void {
    this.isStale = true;
  }

  /** The graphics context was lost, and its buffers with it: points go on the overlay until it is back. */
  lose(): void {
    this.layer = null;
    this.isLost = true;
    this.isStale = true;
  }

  restore(): void {
    this.layer = null;
    this.isLost = false;
    this.isStale = true;
  }

  release(): void {
    this.layer?.release();
    this.layer = null;
  }

  get isFitted(): boolean {
    return this.camera === null;
  }

  view(): Camera {
    return this.camera ?? fitCamera(this.data?.bounds ?? [-1, 1, -1, 1], this.size);
  }

  fit(): void {
    this.camera = null;
  }

  pan(right: number, down: number): void {
    this.camera = pan(this.view(), right, down);
  }

  zoom(factor: number, left: number, top: number): void {
    if (this.data === null) return;
    this.camera = zoom(this.view(), this.size, factor, left, top, this.data.bounds);
  }

  bounds(): Bounds {
    return visibleBounds(this.view(), this.size);
  }

  toData(left: number, top: number): [number, number] {
    return toData(this.view(), this.size, left, top);
  }

  placeOf(point: number): [number, number] {
    if (this.data === null) return [0, 0];
    const [x0, x1, y0, y1] = this.data.bounds;
    const x = x0 + (this.data.places[point * 2] / largestCode) * (x1 - x0);
    return [x, y0 + (this.data.places[point * 2 + 1] / largestCode) * (y1 - y0)];
  }

  /** The point nearest to a place on the screen, or -1. */
  pick(left: number, top: number): number {
    if (this.data === null || this.data.places.length === 0) return -1;
    const { places, bounds, codes } = this.data;
    this.index ??= new PointIndex(places);
    const [x, y] = this.toData(left, top);
    const { unit } = this.view();
    const [wide, high] = [
      (bounds[1] - bounds[0]) / largestCode,
      (bounds[3] - bounds[2]) / largestCode,
    ];
    const reach = { scaleX: wide / unit, scaleY: high / unit, radius: pickRadius };
    const isHidden = (point: number): boolean => this.hidden.has(codes === null ? 0 : codes[point]);
    return this.index.nearest((x - bounds[0]) / wide, (y - bounds[2]) / high, reach, isHidden);
  }

  paint(): void {
    const { size, points, data } = this;
    if (data === null || size.width <= 0 || size.height <= 0) return;
    const ratio = sizeCanvas(points, size.width, size.height);
    this.layer ??= this.isLost
      ? canvasPoints(this.overlay)
      : (webglPoints(points) ?? canvasPoints(points));
    if (this.isStale) this.upload(data);
    if (!this.isLost) this.layer?.paint(this.picture(data, ratio));
    this.paintOverlay();
  }

  paintOverlay(): void {
    const { size, data, crosshair } = this;
    if (data === null || size.width <= 0) return;
    const hovered = this.hovered < 0 ? null : this.placeOf(this.hovered);
    const { context, ratio } = openSurface(this.overlay, size.width, size.height);
    if (context === null) return;
    if (this.isLost) this.layer?.paint(this.picture(data, ratio));
    const overlay = { camera: this.view(), size, names: data.names, crosshair, hovered };
    drawOverlay(context, overlay, readTheme(this.overlay));
  }

  private picture(data: PlotData, ratio: number): PointsPicture {
    const view = this.view();
    const closeness = fitCamera(data.bounds, this.size).unit / view.unit;
    const marker = markerFor(data.places.length / 2, closeness);
    return { ...this.size, ratio, projection: this.project(data, view), ...marker };
  }

  private upload(data: PlotData): void {
    const isHidden = (code: number): boolean => this.hidden.has(code);
    const styles = stylePoints(data.places.length / 2, data.codes, data.unlabelled, isHidden);
    this.layer?.upload(data.places, styles);
    this.isStale = false;
  }

  private project(data: PlotData, view: Camera): Projection {
    const [x0, x1, y0, y1] = data.bounds;
    return {
      scaleX: (x1 - x0) / view.unit,
      offsetX: this.size.width / 2 + (x0 - view.x) / view.unit,
      scaleY: -(y1 - y0) / view.unit,
      offsetY: this.size.height / 2 - (y0 - view.y) / view.unit,
    };
  }
}
