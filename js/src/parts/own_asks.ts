/** The numbers of what this client asked of a view, and whether a frame has taken it in. */

/** A wish is shown at once, and given up when the kernel says otherwise for so long. */
const patience = 2000;

export class OwnAsks {
  #newest = 0;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly client: string) {}

  next(): number {
    this.#newest += 1;
    this.#askedAt = performance.now();
    return this.#newest;
  }

  /** Whether the newest is still on its way. */
  isOpen(client: string, ask: number): boolean {
    const isTaken = client === this.client && ask >= this.#newest;
    return this.#newest > 0 && !isTaken && performance.now() - this.#askedAt < patience;
  }
}
