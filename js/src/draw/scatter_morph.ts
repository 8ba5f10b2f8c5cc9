/** The way from one set of points to the next, as a share of time. */
import type { Bounds } from "./camera";

const duration = 320;
/** A step that takes longer than this shows that the machine has better things to do. */
const patience = 90;

export interface Way {
  bounds: Bounds;
  startedAt: number;
  steppedAt: number;
}

export function wantsStillness(): boolean {
  return window.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;
}

export class Morph {
  #way: Way | null = null;

  begin(bounds: Bounds, now: number): void {
    // News in the middle of a way: whoever gets news that often needs no film.
    this.#way = this.#way === null ? { bounds, startedAt: now, steppedAt: now } : null;
  }

  stop(): void {
    this.#way = null;
  }

  /** How much of the way is left, 1 to 0; slow at both ends. */
  left(now: number): number {
    if (this.#way === null) return 0;
    const share = (now - this.#way.startedAt) / duration;
    const isSlow = now - this.#way.steppedAt > patience;
    this.#way.steppedAt = now;
    if (share >= 1 || isSlow) this.#way = null;
    return this.#way === null ? 0 : 1 - share * share * (3 - 2 * share);
  }

  /** The bounds of the points before, while there is way left. */
  get from(): Bounds | null {
    return this.#way?.bounds ?? null;
  }
}
