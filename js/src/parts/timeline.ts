/** Moves all views of a run through what was seen: a slider over its moments, and a way back. */
import { grouped } from "../draw/numbers";
import { element, say } from "./elements";

export interface Timeline {
  element: HTMLElement;
  /** Draw the moments (steps, rising) and the one that is shown, null for the present. */
  draw(moments: readonly number[], cursor: number | null, enabled: boolean): void;
}

export interface Wishes {
  /** Show a step; null: the present again. */
  look(step: number | null): void;
}

/** How long each moment stays while they are played, in milliseconds. */
const pace = 300;
/** A wish is shown at once, and given up when the kernel says otherwise for so long. */
const patience = 2000;

function nearestIndex(moments: readonly number[], step: number): number {
  const later = moments.findIndex((each) => each > step);
  return Math.max(0, (later < 0 ? moments.length : later) - 1);
}

class MomentSlider implements Timeline {
  readonly element = element("div", "tl-timeline", { "data-testid": "tl-timeline" });
  private readonly play = element("button", "tl-switch-choice", {
    type: "button",
    "data-testid": "tl-play",
  });
  private readonly input = element("input", "tl-slider", {
    type: "range",
    min: "0",
    step: "1",
    "aria-label": "moment",
    "data-testid": "tl-moment",
  });
  private readonly word = element("output", "tl-number", { "data-testid": "tl-moment-shown" });
  private readonly present = element("button", "tl-switch-choice", {
    type: "button",
    "data-testid": "tl-present",
  });
  private moments: readonly number[] = [];
  private cursor: number | null = null;
  private wish: { step: number | null; until: number } | null = null;
  private player: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly wishes: Wishes,
    signal: AbortSignal,
  ) {
    this.present.textContent = "back to live";
    this.element.append(this.play, this.input, this.word, this.present);
    this.play.addEventListener("click", () => this.toggle(), { signal });
    this.present.addEventListener("click", () => this.look(null), { signal });
    this.input.addEventListener("input", () => this.slide(), { signal });
    // Jupyter has shortcuts on the arrow keys.
    this.input.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
    signal.addEventListener("abort", () => this.halt(), { once: true });
  }

  draw(moments: readonly number[], cursor: number | null, enabled: boolean): void {
    this.moments = moments;
    this.cursor = cursor;
    // It comes with the first pane, which moves what is below anyway.
    this.element.hidden = moments.length === 0;
    this.input.disabled = !enabled;
    if (!enabled) this.halt();
    const wish = this.wish;
    if (wish !== null && (wish.step === cursor || performance.now() > wish.until)) this.wish = null;
    this.show();
  }

  private shown(): number | null {
    return this.wish === null ? this.cursor : this.wish.step;
  }

  private show(): void {
    const step = this.shown();
    this.input.max = String(this.moments.length);
    const index = step === null ? this.moments.length : nearestIndex(this.moments, step);
    this.input.value = String(index);
    const text = step === null ? "live" : `step ${grouped(step)}`;
    if (this.word.textContent !== text) this.word.textContent = text;
    this.input.setAttribute("aria-valuetext", text);
    this.element.dataset.past = String(step !== null);
    this.present.hidden = step === null;
    say(this.play, this.player === undefined ? "play" : "halt");
  }

  private slide(): void {
    this.halt();
    this.look(this.moments[Number(this.input.value)] ?? null);
  }

  private look(step: number | null): void {
    if (step === null) this.halt();
    this.wish = { step, until: performance.now() + patience };
    this.wishes.look(step);
    this.show();
  }

  private toggle(): void {
    if (this.player !== undefined) this.halt();
    else {
      if (this.shown() === null) this.look(this.moments[0] ?? null);
      this.player = setInterval(() => this.next(), pace);
    }
    this.show();
  }

  private next(): void {
    const step = this.shown();
    if (step === null) this.halt();
    else this.look(this.moments[nearestIndex(this.moments, step) + 1] ?? null);
  }

  private halt(): void {
    clearInterval(this.player);
    this.player = undefined;
  }
}

export function mountTimeline(wishes: Wishes, signal: AbortSignal): Timeline {
  return new MomentSlider(wishes, signal);
}
