/** Tensors as pixels, without smoothing: every device pixel shows one image pixel. */
import { diverging } from "./colours";

export interface Images {
  /** `[rows, count, height, width, channels]`, C order. */
  data: ArrayLike<number>;
  rows: number;
  count: number;
  height: number;
  width: number;
  channels: number;
}

export interface RowStyle {
  kind: "sequential" | "diverging";
  range: readonly [number, number];
}

export interface Raster {
  data: Uint8ClampedArray;
  width: number;
  height: number;
}

/** Where one image goes, in device pixels. */
export interface Target {
  left: number;
  top: number;
  width: number;
  height: number;
}

const tableSize = 512;
const colourOfNan = [214, 0, 147] as const;
const hatchPeriod = 4;

/** Colours along the range of a one-channel row, computed once a row. */
export function colourTable(style: RowStyle, dark: boolean): Uint8ClampedArray {
  const table = new Uint8ClampedArray((tableSize + 1) * 3);
  for (let index = 0; index <= tableSize; index++) {
    const share = index / tableSize;
    const grey = share * 255;
    const colour = style.kind === "diverging" ? diverging(share * 2 - 1, dark) : [grey, grey, grey];
    table.set(colour, index * 3);
  }
  return table;
}

/** Diverging ranges are centred on zero, whatever the two ends are. */
function limitsOf(style: RowStyle): [low: number, span: number] {
  const [low, high] = style.range;
  if (style.kind === "sequential") return [low, high - low || 1];
  const reach = Math.max(Math.abs(low), Math.abs(high)) || 1;
  return [-reach, 2 * reach];
}

type Painter = (source: number, target: number, hatch: boolean) => void;

function hatchPainter(raster: Raster): (target: number, hatch: boolean) => void {
  const { data } = raster;
  return (target, hatch) => {
    const shade = hatch ? 1 : 0.45;
    data[target] = colourOfNan[0] * shade;
    data[target + 1] = colourOfNan[1] * shade;
    data[target + 2] = colourOfNan[2] * shade;
    data[target + 3] = 255;
  };
}

function singlePainter(
  images: Images,
  style: RowStyle,
  table: Uint8ClampedArray,
  raster: Raster,
): Painter {
  const [low, span] = limitsOf(style);
  const paintNan = hatchPainter(raster);
  return (source, target, hatch) => {
    const value = images.data[source];
    if (Number.isNaN(value)) return paintNan(target, hatch);
    const share = Math.min(1, Math.max(0, (value - low) / span));
    const entry = Math.round(share * tableSize) * 3;
    raster.data[target] = table[entry];
    raster.data[target + 1] = table[entry + 1];
    raster.data[target + 2] = table[entry + 2];
    raster.data[target + 3] = 255;
  };
}

/** Signed colour images keep their channels: zero is mid-grey, and the reach is the same both ways. */
function colourPainter(images: Images, style: RowStyle, raster: Raster): Painter {
  const [low, span] = limitsOf(style);
  const { data, channels } = images;
  const paintNan = hatchPainter(raster);
  return (source, target, hatch) => {
    for (let channel = 0; channel < channels; channel++) {
      if (Number.isNaN(data[source + channel])) return paintNan(target, hatch);
    }
    for (let channel = 0; channel < 3; channel++) {
      raster.data[target + channel] = ((data[source + channel] - low) / span) * 255;
    }
    raster.data[target + 3] = channels === 4 ? ((data[source + 3] - low) / span) * 255 : 255;
  };
}

/** Paint the images of one row at their targets. */
export function paintRow(
  images: Images,
  row: number,
  style: RowStyle,
  dark: boolean,
  raster: Raster,
  targetOf: (image: number) => Target | null,
): void {
  const painter =
    images.channels === 1
      ? singlePainter(images, style, colourTable(style, dark), raster)
      : colourPainter(images, style, raster);
  const size = images.height * images.width * images.channels;
  for (let image = 0; image < images.count; image++) {
    const target = targetOf(image);
    if (target !== null)
      paintImage(images, (row * images.count + image) * size, painter, raster, target);
  }
}

function paintImage(
  images: Images,
  start: number,
  paint: Painter,
  raster: Raster,
  target: Target,
): void {
  const { height, width, channels } = images;
  for (let down = 0; down < target.height; down++) {
    const y = Math.min(height - 1, Math.floor(((down + 0.5) * height) / target.height));
    const line = (target.top + down) * raster.width + target.left;
    for (let across = 0; across < target.width; across++) {
      const x = Math.min(width - 1, Math.floor(((across + 0.5) * width) / target.width));
      const hatch = (down + across) % hatchPeriod < hatchPeriod / 2;
      paint(start + (y * width + x) * channels, (line + across) * 4, hatch);
    }
  }
}

/** The values of one pixel, all channels. */
export function pixelValues(
  images: Images,
  row: number,
  image: number,
  y: number,
  x: number,
): number[] {
  const { count, height, width, channels } = images;
  const start = (((row * count + image) * height + y) * width + x) * channels;
  return Array.from({ length: channels }, (_, channel) => images.data[start + channel]);
}
