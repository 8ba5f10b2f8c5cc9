/** Where the images of a grid stand. Rows are paired by column, so a block of rows wraps as one. */

export interface GridShape {
  rows: number;
  count: number;
  height: number;
  width: number;
}

export interface Layout {
  /** Side lengths of one image in CSS pixels. */
  cellWidth: number;
  cellHeight: number;
  gap: number;
  /** Images in one band, and how many bands of all rows. */
  columns: number;
  bands: number;
  bandHeight: number;
  /** Images that are drawn; fewer than all only when the canvas would grow past any screen. */
  shown: number;
  canvasWidth: number;
  canvasHeight: number;
  /** Whether every image pixel covers the same whole number of device pixels. */
  even: boolean;
}

export interface Space {
  width: number;
  ratio: number;
  captionHeight: number;
}

const wantedCell = 48;
const smallestCell = 36;
const largestCell = 128;
const narrowGap = 3;
const wideGap = 12;
const bandGap = 10;
const comfortableHeight = 900;
const tallest = 3000;

/** Round a scale down so that image pixels fall on whole device pixels. */
function crisp(scale: number, ratio: number): number {
  const steps = Math.floor(scale * ratio + 1e-6);
  return steps >= 1 ? steps / ratio : scale;
}

function scaleForOneBand(shape: GridShape, space: Space): number {
  const room = (space.width - (shape.count - 1) * narrowGap) / shape.count;
  const side = Math.max(shape.width, shape.height);
  return crisp(Math.min(room / shape.width, Math.max(1, largestCell / side)), space.ratio);
}

function columnsAt(scale: number, shape: GridShape, width: number): number {
  const fitting = Math.floor((width + narrowGap) / (shape.width * scale + narrowGap));
  return Math.min(shape.count, Math.max(1, fitting));
}

function heightAt(scale: number, shape: GridShape, space: Space): number {
  const bands = Math.ceil(shape.count / columnsAt(scale, shape, space.width));
  return bands * (shape.rows * (shape.height * scale + narrowGap) + space.captionHeight + bandGap);
}

function scaleForManyBands(shape: GridShape, space: Space): number {
  const side = Math.max(shape.width, shape.height);
  const whole = Math.max(1, Math.round(wantedCell / side));
  let scale = Math.min(whole, space.width / shape.width);
  while (scale > 1 && heightAt(scale, shape, space) > comfortableHeight) scale -= 1;
  return crisp(scale, space.ratio);
}

function chooseScale(shape: GridShape, space: Space): number {
  const single = scaleForOneBand(shape, space);
  const side = Math.max(shape.width, shape.height);
  const wholePixels = single * space.ratio >= 1;
  if (wholePixels && single * side >= Math.min(smallestCell, side)) {
    if (single * side >= smallestCell || shape.count === 1) return single;
  }
  return scaleForManyBands(shape, space);
}

export function layImages(shape: GridShape, space: Space): Layout {
  const scale = chooseScale(shape, space);
  const cellWidth = shape.width * scale;
  const cellHeight = shape.height * scale;
  const columns = columnsAt(scale, shape, space.width);
  const spare = columns > 1 ? (space.width - columns * cellWidth) / (columns - 1) : narrowGap;
  const gap = Math.max(2, Math.min(wideGap, Math.floor(spare)));
  const rowsHeight = shape.rows * cellHeight + (shape.rows - 1) * gap;
  const bandHeight = rowsHeight + space.captionHeight + bandGap;
  const allBands = Math.ceil(shape.count / columns);
  const bands = Math.min(allBands, Math.max(1, Math.floor(tallest / bandHeight)));
  return {
    cellWidth,
    cellHeight,
    gap,
    columns,
    bands,
    bandHeight,
    shown: Math.min(shape.count, bands * columns),
    canvasWidth: columns * cellWidth + (columns - 1) * gap,
    canvasHeight: bands * bandHeight - bandGap,
    even: Math.abs(scale * space.ratio - Math.round(scale * space.ratio)) < 1e-6,
  };
}

export interface Place {
  row: number;
  image: number;
  y: number;
  x: number;
}

/** The top left corner of an image in CSS pixels. */
export function cornerOf(
  layout: Layout,
  row: number,
  image: number,
): { left: number; top: number } {
  const band = Math.floor(image / layout.columns);
  return {
    left: (image % layout.columns) * (layout.cellWidth + layout.gap),
    top: band * layout.bandHeight + row * (layout.cellHeight + layout.gap),
  };
}

/** The image pixel under a point of the canvas, or null in a gap. */
export function placeAt(layout: Layout, shape: GridShape, left: number, top: number): Place | null {
  const band = Math.floor(top / layout.bandHeight);
  const inBand = top - band * layout.bandHeight;
  const row = Math.floor(inBand / (layout.cellHeight + layout.gap));
  const column = Math.floor(left / (layout.cellWidth + layout.gap));
  const image = band * layout.columns + column;
  if (left < 0 || top < 0 || row >= shape.rows || column >= layout.columns) return null;
  if (band >= layout.bands || image >= shape.count) return null;
  const corner = cornerOf(layout, row, image);
  const x = Math.floor(((left - corner.left) / layout.cellWidth) * shape.width);
  const y = Math.floor(((top - corner.top) / layout.cellHeight) * shape.height);
  if (x >= shape.width || y >= shape.height) return null;
  return { row, image, y, x };
}
