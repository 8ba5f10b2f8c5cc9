/** What the colours of values mean: a bar with its two ends, and zero where values have signs. */

import { css, readTheme } from "../draw/colours";
import { significant } from "../draw/numbers";
import { type ColourMap, mapColour } from "../draw/points_colours";
import { element, say } from "./elements";

export interface ValueLegend {
  draw(name: string, range: readonly [number, number], map: ColourMap, isShown: boolean): void;
}

const stops = 12;

export function mountValueLegend(parent: HTMLElement): ValueLegend {
  const box = element("div", "tl-value-legend", { "data-testid": "tl-value-legend" });
  const name = element("div", "tl-value-name");
  const bar = element("div", "tl-value-bar", { "aria-hidden": "true" });
  const ends = element("div", "tl-value-ends");
  const [low, middle, high] = [element("span"), element("span"), element("span")];
  ends.append(low, middle, high);
  box.append(name, bar, ends);
  parent.append(box);
  return {
    draw(title, range, map, isShown) {
      box.hidden = !isShown;
      if (!isShown) return;
      say(name, title);
      const { dark } = readTheme(box);
      const colours = Array.from({ length: stops + 1 }, (_, at) =>
        css(mapColour(map, at / stops, dark)),
      );
      bar.style.background = `linear-gradient(to right, ${colours.join(", ")})`;
      low.textContent = significant(range[0], 3);
      middle.textContent = map === "diverging" ? "0" : "";
      high.textContent = significant(range[1], 3);
    },
  };
}
