/** What a renderer of points is asked to do, and how points are coloured. */
import { markOf } from "./colours";

/** How codes 0..1 become CSS pixels: `left = code * scaleX + offsetX`, and down for y. */
export interface Projection {
  scaleX: number;
  offsetX: number;
  scaleY: number;
  offsetY: number;
}

export interface PointsPicture {
  width: number;
  height: number;
  ratio: number;
  projection: Projection;
  /** Marker diameter in CSS pixels. */
  diameter: number;
  opacity: number;
}

export interface PointsLayer {
  /** `places` are uint16 pairs; `styles` four bytes a point: red, green, blue and a {@link Shape}. */
  upload(places: Uint16Array, styles: Uint8Array): void;
  paint(picture: PointsPicture): void;
  release(): void;
}

export const Shape = { hidden: 0, ring: 128, disc: 255 } as const;

export function stylePoints(
  count: number,
  codes: ArrayLike<number> | null,
  unlabelled: number,
  isHidden: (code: number) => boolean,
): Uint8Array {
  const styles = new Uint8Array(count * 4);
  const known = new Map<number, readonly [number, number, number, number]>();
  for (let point = 0; point < count; point++) {
    const code = codes === null ? 0 : codes[point];
    let style = known.get(code);
    if (style === undefined) {
      const { colour, ring } = markOf(code, unlabelled);
      const shape = isHidden(code) ? Shape.hidden : ring ? Shape.ring : Shape.disc;
      style = [...colour, shape];
      known.set(code, style);
    }
    styles.set(style, point * 4);
  }
  return styles;
}

/** Many points are drawn small and faint so that density stays readable; zooming in makes them grow. */
export function markerFor(count: number, closeness: number): { diameter: number; opacity: number } {
  const crowd = Math.log10(Math.max(10, count));
  const diameter = Math.min(7, Math.max(1.6, 7.8 - 1.35 * crowd));
  const growth = Math.min(2.2, Math.max(1, closeness) ** 0.3);
  return {
    diameter: diameter * growth,
    opacity: Math.min(0.9, Math.max(0.35, 1.5 - 0.19 * crowd)),
  };
}
