/** Which metric colours the nodes, and what its colours mean. */
import { css, readTheme } from "../draw/colours";
import { type Metric, paint, type Scale, signOf } from "../draw/graph_colours";
import { significant } from "../draw/numbers";
import { element, say } from "./elements";

export interface GraphLegend {
  draw(metrics: Metric[], chosen: string, scale: Scale | null, notes: Notes): void;
}

/** What else is said beside the colours. */
export interface Notes {
  /** Flags whose badges are in the picture. */
  raised: Metric[];
  /** When all that was measured. */
  moment: string;
}

const stops = 12;

function barOf(metric: Metric, scale: Scale, dark: boolean): HTMLElement[] {
  const colourOf = (value: number): string =>
    paint(metric, scale, { value, isInner: false }, dark)?.paper ?? css([0, 0, 0]);
  if (metric.kind === "flag") {
    return [["no", 0] as const, ["yes", 1] as const].flatMap(([word, value]) => {
      const swatch = element("span", "tl-graph-swatch");
      swatch.style.background = colourOf(value);
      const label = element("span");
      label.textContent = word;
      return [swatch, label];
    });
  }
  const bar = element("span", "tl-graph-ramp", { "aria-hidden": "true" });
  const at = (step: number): number => scale.low + ((scale.high - scale.low) * step) / stops;
  const colours = Array.from({ length: stops + 1 }, (_, step) => colourOf(at(step)));
  bar.style.background = `linear-gradient(to right, ${colours.join(", ")})`;
  const [low, high] = [element("span"), element("span")];
  const unit = metric.unit === "" ? "" : ` ${metric.unit}`;
  low.textContent = significant(scale.low, 3);
  high.textContent = significant(scale.high, 3) + unit;
  return [low, bar, high];
}

function badgeOf(metric: Metric): HTMLElement[] {
  const sign = element("span", "tl-graph-flag-sign", { "aria-hidden": "true" });
  const label = element("span");
  sign.textContent = signOf(metric);
  label.textContent = metric.label;
  return [sign, label];
}

export function mountGraphLegend(
  parent: HTMLElement,
  choose: (key: string) => void,
  signal: AbortSignal,
): GraphLegend {
  const box = element("div", "tl-graph-legend", { "data-testid": "tl-graph-legend" });
  const label = element("label", "tl-graph-choice");
  const select = element("select", "tl-graph-select", {
    "data-testid": "tl-graph-metric",
    "aria-label": "colour of the nodes",
  });
  const meaning = element("span", "tl-graph-meaning");
  label.append("colour ", select);
  const flags = element("span", "tl-graph-meaning");
  const when = element("span", "", { "data-testid": "tl-measured" });
  box.append(label, meaning, flags, when);
  box.hidden = true;
  parent.append(box);
  let offered = "";
  select.addEventListener("change", () => choose(select.value), { signal });
  return {
    draw(metrics, chosen, scale, { raised, moment }) {
      say(when, moment);
      flags.hidden = raised.length === 0;
      flags.replaceChildren(...raised.flatMap(badgeOf));
      box.hidden = metrics.length === 0;
      const offers = JSON.stringify(metrics.map(({ key, label: name }) => [key, name]));
      if (offers !== offered) {
        offered = offers;
        const none = { key: "", label: "none" };
        const made = [none, ...metrics].map(({ key, label: name }) => {
          const option = element("option", "", { value: key });
          option.textContent = name;
          return option;
        });
        select.replaceChildren(...made);
      }
      select.value = chosen;
      const metric = metrics.find(({ key }) => key === chosen);
      const { dark } = readTheme(box);
      meaning.replaceChildren(...(metric && scale ? barOf(metric, scale, dark) : []));
    },
  };
}
