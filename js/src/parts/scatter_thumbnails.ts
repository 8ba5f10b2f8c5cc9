/** A few samples' own images, laid sparsely over the cloud: asked for when the view has come to rest. */

import { css, markOf } from "../draw/colours";
import type { ScatterPlot } from "../draw/scatter_plot";
import { spreadThumbnails } from "../draw/thumbnail_places";
import type { Stage, ViewTraits } from "../model";
import { type Packed, unpackOptional } from "../wire";
import { element } from "./elements";
import type { CloudReading } from "./scatter_reading";
import { paintThumbnail } from "./thumbnail";

export interface ThumbnailTraits extends ViewTraits {
  points: Packed | null;
  thumbnails: Packed | null;
  thumbnail_rows: Packed | null;
  unlabelled: number;
}

/** CSS pixels from one image to the next, and how many there may be. */
const cell = 58;
const side = 26;
const most = 150;
const rest = 160;

export class Thumbnails<Traits extends ThumbnailTraits> {
  isOn = false;
  readonly #sprites = new Map<number, HTMLCanvasElement>();
  #standings: ReturnType<typeof spreadThumbnails> = [];
  #packed: Packed | null = null;
  #points: Packed | null = null;
  #width = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #stage: Stage<Traits>;
  readonly #plot: ScatterPlot;
  readonly #reading: CloudReading;

  constructor(stage: Stage<Traits>, plot: ScatterPlot, reading: CloudReading) {
    this.#stage = stage;
    this.#plot = plot;
    this.#reading = reading;
    stage.signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
  }

  get shown(): number {
    return this.isOn ? this.#standings.filter(({ row }) => this.#sprites.has(row)).length : 0;
  }

  toggle(): void {
    this.isOn = !this.isOn;
    if (this.isOn) this.#ask();
  }

  /** The view moved: images leave at once and others come when it rests. */
  moved(): void {
    clearTimeout(this.#timer);
    if (!this.isOn) return;
    this.#standings = [];
    this.#timer = setTimeout(() => this.#ask(), rest);
  }

  /** Take in the frame. */
  read(): void {
    const { model } = this.#stage;
    const packed = model.get("thumbnails");
    if (packed !== this.#packed) this.#unpack(packed, model.get("thumbnail_rows"));
    this.#packed = packed;
    const points = model.get("points");
    const { width } = this.#plot.size;
    if ((points !== this.#points || width !== this.#width) && this.isOn) this.moved();
    this.#points = points;
    this.#width = width;
  }

  draw(context: CanvasRenderingContext2D): void {
    if (!this.isOn) return;
    for (const { row, left, top } of this.#standings) {
      const sprite = this.#sprites.get(row);
      if (sprite === undefined) continue;
      const width = Number.parseFloat(sprite.style.width);
      const height = Number.parseFloat(sprite.style.height);
      const [x, y] = [Math.round(left - width / 2), Math.round(top - height / 2)];
      context.imageSmoothingEnabled = false;
      context.drawImage(sprite, x, y, width, height);
      const code = this.#reading.cloud?.codes?.[row] ?? 0;
      context.lineWidth = 2;
      context.strokeStyle = css(markOf(code, this.#stage.model.get("unlabelled")).colour);
      context.strokeRect(x - 1, y - 1, width + 2, height + 2);
    }
  }

  #ask(): void {
    const [plot, reading] = [this.#plot, this.#reading];
    const cloud = reading.cloud;
    if (cloud === null) return;
    const isHidden = (row: number): boolean => plot.hidden.has(cloud.codes?.[row] ?? 0);
    const spotOf = plot.spots();
    const count = cloud.places.length / 2;
    this.#standings = spreadThumbnails(count, spotOf, plot.size, { cell, side, most }, isHidden);
    this.#stage.send("illustrate", { rows: this.#standings.map(({ row }) => row) });
    plot.paintOverlay();
  }

  #unpack(packed: Packed | null, packedRows: Packed | null): void {
    this.#sprites.clear();
    const images = unpackOptional(packed);
    const rows = unpackOptional(packedRows);
    if (images === null || rows === null || images.shape.length !== 4) return;
    const [count, height, width, channels] = images.shape;
    const size = height * width * channels;
    for (let at = 0; at < Math.min(count, rows.data.length); at++) {
      const data = images.data.subarray(at * size, (at + 1) * size);
      const canvas = element("canvas");
      paintThumbnail(canvas, { data, height, width, channels }, [0, 255], side);
      this.#sprites.set(rows.data[at], canvas);
    }
  }
}
