/** What a metric's values look like: a colour a line, over the range of all of them. */
import { css } from "./colours";
import { mapColour } from "./points_colours";

export interface Scale {
  low: number;
  high: number;
  isDiverging: boolean;
}

/** The range of the values that are known; a diverging one reaches as far on both sides of zero. */
export function scaleOf(values: ArrayLike<number>, kind: string): Scale | null {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let line = 0; line < values.length; line++) {
    const value = values[line];
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return null;
  if (kind === "flag") return { low: 0, high: 1, isDiverging: false };
  if (kind !== "diverging") return { low, high, isDiverging: false };
  const reach = Math.max(-low, high);
  return { low: -reach, high: reach, isDiverging: true };
}

/** A line's value; of a closed one that has none, the greatest inside, for nobody should miss it. */
export function readingOf(own: (line: number) => number, line: number, end: number): number {
  let found = own(line);
  if (!Number.isNaN(found)) return found;
  for (let inner = line + 1; inner < end; inner++) {
    const value = own(inner);
    if (Number.isNaN(found) || Math.abs(value) > Math.abs(found)) found = value;
  }
  return found;
}

/** A CSS colour; empty for what has none: unknown values, and flags that are not raised. */
export function colourOf(scale: Scale, kind: string, value: number, dark: boolean): string {
  if (kind === "flag") return value === 0 || Number.isNaN(value) ? "" : "var(--tl-bad)";
  if (Number.isNaN(value)) return "";
  const span = scale.high - scale.low;
  const share = span > 0 ? (value - scale.low) / span : 0.5;
  const bounded = Math.min(1, Math.max(0, share));
  return css(mapColour(scale.isDiverging ? "diverging" : "viridis", bounded, dark));
}
