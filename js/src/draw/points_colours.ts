/** Colour tables for points: one entry a class, and 256 along a map of values. */
import { type Colour, diverging, markOf, unlabelledColour } from "./colours";
import { Shape } from "./points";

export type ColourMap = "viridis" | "diverging";

/** Viridis, sampled evenly: dark and low to bright and high, alike in lightness for every eye. */
const viridis: readonly Colour[] = [
  [68, 1, 84],
  [72, 36, 117],
  [65, 68, 135],
  [53, 95, 141],
  [42, 120, 142],
  [33, 145, 140],
  [34, 168, 132],
  [68, 191, 112],
  [122, 209, 81],
  [189, 223, 38],
  [253, 231, 37],
];

/** Zero would vanish into the paper: a point keeps this share of colour at least. */
const leastShare = 0.34;

function along(stops: readonly Colour[], share: number): Colour {
  const at = Math.min(stops.length - 1, Math.max(0, share * (stops.length - 1)));
  const start = Math.min(stops.length - 2, Math.floor(at));
  const mixed = stops[start].map((from, channel) => {
    return Math.round(from + (stops[start + 1][channel] - from) * (at - start));
  });
  return [mixed[0], mixed[1], mixed[2]];
}

export function mapColour(map: ColourMap, share: number, dark: boolean): Colour {
  if (map === "viridis") return along(viridis, share);
  const signed = share * 2 - 1;
  const size = leastShare + (1 - leastShare) * Math.abs(signed);
  return diverging(signed < 0 ? -size : size, dark);
}

/** 256 RGBA entries; the last is for values that are not numbers. */
export function mapTable(map: ColourMap, dark: boolean): Uint8Array {
  const table = new Uint8Array(256 * 4);
  for (let entry = 0; entry < 255; entry++) {
    table.set([...mapColour(map, entry / 254, dark), Shape.disc], entry * 4);
  }
  table.set([...unlabelledColour, Shape.ring], 255 * 4);
  return table;
}

export const paletteWidth = 256;

/** RGBA for classes 0 to `count` - 1, in whole rows of {@link paletteWidth}. */
export function paletteTable(
  count: number,
  unlabelled: number,
  isHidden: (code: number) => boolean,
): Uint8Array {
  const rows = Math.max(1, Math.ceil(count / paletteWidth));
  const table = new Uint8Array(rows * paletteWidth * 4);
  for (let code = 0; code < rows * paletteWidth; code++) {
    const { colour, ring } = markOf(code, unlabelled);
    const shape = isHidden(code) ? Shape.hidden : ring ? Shape.ring : Shape.disc;
    table.set([...colour, shape], code * 4);
  }
  return table;
}
