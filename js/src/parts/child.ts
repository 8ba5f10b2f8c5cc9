/** A view inside another, made by the kernel when somebody wants it. */
import type { Stage, ViewTraits } from "../model";
import { element } from "./elements";

/** Its model may come a little later than the word of it. */
const pause = 400;
const mostTries = 25;

export class Child<Traits extends ViewTraits> {
  readonly element = element("div", "tl-child");
  isOpen = false;
  #reference = "";
  #inner = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #stage: Stage<Traits>;
  readonly #wish: string;

  constructor(
    stage: Stage<Traits>,
    /** What is said to the kernel to have it made. */
    wish: string,
  ) {
    this.#stage = stage;
    this.#wish = wish;
    const end = (): void => {
      clearTimeout(this.#timer);
      this.#inner.abort();
    };
    stage.signal.addEventListener("abort", end, { once: true });
    this.element.hidden = true;
  }

  toggle(): void {
    this.isOpen = !this.isOpen;
    this.element.hidden = !this.isOpen;
    if (this.isOpen && this.#reference === "") this.#stage.send(this.#wish, {});
  }

  /** Take in the frame: the one that is there is shown at once, until somebody folds it. */
  show(reference: string | null): void {
    if (reference === null || reference === this.#reference) return;
    this.#reference = reference;
    this.isOpen = true;
    this.element.hidden = false;
    void this.#render(reference, mostTries);
  }

  async #render(reference: string, tries: number): Promise<void> {
    this.#inner.abort();
    this.#inner = new AbortController();
    const { signal } = this.#inner;
    try {
      const inner = await this.#stage.host.getWidget(reference);
      if (signal.aborted || this.#stage.signal.aborted) return;
      this.element.replaceChildren();
      await inner.render({ el: this.element, signal });
    } catch {
      if (signal.aborted || this.#stage.signal.aborted || tries === 0) return;
      this.#timer = setTimeout(() => void this.#render(reference, tries - 1), pause);
    }
  }
}
