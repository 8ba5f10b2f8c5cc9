/** Which plane a scatter shows: dimensions, principal components, an embedding; flat or in space. */
import { percent } from "../draw/numbers";
import { Choices } from "./choices";
import { element, say } from "./elements";
import { DimensionPicker, wordButton } from "./field";
import type { PlotBeside } from "./plot_beside";

export interface ProjectionState {
  projection: string;
  chosen: readonly number[];
  /** How many dimensions there are. */
  count: number;
  words: string;
  progress: number;
  unavailable: Record<string, string>;
  enabled: boolean;
}

const names = ["dimensions", "PCA", "t-SNE", "UMAP"] as const;
type Name = (typeof names)[number];

export class ProjectionPanel {
  readonly element = element("div", "tl-panel");
  readonly #choices: Choices<Name>;
  readonly #across: DimensionPicker;
  readonly #up: DimensionPicker;
  readonly #solid: HTMLButtonElement;
  readonly #words = element("span", "tl-quiet", { "data-testid": "tl-plane-words" });
  readonly #working = element("span", "tl-field");
  readonly #bar = element("progress", "tl-embedding", { max: "1", "data-testid": "tl-embedding" });
  readonly #share = element("span", "tl-number");
  #state: ProjectionState | null = null;
  #wantsTurn = false;

  constructor(
    private readonly plot: PlotBeside,
    private readonly send: (name: string, data: Record<string, unknown>) => void,
    signal: AbortSignal,
  ) {
    const named = names.map((name) => [name, `tl-project-${name}`] as const);
    this.#choices = new Choices("projection", named, (name) => this.#choose(name), signal);
    this.#across = new DimensionPicker("→", "tl-across", (at) => this.#pick(0, at), signal);
    this.#up = new DimensionPicker("↑", "tl-up", (at) => this.#pick(1, at), signal);
    this.#solid = wordButton("tl-solid", "3-D", () => this.#turn(), signal);
    const cancel = wordButton("tl-cancel", "cancel", () => this.send("cancel", {}), signal);
    this.#working.append(this.#bar, this.#share, cancel);
    const row = element("div", "tl-row");
    row.append(
      this.#choices.element,
      this.#across.element,
      this.#up.element,
      this.#solid,
      this.#words,
      this.#working,
    );
    this.element.append(row);
  }

  draw(state: ProjectionState): void {
    this.#state = state;
    const { count, enabled } = state;
    const off = enabled ? {} : Object.fromEntries(names.map((name) => [name, "not connected"]));
    this.#choices.draw(state.projection as Name, { ...state.unavailable, ...off });
    const [i = 0, j = 1] = state.chosen;
    const picks = state.projection === "dimensions" && count > 2;
    this.#across.draw(count, i, enabled);
    this.#up.draw(count, j, enabled);
    this.#across.element.hidden = !picks;
    this.#up.element.hidden = !picks;
    const told = state.progress < 0 && state.projection !== "dimensions";
    say(this.#words, told ? state.words : "");
    this.#working.hidden = state.progress < 0;
    if (state.progress >= 0) {
      this.#bar.value = state.progress;
      this.#share.textContent = percent(state.progress);
      this.#bar.setAttribute("aria-label", `${state.projection} is computed`);
    }
    this.#drawSolid(state);
  }

  #drawSolid({ projection, count, enabled }: ProjectionState): void {
    const offered = this.plot.solid() !== null;
    if (this.#wantsTurn && offered && !this.plot.isTurned) this.plot.solid()?.click();
    if (offered) this.#wantsTurn = false;
    const can = offered || (projection === "dimensions" && count > 2 && enabled);
    this.#solid.setAttribute("aria-pressed", String(this.plot.isTurned));
    this.#solid.setAttribute("aria-disabled", String(!can));
    this.#solid.title = can ? "turn the cloud in three dimensions" : "this plane has two axes";
  }

  #choose(name: Name): void {
    const count = this.#state?.count ?? 2;
    const dimensions = name === "dimensions" ? [0, 1].slice(0, count) : [];
    this.send("project", { name, dimensions });
  }

  /** An axis that is taken from the other one swaps with it. */
  #pick(axis: 0 | 1, index: number): void {
    const [i = 0, j = 1] = this.#state?.chosen ?? [];
    const before = [i, j] as const;
    const other = before[1 - axis] === index ? before[axis] : before[1 - axis];
    this.send("project", {
      name: "dimensions",
      dimensions: axis === 0 ? [index, other] : [other, index],
    });
  }

  #turn(): void {
    const state = this.#state;
    const solid = this.plot.solid();
    if (solid !== null) {
      solid.click();
      return;
    }
    if (state === null) return;
    const [i = 0, j = 1] = state.chosen;
    const third = [0, 1, 2].find((each) => each !== i && each !== j) ?? 2;
    this.#wantsTurn = true;
    this.send("project", { name: "dimensions", dimensions: [i, j, third] });
  }
}
