/** How much the lines are smoothed. */
import { element } from "./elements";

/** The last ones are close together: near 1 a little more is much more. */
const stops = [
  0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999,
];
/** A wish is shown at once, and given up when the kernel says otherwise for so long. */
const patience = 2000;

export interface SmoothingSlider {
  element: HTMLElement;
  draw(weight: number, enabled: boolean): void;
}

function nearestStop(weight: number): number {
  const away = stops.map((stop) => Math.abs(stop - weight));
  return away.indexOf(Math.min(...away));
}

export function mountSmoothingSlider(
  ask: (weight: number) => void,
  signal: AbortSignal,
): SmoothingSlider {
  const label = element("label", "tl-smoothing");
  const word = element("span", "tl-quiet");
  word.textContent = "smoothing";
  const input = element("input", "tl-slider", {
    type: "range",
    min: "0",
    max: String(stops.length - 1),
    step: "1",
    "data-testid": "tl-smoothing",
  });
  const value = element("output", "tl-number");
  let wish: { weight: number; until: number } | null = null;
  const say = (weight: number): void => {
    value.textContent = weight === 0 ? "off" : String(Number(weight.toPrecision(3)));
    input.setAttribute("aria-valuetext", value.textContent);
  };
  const slide = (): void => {
    const weight = stops[Number(input.value)] ?? 0;
    wish = { weight, until: performance.now() + patience };
    say(weight);
    ask(weight);
  };
  input.addEventListener("input", slide, { signal });
  // Jupyter has shortcuts on the arrow keys.
  input.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
  label.append(word, input, value);
  return {
    element: label,
    draw(weight, enabled) {
      if (wish !== null && (wish.weight === weight || performance.now() > wish.until)) wish = null;
      const shown = wish?.weight ?? weight;
      input.disabled = !enabled;
      input.value = String(nearestStop(shown));
      say(shown);
    },
  };
}
