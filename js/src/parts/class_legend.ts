/** The classes of a scatter: swatch, name, and a switch that hides the class here. */
import { css, markOf } from "../draw/colours";
import { grouped } from "../draw/numbers";
import { element, vector } from "./elements";

const mostShown = 24;

function swatch(index: number, unlabelled: number): SVGSVGElement {
  const { colour, ring } = markOf(index, unlabelled);
  const picture = vector("svg", { width: "10", height: "10", "aria-hidden": "true" });
  const paint: Record<string, string> = ring
    ? { fill: "none", stroke: css(colour), "stroke-width": "2.5", r: "3.5" }
    : { fill: css(colour), r: "4.5" };
  picture.append(vector("circle", { cx: "5", cy: "5", ...paint }));
  return picture;
}

export interface ClassLegend {
  draw(classes: string[], unlabelled: number): void;
}

export function mountLegend(
  parent: HTMLElement,
  hidden: Set<number>,
  changed: () => void,
  signal: AbortSignal,
): ClassLegend {
  const list = element("div", "tl-classes", { role: "group", "aria-label": "classes" });
  parent.append(list);
  let drawn = "";
  const makeItem = (name: string, index: number, unlabelled: number): HTMLElement => {
    const item = element("button", "tl-class", {
      type: "button",
      title: name,
      "aria-pressed": String(!hidden.has(index)),
      "data-testid": "tl-class",
    });
    const label = element("span", "tl-class-name");
    label.textContent = name;
    item.append(swatch(index, unlabelled), label);
    const toggle = (): void => {
      if (!hidden.delete(index)) hidden.add(index);
      item.setAttribute("aria-pressed", String(!hidden.has(index)));
      changed();
    };
    item.addEventListener("click", toggle, { signal });
    return item;
  };
  return {
    draw(classes, unlabelled) {
      const content = JSON.stringify([classes, unlabelled]);
      if (content === drawn) return;
      drawn = content;
      const shown = classes.slice(0, mostShown);
      list.replaceChildren(...shown.map((name, index) => makeItem(name, index, unlabelled)));
      list.classList.toggle(
        "tl-long-names",
        shown.some((name) => name.length > 8),
      );
      if (classes.length > mostShown) {
        const rest = element("span", "tl-quiet tl-class-rest");
        rest.textContent = `and ${grouped(classes.length - mostShown)} more`;
        list.append(rest);
      }
    },
  };
}
