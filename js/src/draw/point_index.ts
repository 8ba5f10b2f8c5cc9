/**
 * Finds the nearest point: a grid of buckets over the quantised plane, built in one counting sort. For
 * a million points that takes 40 ms where a k-d tree (kdbush) takes 400, and it can be done in stretches.
 */

import { largestCode } from "./points";

export interface Reach {
  /** Screen pixels that one code covers, each way. */
  scaleX: number;
  scaleY: number;
  radius: number;
}

/** Points handled at a stretch while the index is built. */
const stretch = 131_072;

export class PointIndex {
  readonly #side: number;
  readonly #starts: Uint32Array;
  readonly #order: Uint32Array;
  readonly #work: Generator<void, void>;
  #done = false;

  /** Nothing is computed yet: call {@link build} until it says that it is done. */
  constructor(private readonly places: Uint16Array) {
    const count = places.length / 2;
    this.#side = Math.min(512, Math.max(1, Math.round(Math.sqrt(count / 4))));
    this.#starts = new Uint32Array(this.#side * this.#side + 1);
    this.#order = new Uint32Array(count);
    this.#work = this.#sort();
  }

  get ready(): boolean {
    return this.#done;
  }

  /** Go on building while `goesOn` says so; true when the index is ready. */
  build(goesOn: () => boolean = () => true): boolean {
    do {
      if (!this.#done) this.#done = this.#work.next().done === true;
    } while (!this.#done && goesOn());
    return this.#done;
  }

  *#sort(): Generator<void, void> {
    const count = this.#order.length;
    for (let point = 0; point < count; point++) {
      this.#starts[this.#bucketOf(point) + 1]++;
      if (point % stretch === stretch - 1) yield;
    }
    for (let bucket = 1; bucket < this.#starts.length; bucket++) {
      this.#starts[bucket] += this.#starts[bucket - 1];
    }
    yield;
    const next = this.#starts.slice();
    for (let point = 0; point < count; point++) {
      this.#order[next[this.#bucketOf(point)]++] = point;
      if (point % stretch === stretch - 1) yield;
    }
  }

  /** The nearest point that is not hidden within the reach of (x, y) in codes, or -1. */
  nearest(x: number, y: number, reach: Reach, isHidden: (point: number) => boolean): number {
    const [wide, high] = [reach.radius / reach.scaleX, reach.radius / reach.scaleY];
    const [left, right] = [this.#cellOf(x - wide), this.#cellOf(x + wide)];
    let best = -1;
    let least = reach.radius * reach.radius;
    for (let row = this.#cellOf(y - high); row <= this.#cellOf(y + high); row++) {
      const end = this.#starts[row * this.#side + right + 1];
      for (let entry = this.#starts[row * this.#side + left]; entry < end; entry++) {
        const point = this.#order[entry];
        const distance = this.#distance(point, x, y, reach);
        if (distance > least || isHidden(point)) continue;
        best = point;
        least = distance;
      }
    }
    return best;
  }

  #distance(point: number, x: number, y: number, reach: Reach): number {
    const right = (this.places[point * 2] - x) * reach.scaleX;
    const up = (this.places[point * 2 + 1] - y) * reach.scaleY;
    return right * right + up * up;
  }

  #cellOf(code: number): number {
    const cell = Math.floor((code / (largestCode + 1)) * this.#side);
    return Math.min(this.#side - 1, Math.max(0, cell));
  }

  #bucketOf(point: number): number {
    return (
      this.#cellOf(this.places[point * 2 + 1]) * this.#side + this.#cellOf(this.places[point * 2])
    );
  }
}
