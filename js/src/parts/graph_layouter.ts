/** Has graphs laid out by a worker, or more plainly by the page where none can be had. */
import type { Flat, FlatPlaces } from "../draw/graph_flat";
import { layerPlainly } from "../draw/graph_layers";
import { type Placement, place, type Request } from "../draw/graph_place";
import type { Filled, Filling } from "../draw/graph_sheet";

type Question = { flat: Flat } | { filling: Filling };

/** undefined: there was none. */
type Answered<Asked extends Question> =
  | (Asked extends { flat: Flat } ? FlatPlaces : Filled)
  | undefined;

/** A worker that says nothing for so long, in milliseconds, is given up. */
const patience = 20_000;

export class Layouter {
  private worker: Worker | null = null;
  private asks = 0;
  private readonly waiting = new Map<number, (answer?: never) => void>();
  private readonly ready: Promise<void>;

  /** `source`: the worker's program; it need not be to be had. */
  constructor(
    source: Promise<string>,
    private readonly signal: AbortSignal,
  ) {
    this.ready = source.then((text) => this.start(text)).catch(() => this.giveUp());
    signal.addEventListener("abort", () => this.giveUp(), { once: true });
  }

  /** Whether a worker is at work. */
  get isApart(): boolean {
    return this.worker !== null;
  }

  async place(request: Request): Promise<Placement> {
    await this.ready;
    return place(request, {
      rank: async (flat) => (await this.ask({ flat })) ?? layerPlainly(flat),
      fill: (filling) => this.ask({ filling }),
    });
  }

  private start(text: string): void {
    if (text === "" || this.signal.aborted) return;
    const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    try {
      this.worker = new Worker(address, { type: "module", name: "torchloupe graph layout" });
    } finally {
      // The worker has begun to load it; some browsers need it a moment longer.
      setTimeout(() => URL.revokeObjectURL(address), patience);
    }
    const { signal } = this;
    this.worker.addEventListener("message", ({ data }) => this.take(data), { signal });
    this.worker.addEventListener("error", () => this.giveUp(), { signal });
  }

  private ask<Asked extends Question>(question: Asked): Promise<Answered<Asked>> {
    const { worker } = this;
    if (worker === null) return Promise.resolve(undefined);
    const ask = ++this.asks;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.giveUp(), patience);
      this.waiting.set(ask, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      worker.postMessage({ ask, ...question });
    });
  }

  private take({ ask, answer }: { ask: number; answer?: never }): void {
    this.waiting.get(ask)?.(answer);
    this.waiting.delete(ask);
  }

  private giveUp(): void {
    this.worker?.terminate();
    this.worker = null;
    for (const answer of this.waiting.values()) answer();
    this.waiting.clear();
  }
}
