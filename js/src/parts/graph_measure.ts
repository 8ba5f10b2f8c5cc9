/** How wide a text will be, in the font of the page. */
import type { Measure } from "../draw/graph_text";

/** A letter's share of the font's size, where there is no canvas to ask. */
const letter = 0.56;

export function makeMeasure(root: HTMLElement): Measure {
  let context: CanvasRenderingContext2D | null | undefined;
  const known = new Map<string, number>();
  return (text, size, bold) => {
    const key = `${size}${bold}${text}`;
    let width = known.get(key);
    if (width === undefined) {
      context ??= document.createElement("canvas").getContext?.("2d") ?? null;
      width = text.length * size * letter;
      if (context) {
        context.font = `${bold ? 600 : 400} ${size}px ${getComputedStyle(root).fontFamily || "sans-serif"}`;
        width = context.measureText(text).width;
      }
      known.set(key, width);
    }
    return width;
  };
}
