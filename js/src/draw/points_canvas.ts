/** Points on a 2-D canvas, for browsers without WebGL2. */
import {
  type Cloud,
  fadedShare,
  largestCode,
  type PointsLayer,
  type PointsPicture,
  project,
  Shape,
  type Slot,
} from "./points";

/** Arcs are slow; past this many points squares of the same size stand in. */
const mostArcs = 20_000;
/** Past this many even squares are slow: of more, evenly many are left out. */
const mostSquares = 200_000;

class CanvasPoints implements PointsLayer {
  readonly canMorph = false;
  readonly canAdd = false;
  readonly #clouds = new Map<Slot, Cloud>();
  #palette: Uint8Array = new Uint8Array(4);
  #map: Uint8Array = new Uint8Array(4);

  constructor(private readonly context: CanvasRenderingContext2D) {}

  load(slot: Slot, cloud: Cloud): void {
    this.#clouds.set(slot, cloud);
  }

  colour(palette: Uint8Array, map: Uint8Array): void {
    this.#palette = palette;
    this.#map = map;
  }

  paint(slot: Slot, picture: PointsPicture): void {
    const { context } = this;
    const cloud = this.#clouds.get(slot);
    context.setTransform(picture.ratio, 0, 0, picture.ratio, 0, 0);
    context.clearRect(0, 0, picture.width, picture.height);
    if (cloud === undefined) return;
    const count = cloud.places.length / 2;
    const step = Math.max(1, Math.ceil(count / mostSquares));
    for (const turn of cloud.chosen === null ? [null] : [false, true]) {
      for (let point = 0; point < count; point += step) {
        if (turn === null || (cloud.chosen?.[point] === 255) === turn) {
          this.#mark(cloud, point, picture, turn);
        }
      }
    }
    context.globalAlpha = 1;
  }

  release(): void {}

  #mark(cloud: Cloud, point: number, picture: PointsPicture, turn: boolean | null): void {
    const { context } = this;
    const code = (cloud.codes?.[point] ?? 0) * 4;
    let [red, green, blue, shape] = this.#palette.subarray(code, code + 4);
    if (shape === Shape.hidden) return;
    if (picture.byValue && cloud.values !== null) {
      const entry = cloud.values[point] * 4;
      [red, green, blue, shape] = this.#map.subarray(entry, entry + 4);
    }
    const x = cloud.places[point * 2] / largestCode;
    const y = cloud.places[point * 2 + 1] / largestCode;
    const z = cloud.depths === null ? 0.5 : cloud.depths[point] / largestCode;
    const left = project(picture.projection.across, x, y, z);
    const top = project(picture.projection.down, x, y, z);
    const { diameter } = picture;
    const away = picture.isSolid ? project(picture.projection.away, x, y, z) : 0;
    context.globalAlpha = picture.opacity * (turn === false ? fadedShare : 1) * (1 - 0.7 * away);
    context.fillStyle = context.strokeStyle = `rgb(${red}, ${green}, ${blue})`;
    if (cloud.places.length / 2 > mostArcs) {
      context.fillRect(left - diameter / 2, top - diameter / 2, diameter, diameter);
      return;
    }
    context.beginPath();
    context.arc(left, top, diameter / 2, 0, 2 * Math.PI);
    if (shape === Shape.ring) context.stroke();
    else context.fill();
  }
}

export function canvasPoints(canvas: HTMLCanvasElement): PointsLayer | null {
  const context = canvas.getContext("2d");
  return context === null ? null : new CanvasPoints(context);
}
