/** The conversation about decoded places: questions out, answers from the frame, and the panel between. */
import { place as write } from "../draw/numbers";
import type { Stage, ViewTraits } from "../model";
import { type Packed, unpackOptional } from "../wire";
import { Asks } from "./asks";
import { type Decoded, mountDecoded } from "./decoded_panel";

export interface DecodingTraits extends ViewTraits {
  bounds: [number, number, number, number];
  decodable: boolean;
  decoded_image: Packed | null;
  decoded_range: [number, number];
  decoded_at: [number, number] | null;
  decoded_ask: number;
  decoded_client: string;
  decoded_problem: string;
}

/** Answers that come sooner need no word about waiting. */
const unnoticed = 150;

export class Decoding<Traits extends DecodingTraits = DecodingTraits> {
  readonly #asks: Asks;
  readonly #drawPanel: (decoded: Decoded | null) => void;
  #answered: Decoded | null = null;
  #answeredAs = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #stage: Stage<Traits>;

  constructor(stage: Stage<Traits>, parent: HTMLElement) {
    this.#stage = stage;
    this.#drawPanel = mountDecoded(parent);
    this.#asks = new Asks(stage.client, (x, y, ask) => stage.send("decode", { x, y, ask }));
    stage.signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
  }

  /** Whether there is, or could be, an image to show. */
  shows(): boolean {
    const { model } = this.#stage;
    return model.get("decodable") || model.get("decoded_image") !== null;
  }

  mayAsk(): boolean {
    return this.#stage.model.get("decodable") && this.#stage.connection() === "connected";
  }

  /** `decisive` questions go out at once; those of a drag wait for the answer before them. */
  ask(x: number, y: number, decisive: boolean): void {
    const now = performance.now();
    if (decisive) this.#asks.ask(x, y, now);
    else this.#asks.askNext(x, y, now);
    this.paint();
  }

  /**
   * Take in the frame; returns the place of an answer that is new and ends the waiting, null if it has
   * none in the plane that is shown, undefined if nothing is new.
   */
  read(): readonly [number, number] | null | undefined {
    const { model } = this.#stage;
    const answer = { ask: model.get("decoded_ask"), client: model.get("decoded_client") };
    const at = model.get("decoded_at");
    if (!this.#asks.settle(answer, performance.now()) || answer.client === "") return undefined;
    const problem = model.get("decoded_problem");
    const [x0, x1] = model.get("bounds");
    this.#answered = {
      image: problem === "" ? unpackOptional(model.get("decoded_image")) : null,
      range: model.get("decoded_range"),
      heading: at === null ? "decoded" : `decoded ${write(at, x1 - x0)}`,
      note: problem,
      state: problem === "" ? "shown" : "problem",
    };
    const name = `${answer.client} ${answer.ask} ${at}`;
    const isNew = name !== this.#answeredAs;
    this.#answeredAs = name;
    return isNew && !this.#asks.open ? at : undefined;
  }

  paint(): void {
    clearTimeout(this.#timer);
    const left = unnoticed - this.#asks.waited(performance.now());
    const waits = this.#asks.open && left <= 0;
    if (this.#asks.open && !waits) this.#timer = setTimeout(() => this.paint(), left);
    const shown = this.#answered ?? this.#vacant();
    const waiting: Decoded = { ...shown, note: "waiting for the step…", state: "waiting" };
    this.#drawPanel(this.shows() ? (waits ? waiting : shown) : null);
  }

  #vacant(): Decoded {
    const note = this.mayAsk() ? "click the plot to decode" : "";
    return { image: null, range: [0, 1], heading: "decoded", note, state: "shown" };
  }
}
