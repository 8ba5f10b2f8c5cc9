/** The colours of a canvas: read from the page when drawing, or fixed for data. */

export type Colour = readonly [red: number, green: number, blue: number];

export interface Theme {
  dark: boolean;
  ink: string;
  quiet: string;
  line: string;
  plot: string;
  accent: string;
  font: string;
}

/** Read the theme off the stylesheet's own variables, which follow the page's. */
export function readTheme(target: Element): Theme {
  const style = getComputedStyle(target);
  const read = (name: string, fallback: string): string =>
    style.getPropertyValue(name).trim() || fallback;
  return {
    dark: read("--tl-scheme", "light") === "dark",
    ink: read("--tl-ink", "#1f2328"),
    quiet: read("--tl-quiet", "#6a7078"),
    line: read("--tl-line", "#e2e4e8"),
    plot: read("--tl-plot", "#f5f6f8"),
    accent: read("--tl-accent", "#0072b2"),
    font: style.fontFamily || "sans-serif",
  };
}

/** Okabe and Ito's colours without black and yellow, which vanish in one theme; four more after them. */
const categories: readonly Colour[] = [
  [0, 114, 178],
  [230, 159, 0],
  [0, 158, 115],
  [204, 121, 167],
  [86, 180, 233],
  [213, 94, 0],
  [142, 107, 184],
  [166, 118, 29],
  [102, 166, 30],
  [127, 127, 127],
];

export const unlabelledColour: Colour = [140, 146, 156];

export interface Mark {
  colour: Colour;
  /** Past the tenth class hues repeat, so the marker changes. */
  ring: boolean;
}

export function markOf(index: number, unlabelled: number): Mark {
  if (index === unlabelled) return { colour: unlabelledColour, ring: false };
  const round = Math.floor(index / categories.length);
  return { colour: categories[index % categories.length], ring: round % 2 === 1 };
}

export function css(colour: Colour): string {
  return `rgb(${colour[0]}, ${colour[1]}, ${colour[2]})`;
}

function mix(from: Colour, to: Colour, share: number): Colour {
  const channel = (index: 0 | 1 | 2): number =>
    Math.round(from[index] + (to[index] - from[index]) * share);
  return [channel(0), channel(1), channel(2)];
}

/** Stops from zero outwards: zero takes the theme's paper tone, so that only differences show. */
const divergingStops: Record<"light" | "dark", { zero: Colour; low: Colour[]; high: Colour[] }> = {
  light: {
    zero: [255, 255, 255],
    low: [
      [120, 182, 219],
      [5, 84, 143],
    ],
    high: [
      [243, 178, 122],
      [176, 70, 0],
    ],
  },
  dark: {
    zero: [26, 27, 30],
    low: [
      [28, 105, 156],
      [126, 204, 250],
    ],
    high: [
      [166, 82, 16],
      [255, 190, 115],
    ],
  },
};

/** A signed share in -1..1: blue below zero, orange above. */
export function diverging(share: number, dark: boolean): Colour {
  const { zero, low, high } = divergingStops[dark ? "dark" : "light"];
  const [middle, end] = share < 0 ? low : high;
  const size = Math.min(1, Math.abs(share));
  return size < 0.5 ? mix(zero, middle, size * 2) : mix(middle, end, size * 2 - 1);
}
