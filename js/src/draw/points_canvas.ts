/** Points on a 2-D canvas, for browsers without WebGL2. */
import { type PointsLayer, type PointsPicture, Shape } from "./points";

/** Arcs are slow; past this many points squares of the same size stand in. */
const mostArcs = 20_000;
const largestCode = 65535;

class CanvasPoints implements PointsLayer {
  private places: Uint16Array = new Uint16Array(0);
  private styles: Uint8Array = new Uint8Array(0);

  constructor(private readonly context: CanvasRenderingContext2D) {}

  upload(places: Uint16Array, styles: Uint8Array): void {
    this.places = places;
    this.styles = styles;
  }

  paint(picture: PointsPicture): void {
    const { context } = this;
    context.setTransform(picture.ratio, 0, 0, picture.ratio, 0, 0);
    context.clearRect(0, 0, picture.width, picture.height);
    context.globalAlpha = picture.opacity;
    for (let point = 0; point < this.places.length / 2; point++) this.mark(point, picture);
    context.globalAlpha = 1;
  }

  release(): void {}

  private mark(point: number, { projection, diameter }: PointsPicture): void {
    const { context, places, styles } = this;
    const shape = styles[point * 4 + 3];
    if (shape === Shape.hidden) return;
    const left = (places[point * 2] / largestCode) * projection.scaleX + projection.offsetX;
    const top = (places[point * 2 + 1] / largestCode) * projection.scaleY + projection.offsetY;
    const [red, green, blue] = styles.subarray(point * 4, point * 4 + 3);
    context.fillStyle = context.strokeStyle = `rgb(${red}, ${green}, ${blue})`;
    if (places.length / 2 > mostArcs) {
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
