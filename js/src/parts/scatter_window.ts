/** Asks the kernel for finer codes of what is seen, when a zoom comes close and to rest. */
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
}

export class WindowAsking<Traits extends WindowTraits> {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked: Bounds | null = null;

  constructor(
    private readonly stage: Stage<Traits>,
    private readonly plot: Looked,
  ) {
    stage.signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
  }

  /** The person moved the view. */
  moved(): void {
    clearTimeout(this.#timer);
    if (this.stage.connection() !== "connected" || !this.plot.needsFiner()) return;
    this.#timer = setTimeout(() => this.#ask(), rest);
  }

  #ask(): void {
    const seen = this.plot.bounds();
    const isThere = this.stage.model.get("near_points") !== null;
    const had = isThere ? this.stage.model.get("near_bounds") : this.#asked;
    if (had !== null && within(seen, had) && !this.#isWide(seen, had)) return;
    this.#asked = seen;
    const [x0, x1, y0, y1] = seen;
    this.stage.send("window", { x0, x1, y0, y1 });
  }

  /** The codes of a window three times as wide are three times as coarse; of a hundred, as the whole's. */
  #isWide([x0, x1]: Bounds, [left, right]: Bounds): boolean {
    return right - left > 60 * (x1 - x0);
  }
}
