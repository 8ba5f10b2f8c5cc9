/** What the latent space is worth, in a line of numbers, each with its definition behind it. */
import { grouped, percent, significant } from "../draw/numbers";
import { element, say } from "./elements";
import { wordButton } from "./field";

export interface Measured {
  agreement?: number | null;
  chance?: number | null;
  silhouette?: number | null;
  sampled?: number;
  neighbours?: number;
  of?: string;
}

export class MeasuresLine {
  readonly element = element("div", "tl-row", { "data-testid": "tl-measures" });
  readonly #agreement = element("span", "tl-defined", { tabindex: "0" });
  readonly #silhouette = element("span", "tl-defined", { tabindex: "0" });
  readonly #of = element("span", "tl-quiet");
  readonly #measure: HTMLButtonElement;

  constructor(measure: () => void, signal: AbortSignal) {
    this.#measure = wordButton("tl-measure", "measure", measure, signal);
    this.#agreement.dataset.testid = "tl-agreement";
    this.#silhouette.dataset.testid = "tl-silhouette";
    this.element.append(this.#agreement, this.#silhouette, this.#of, this.#measure);
  }

  draw(
    measured: Measured,
    isBusy: boolean,
    enabled: boolean,
    definitions: Record<string, string>,
  ): void {
    const { agreement, chance, silhouette, sampled = 0, neighbours = 0 } = measured;
    const knows = agreement !== null && agreement !== undefined;
    const beside = knows
      ? `kNN agreement ${percent(agreement)} (chance ${percent(chance ?? 0)})`
      : "";
    const k = `${neighbours} neighbours, ${grouped(sampled)} samples.`;
    define(this.#agreement, beside, `${definitions.agreement} ${definitions.chance} ${k}`);
    const has = silhouette !== null && silhouette !== undefined;
    const shape = has ? `silhouette ${significant(silhouette, 2)}` : "";
    define(this.#silhouette, shape, definitions.silhouette ?? "");
    say(this.#of, isBusy ? "measuring…" : (measured.of ?? ""));
    this.#measure.textContent = measured.sampled === undefined ? "measure" : "again";
    this.#measure.setAttribute("aria-disabled", String(isBusy || !enabled));
  }
}

function define(target: HTMLElement, text: string, definition: string): void {
  say(target, text);
  target.dataset.definition = definition;
  target.setAttribute("aria-label", `${text}: ${definition}`);
}
