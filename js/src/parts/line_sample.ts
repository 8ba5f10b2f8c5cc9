/** A short piece of a line, as it looks in the plot. */
import { vector } from "./elements";

/** A colour is text that a stranger may have written, and a paint may also be an address. */
const plainColour = /^(#[0-9a-f]{3,8}|[a-z]+|var\(--tl-stroke-\d, ?#[0-9a-f]{6}\))$/i;

const dashes: Record<string, string> = {
  dashed: "5 3",
  dotted: "1.5 3",
  dash_dotted: "6 3 1.5 3",
};

export function safeColour(color: string): string {
  return plainColour.test(color) ? color : "currentColor";
}

export function lineSample(color: string, dash: string): SVGSVGElement {
  const swatch = vector("svg", { width: "18", height: "8", "aria-hidden": "true" });
  const line = vector("line", { x1: "0", y1: "4", x2: "18", y2: "4", "stroke-width": "2" });
  line.setAttribute("stroke", safeColour(color));
  if (Object.hasOwn(dashes, dash)) line.setAttribute("stroke-dasharray", dashes[dash]);
  swatch.append(line);
  return swatch;
}
