/** Walking over image pixels with the keyboard; leaving an image enters its neighbour. */
import type { Place } from "../draw/image_layout";

export interface Extent {
  rows: number;
  count: number;
  height: number;
  width: number;
}

const start: Place = { row: 0, image: 0, y: 0, x: 0 };

function clamp(value: number, length: number): number {
  return Math.min(length - 1, Math.max(0, value));
}

function across(place: Place, extent: Extent, by: number): Place {
  const x = place.x + by;
  if (x >= 0 && x < extent.width) return { ...place, x };
  const image = place.image + by;
  if (image < 0 || image >= extent.count) return place;
  return { ...place, image, x: by > 0 ? 0 : extent.width - 1 };
}

function down(place: Place, extent: Extent, by: number): Place {
  const y = place.y + by;
  if (y >= 0 && y < extent.height) return { ...place, y };
  const row = place.row + by;
  if (row < 0 || row >= extent.rows) return place;
  return { ...place, row, y: by > 0 ? 0 : extent.height - 1 };
}

/** The place after a key, or null for a key that moves nothing. With `whole`, whole images. */
export function movePlace(
  place: Place | null,
  extent: Extent,
  key: string,
  whole: boolean,
): Place | null {
  const from = place ?? start;
  const direction = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[key];
  if (key === "Home") return { ...from, image: 0, x: 0 };
  if (key === "End") return { ...from, image: extent.count - 1, x: extent.width - 1 };
  if (direction === undefined) return null;
  // The first arrow only shows where the cursor is.
  if (place === null) return start;
  const sideways = key === "ArrowLeft" || key === "ArrowRight";
  if (whole && sideways) return { ...from, image: clamp(from.image + direction, extent.count) };
  if (whole) return { ...from, row: clamp(from.row + direction, extent.rows) };
  return sideways ? across(from, extent, direction) : down(from, extent, direction);
}
