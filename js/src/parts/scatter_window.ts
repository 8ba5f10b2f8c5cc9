/** Tells the kernel what is seen when a move comes to rest, and asks for finer codes of it when a zoom came close. */
import type { Bounds } from "../draw/camera";
import { within } from "../draw/camera";
import type { Stage, ViewTraits } from "../model";

const rest = 90;

export interface WindowTraits extends ViewTraits {
  near_bounds: [number, number, number, number];
  near_points: unknown;
}

export interface Looked {
  needsFiner(): boolean;
  slot(): string;
  bounds(): Bounds;
  readonly isFitted: boolean;
}

export class WindowAsking<Traits extends WindowTraits> {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked: Bounds | null = null;
  readonly #stage: Stage<Traits>;
  readonly #plot: Looked;

  constructor(stage: Stage<Traits>, plot: Looked) {
    this.#stage = stage;
    this.#plot = plot;
    stage.signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
  }

  /** The person moved the view. */
  moved(): void {
    clearTimeout(this.#timer);
    if (this.#stage.connection() === "connected")
      this.#timer = setTimeout(() => this.#tell(), rest);
  }

  #tell(): void {
    const seen = this.#plot.bounds();
    const [x0, x1, y0, y1] = seen;
    this.#stage.send("seen", { x0, x1, y0, y1, fitted: this.#plot.isFitted });
    if (this.#plot.needsFiner()) this.#ask(seen);
  }

  #ask(seen: Bounds): void {
    const isThere = this.#stage.model.get("near_points") !== null;
    const had = isThere ? this.#stage.model.get("near_bounds") : this.#asked;
    if (had !== null && within(seen, had) && !this.#isWide(seen, had)) return;
    this.#asked = seen;
    const [x0, x1, y0, y1] = seen;
    this.#stage.send("window", { x0, x1, y0, y1 });
  }

  /** The codes of a window three times as wide are three times as coarse; of a hundred, as the whole's. */
  #isWide([x0, x1]: Bounds, [left, right]: Bounds): boolean {
    return right - left > 60 * (x1 - x0);
  }
}
