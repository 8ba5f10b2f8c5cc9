/** Tells whether what a page holds of a view is a whole frame: any message may be lost or overtaken. */
import type { ViewTraits } from "./model";

export interface Numbered {
  get?(name: string): unknown;
}

interface FrameModel {
  get<Name extends keyof ViewTraits>(name: Name): ViewTraits[Name];
}

/**
 * A frame that tells only what changed is whole on top of the one that it builds on. The widgets
 * that belong to it say everything in each message, and count them.
 */
export class Wholeness {
  #newest: number;
  #broken = false;
  readonly #parts = new Map<string, Numbered | null>();
  readonly #model: FrameModel;
  readonly #find: (reference: string) => Promise<Numbered>;

  constructor(model: FrameModel, find: (reference: string) => Promise<Numbered>) {
    this.#model = model;
    this.#find = find;
    this.#newest = model.get("frame");
    this.#findParts();
  }

  /** Take note of a frame as it arrives; one that never came is noticed by what builds on it. */
  note(): void {
    const base = this.#model.get("builds_on");
    this.#broken = base !== 0 && (this.#broken || base !== this.#newest);
    this.#newest = this.#model.get("frame");
    this.#findParts();
  }

  /** Whether everything that belongs to the newest frame is here. */
  get holds(): boolean {
    const wanted = Object.entries(this.#model.get("parts"));
    return !this.#broken && wanted.every(([reference, sent]) => this.#has(reference, sent));
  }

  #has(reference: string, sent: number): boolean {
    const part = this.#parts.get(reference);
    // One that cannot be had at all would not be had by sending it again either.
    return part === null || (part !== undefined && Number(part.get?.("sent")) >= sent);
  }

  #findParts(): void {
    const wanted = Object.keys(this.#model.get("parts"));
    for (const known of this.#parts.keys()) if (!wanted.includes(known)) this.#parts.delete(known);
    for (const reference of wanted) {
      if (!this.#parts.has(reference)) void this.#findPart(reference);
    }
  }

  async #findPart(reference: string): Promise<void> {
    try {
      this.#parts.set(reference, await this.#find(reference));
    } catch {
      this.#parts.set(reference, null);
    }
  }
}
