/**
 * The classes of a scatter: swatch, name, a switch that hides the class here, and with Shift (or the
 * key s) a way to select its samples.
 */
import { css, markOf } from "../draw/colours";
import { grouped } from "../draw/numbers";
import { element, vector } from "./elements";

const mostShown = 24;

function swatch(index: number, unlabelled: number, isColoured: boolean): SVGSVGElement {
  const { colour, ring } = markOf(index, unlabelled);
  const paint = isColoured ? css(colour) : "currentColor";
  const picture = vector("svg", { width: "10", height: "10", "aria-hidden": "true" });
  const look: Record<string, string> =
    ring || !isColoured
      ? { fill: "none", stroke: paint, "stroke-width": isColoured ? "2.5" : "1", r: "3.5" }
      : { fill: paint, r: "4.5" };
  picture.append(vector("circle", { cx: "5", cy: "5", ...look }));
  return picture;
}

export interface ClassLegend {
  /** Where the points wear something else than their class, its names still hide and select. */
  draw(classes: string[], unlabelled: number, isColoured: boolean): void;
}

export interface LegendActs {
  /** Classes that are not drawn; changed here. */
  hidden: Set<number>;
  changed(): void;
  select(index: number, adds: boolean): void;
}

function isPlain(event: KeyboardEvent): boolean {
  return !event.ctrlKey && !event.metaKey && !event.altKey;
}

function listen(item: HTMLElement, index: number, acts: LegendActs, signal: AbortSignal): void {
  const { hidden } = acts;
  const toggle = (): void => {
    if (!hidden.delete(index)) hidden.add(index);
    item.setAttribute("aria-pressed", String(!hidden.has(index)));
    acts.changed();
  };
  const click = (event: MouseEvent): void => {
    if (event.shiftKey) acts.select(index, event.ctrlKey || event.metaKey);
    else toggle();
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key !== "s" || !isPlain(event)) return;
    event.preventDefault();
    // Jupyter has shortcuts on the same keys.
    event.stopPropagation();
    acts.select(index, false);
  };
  item.addEventListener("click", click, { signal });
  item.addEventListener("keydown", press, { signal });
}

export function mountLegend(
  parent: HTMLElement,
  acts: LegendActs,
  signal: AbortSignal,
): ClassLegend {
  const list = element("div", "tl-classes", { role: "group", "aria-label": "classes" });
  parent.append(list);
  let drawn = "";
  const makeItem = (name: string, index: number, picture: SVGSVGElement): HTMLElement => {
    const item = element("button", "tl-class", {
      type: "button",
      title: `${name}\nclick hides · shift-click selects (s)`,
      "aria-pressed": String(!acts.hidden.has(index)),
      "data-testid": "tl-class",
    });
    const label = element("span", "tl-class-name");
    label.textContent = name;
    item.append(picture, label);
    listen(item, index, acts, signal);
    return item;
  };
  return {
    draw(classes, unlabelled, isColoured) {
      const content = JSON.stringify([classes, unlabelled, isColoured]);
      if (content === drawn) return;
      drawn = content;
      const shown = classes.slice(0, mostShown);
      const item = (name: string, index: number): HTMLElement =>
        makeItem(name, index, swatch(index, unlabelled, isColoured));
      list.replaceChildren(...shown.map(item));
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
