/** While a person moves a crowd too large for the machine, a share of it is drawn; all of it after. */

/** A frame should take no longer than this, in milliseconds. */
const wanted = 40;
/** How long nothing moves before all is drawn, and at least so many frames. */
const rest = 200;
const restingFrames = 3;
const most = 63;
/** So many points are never what a frame waits for, so they are all drawn. */
const few = 20_000;
/** Nor does anybody wait for these, so it begins with them; a graphics card has all in a few frames. */
const many = 200_000;

export class Pace {
  thin = 1;
  #learnt = 0;
  #waits = false;
  #cost = 0;
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly paint: () => void) {}

  /** So many points moved: paint in the next frame, and once more in full when they came to rest. */
  moved(count: number): void {
    this.#learnt ||= Math.min(most, Math.ceil(count / many));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#settle(), rest + restingFrames * this.#cost);
    this.#waits = true;
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  /** Every how many-th of so many points is drawn. */
  thinOf(count: number): number {
    return Math.max(1, Math.min(this.thin, Math.floor(count / few)));
  }

  release(): void {
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #draw(): void {
    const began = performance.now();
    this.thin = this.#learnt;
    this.#waits = false;
    this.paint();
    // The frame after comes when this one was drawn: that is what it cost.
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#learn(performance.now() - began);
      if (this.#waits) this.#draw();
    });
  }

  #learn(cost: number): void {
    this.#cost = cost;
    const next = Math.round(this.#learnt * (cost / wanted));
    if (cost > wanted * 1.4) this.#learnt = Math.min(most, Math.max(this.#learnt + 1, next));
    else if (cost < wanted * 0.6) this.#learnt = Math.max(1, this.#learnt - 1);
  }

  #settle(): void {
    if (this.thin === 1) return;
    this.thin = 1;
    this.paint();
  }
}
