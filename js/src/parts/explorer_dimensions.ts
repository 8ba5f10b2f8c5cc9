/** A row for each dimension of the latent: a slider, its spread and divergence as bars, what is amiss. */
import { significant } from "../draw/numbers";
import { element } from "./elements";
import { keepKeys, mostDimensions as most, subscript, wordButton } from "./field";

export interface DimensionsState {
  lows: Float32Array | null;
  highs: Float32Array | null;
  latent: Float32Array | null;
  /** Whether a slider of this page is ahead of the frame. */
  isAhead: boolean;
  enabled: boolean;
  variance: Float32Array | null;
  divergence: Float32Array | null;
  flags: Uint8Array | null;
  definitions: Record<string, string>;
  fromEncoder: boolean;
}

const slides = 200;

interface Row {
  element: HTMLElement;
  input: HTMLInputElement;
  value: HTMLElement;
  variance: HTMLElement;
  divergence: HTMLElement;
  flag: HTMLElement;
}

const flagged = [
  [4, "collapsed"],
  [2, "dead"],
] as const;

export class DimensionRows {
  readonly element = element("div", "tl-dimensions-box");
  readonly centre: HTMLButtonElement;
  readonly #head = element("div", "tl-dimension tl-dimension-head");
  readonly #list = element("div", "tl-dimensions", { "data-testid": "tl-dimensions" });
  readonly #more = element("div", "tl-quiet");
  readonly #rows: Row[] = [];
  readonly #titles: HTMLElement[] = [];

  constructor(
    private readonly slide: (dimension: number, value: number) => void,
    centre: () => void,
    private readonly signal: AbortSignal,
  ) {
    this.centre = wordButton("tl-centre", "to the mean", centre, signal);
    for (const name of ["variance", "KL"]) {
      const title = element("span", "tl-quiet");
      title.textContent = name;
      this.#titles.push(title);
    }
    this.#head.append(this.centre, ...this.#titles);
    this.element.append(this.#head, this.#list, this.#more);
  }

  draw(state: DimensionsState): void {
    const { lows, highs, latent } = state;
    const count = latent?.length ?? 0;
    this.#fill(Math.min(most, count));
    this.#more.textContent = count > most ? `and ${count - most} more; set them in Python` : "";
    this.centre.setAttribute("aria-disabled", String(!state.enabled));
    this.#define(state);
    if (lows === null || highs === null || latent === null) return;
    const widest = largest(state.variance);
    const deepest = largest(state.divergence);
    for (const [index, row] of this.#rows.entries()) {
      if (!state.isAhead) this.#place(row, lows[index], highs[index], latent[index]);
      row.input.disabled = !state.enabled;
      drawBar(row.variance, state.variance?.[index], widest, "variance");
      drawBar(row.divergence, state.divergence?.[index], deepest, "KL");
      const flags = state.flags?.[index] ?? 0;
      const found = flagged.find(([bit]) => (flags & bit) !== 0)?.[1] ?? "";
      row.flag.textContent = found;
      row.flag.title = found === "" ? "" : (state.definitions[found] ?? "");
      row.element.dataset.flag = found;
    }
  }

  #define({ definitions, fromEncoder, variance }: DimensionsState): void {
    const texts = [
      definitions.variance,
      definitions[fromEncoder ? "divergence" : "divergence_of_moments"],
    ];
    for (const [at, text] of texts.entries()) {
      const title = this.#titles[at];
      title.hidden = variance === null;
      title.className = "tl-defined";
      title.tabIndex = 0;
      title.dataset.definition = text ?? "";
      title.setAttribute("aria-label", `${title.textContent}: ${text ?? ""}`);
    }
  }

  #place(row: Row, low: number, high: number, value: number): void {
    const { input } = row;
    const [min, max] = [Math.min(low, value), Math.max(high, value)];
    Object.assign(input, {
      min: String(min),
      max: String(max),
      step: String((max - min) / slides),
    });
    input.value = String(value);
    this.#say(row, value);
  }

  #say(row: Row, value: number): void {
    row.value.textContent = significant(value, 3);
    row.input.setAttribute("aria-valuetext", row.value.textContent);
  }

  #fill(count: number): void {
    while (this.#rows.length > count) this.#rows.pop()?.element.remove();
    while (this.#rows.length < count) this.#add(this.#rows.length);
  }

  #add(index: number): void {
    const row = element("div", "tl-dimension", { "data-testid": "tl-dimension" });
    const name = element("span", "tl-quiet");
    name.textContent = subscript(index);
    const input = element("input", "tl-slider", {
      type: "range",
      "aria-label": subscript(index),
      "data-testid": "tl-slide",
    });
    const made: Row = {
      element: row,
      input,
      value: element("output", "tl-number"),
      variance: element("span", "tl-measure"),
      divergence: element("span", "tl-measure"),
      flag: element("span", "tl-flag"),
    };
    const move = (): void => {
      const value = Number(input.value);
      this.#say(made, value);
      this.slide(index, value);
    };
    input.addEventListener("input", move, { signal: this.signal });
    keepKeys(input, this.signal);
    row.append(name, input, made.value, made.variance, made.divergence, made.flag);
    this.#rows.push(made);
    this.#list.append(row);
  }
}

function largest(values: Float32Array | null): number {
  const finite = [...(values ?? [])].filter(Number.isFinite);
  return Math.max(1e-12, ...finite);
}

/** The bar's length is its share of the largest; its number is in its words. */
function drawBar(bar: HTMLElement, value: number | undefined, most: number, name: string): void {
  bar.hidden = value === undefined;
  if (value === undefined) return;
  const share = Number.isFinite(value) ? Math.max(0, value / most) : 1;
  bar.style.setProperty("--tl-share", share.toFixed(3));
  bar.title = `${name} ${significant(value, 3)}`;
  bar.setAttribute("role", "img");
  bar.setAttribute("aria-label", bar.title);
}
