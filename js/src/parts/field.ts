/** Small labelled inputs. */
import { element } from "./elements";

/** A page is slow with more dimensions; the others can be chosen and set in Python. */
export const mostDimensions = 256;

/** A select of the dimensions of a latent. */
export class DimensionPicker {
  readonly element = element("label", "tl-field");
  readonly #select = element("select", "tl-select");
  #count = -1;

  constructor(label: string, testId: string, chosen: (index: number) => void, signal: AbortSignal) {
    const word = element("span", "tl-quiet");
    word.textContent = label;
    this.#select.dataset.testid = testId;
    this.#select.setAttribute("aria-label", `${label} axis`);
    this.#select.addEventListener("change", () => chosen(Number(this.#select.value)), { signal });
    keepKeys(this.#select, signal);
    this.element.append(word, this.#select);
  }

  draw(all: number, index: number, enabled: boolean): void {
    const count = Math.min(mostDimensions, all);
    if (count !== this.#count) {
      this.#count = count;
      this.#select.replaceChildren(
        ...Array.from({ length: count }, (_, each) => {
          const option = element("option", "", { value: String(each) });
          option.textContent = subscript(each);
          return option;
        }),
      );
    }
    this.#select.value = String(index);
    this.#select.disabled = !enabled;
  }
}

export interface NumberSlider {
  element: HTMLElement;
  draw(value: number, enabled: boolean): void;
}

export function mountNumber(
  label: string,
  testId: string,
  [low, high]: readonly [number, number],
  chosen: (value: number) => void,
  signal: AbortSignal,
): NumberSlider {
  const box = element("label", "tl-field");
  const word = element("span", "tl-quiet");
  word.textContent = label;
  const input = element("input", "tl-slider", {
    type: "range",
    min: String(low),
    max: String(high),
    step: "1",
    "data-testid": testId,
  });
  const output = element("output", "tl-number");
  const say = (): void => {
    output.textContent = input.value;
  };
  input.addEventListener("input", say, { signal });
  input.addEventListener("change", () => chosen(Number(input.value)), { signal });
  keepKeys(input, signal);
  box.append(word, input, output);
  return {
    element: box,
    draw(value, enabled) {
      input.disabled = !enabled;
      if (input.matches(":active")) return;
      input.value = String(value);
      say();
    },
  };
}

/** Jupyter has shortcuts on keys that inputs use too. */
export function keepKeys(input: HTMLElement, signal: AbortSignal): void {
  input.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
}

/** The name of a latent dimension: z₀. */
export function subscript(index: number): string {
  const digits = [...String(index)].map((digit) => String.fromCodePoint(0x2080 + Number(digit)));
  return `z${digits.join("")}`;
}

/** A quiet button of words. */
export function wordButton(
  testId: string,
  text: string,
  pressed: () => void,
  signal: AbortSignal,
): HTMLButtonElement {
  const button = element("button", "tl-word", { type: "button", "data-testid": testId });
  button.textContent = text;
  const can = (): boolean => button.getAttribute("aria-disabled") !== "true";
  button.addEventListener("click", () => can() && pressed(), { signal });
  return button;
}
