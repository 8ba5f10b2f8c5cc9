/** A grid of decoded images over what is seen, or over two dimensions: one tight sheet with its axes. */
import { pixelRatio, sizeCanvas } from "../draw/canvas";
import { readTheme } from "../draw/colours";
import { significant } from "../draw/numbers";
import { type Images, paintRow } from "../draw/pictures";
import { Choices } from "./choices";
import { element, say } from "./elements";
import { DimensionPicker, mountNumber, type NumberSlider, wordButton } from "./field";

export interface SheetState {
  count: number;
  /** Two of them, or none for what is seen. */
  dimensions: readonly number[];
  window: readonly number[];
  axes: readonly string[];
  images: Images | null;
  range: readonly [number, number];
  moment: string;
  problem: string;
  isOpen: boolean;
  /** How many dimensions there are. */
  width: number;
  enabled: boolean;
}

export interface SheetActs {
  send(name: string, data: Record<string, unknown>): void;
  /** What the plot shows: x0, x1, y0, y1. */
  window(): number[] | null;
  /** The cell that is looked at changed. */
  moved(): void;
  speak(text: string): void;
}

const widest = 460;
const least = 200;
const axisWidth = 52;
type Of = "what is seen" | "two dimensions";

export class SheetPanel {
  readonly element = element("div", "tl-panel");
  /** The cell that is looked at, or -1. */
  at = -1;
  readonly #of: Choices<Of>;
  readonly #across: DimensionPicker;
  readonly #up: DimensionPicker;
  readonly #count: NumberSlider;
  readonly #make: HTMLButtonElement;
  readonly #note = element("div", "tl-quiet", { "data-testid": "tl-sheet-note", role: "status" });
  readonly #canvas = element("canvas", "tl-canvas tl-sheet", {
    "data-testid": "tl-sheet",
    role: "application",
    tabindex: "0",
    "aria-roledescription": "grid of decoded images",
  });
  readonly #frame = element("div", "tl-sheet-frame");
  readonly #ends = ["top", "up", "bottom", "left", "across", "right"].map((name) =>
    element("span", `tl-sheet-${name} tl-quiet`),
  );
  readonly #ring = element("div", "tl-cell");
  #state: SheetState | null = null;
  /** What the person chose that the kernel was not asked yet. */
  #wish: { of: Of; i: number; j: number; count: number } | null = null;
  #side = 0;

  constructor(
    private readonly acts: SheetActs,
    signal: AbortSignal,
  ) {
    const kinds = [
      ["what is seen", "tl-sheet-seen"],
      ["two dimensions", "tl-sheet-two"],
    ] as const;
    this.#of = new Choices<Of>("grid over", kinds, (of) => this.#choose({ of }), signal);
    this.#across = new DimensionPicker("→", "tl-sheet-i", (i) => this.#pick({ i }), signal);
    this.#up = new DimensionPicker("↑", "tl-sheet-j", (j) => this.#pick({ j }), signal);
    const recount = (count: number): void => this.#choose({ count });
    this.#count = mountNumber("a side", "tl-sheet-count", [2, 30], recount, signal);
    this.#make = wordButton("tl-sheet-make", "decode", () => this.#ask(), signal);
    const row = element("div", "tl-row");
    row.append(this.#of.element, this.#across.element, this.#up.element, this.#count.element);
    row.append(this.#make);
    this.#ring.hidden = true;
    const holder = element("div", "tl-sheet-holder");
    holder.append(this.#canvas, this.#ring);
    this.#frame.append(holder, ...this.#ends);
    this.element.append(row, this.#frame, this.#note);
    this.#listen(signal);
  }

  draw(state: SheetState): void {
    this.#state = state;
    const { of, i, j, count } = this.#chosen();
    const { enabled, width, images } = state;
    const few = width > 2 ? "" : "there are no others";
    this.#of.draw(of, { "two dimensions": few });
    this.#of.element.hidden = width <= 2;
    const picks = of === "two dimensions";
    this.#across.draw(width, i, enabled);
    this.#up.draw(width, j, enabled);
    this.#across.element.hidden = !picks;
    this.#up.element.hidden = !picks;
    this.#count.draw(count, enabled);
    this.#make.setAttribute("aria-disabled", String(!enabled));
    this.#make.textContent = images === null ? "decode" : "again";
    this.#frame.hidden = images === null;
    say(this.#note, this.#words(state));
    this.#note.classList.toggle("tl-problem", state.problem !== "");
    if (images !== null) this.#paint(images, state);
  }

  #words({ problem, isOpen, images, moment }: SheetState): string {
    if (problem !== "") return problem;
    if (isOpen) return "waiting for the step…";
    if (images === null) return "a grid of decoded places, as the plot shows them";
    return `${moment === "" ? "" : `decoded at ${moment} · `}click a cell to go there`;
  }

  #chosen(): { of: Of; i: number; j: number; count: number } {
    if (this.#wish !== null) return this.#wish;
    const { dimensions = [], count = 10 } = this.#state ?? {};
    const [i = 0, j = 1] = dimensions;
    return { of: dimensions.length === 2 ? "two dimensions" : "what is seen", i, j, count };
  }

  #pick(change: { i?: number; j?: number }): void {
    const { i, j } = this.#chosen();
    // An axis that is taken from the other one swaps with it.
    if (change.i === j) this.#choose({ i: j, j: i });
    else if (change.j === i) this.#choose({ i: j, j: i });
    else this.#choose(change);
  }

  /** Once there is a sheet, it follows. */
  #choose(change: Partial<{ of: Of; i: number; j: number; count: number }>): void {
    this.#wish = { ...this.#chosen(), ...change };
    if (this.#state?.images) this.#ask();
    else if (this.#state !== null) this.draw(this.#state);
  }

  #ask(): void {
    const { of, i, j, count } = this.#chosen();
    const window = this.acts.window();
    const isPair = of === "two dimensions";
    if (!isPair && window === null) return;
    this.#wish = null;
    if (this.#state !== null) {
      this.#state = { ...this.#state, count, dimensions: isPair ? [i, j] : [] };
    }
    this.at = -1;
    const dimensions = isPair ? [i, j] : [];
    this.acts.send("sheet", { count, dimensions, window: isPair ? [] : window });
  }

  #paint(images: Images, { count, range, axes, window }: SheetState): void {
    const ratio = pixelRatio();
    const room = Math.max(least, Math.min(widest, this.element.clientWidth - axisWidth));
    const longest = Math.max(images.width, images.height);
    const fitting = Math.floor((room * ratio) / count);
    // Whole device pixels an image pixel, as far as there is room for them.
    const scale = fitting >= longest ? Math.floor(fitting / longest) : fitting / longest;
    const cell = {
      width: Math.max(1, Math.round(images.width * scale)),
      height: Math.max(1, Math.round(images.height * scale)),
    };
    this.#side = cell.width / ratio;
    sizeCanvas(this.#canvas, (cell.width * count) / ratio, (cell.height * count) / ratio);
    const { width, height } = this.#canvas;
    const context = this.#canvas.getContext("2d");
    if (context !== null && width > 0 && height > 0) {
      const raster = context.createImageData(width, height);
      const style = { kind: "sequential", range } as const;
      paintRow(images, 0, style, readTheme(this.#canvas).dark, raster, (image) => ({
        left: (image % count) * cell.width,
        top: Math.floor(image / count) * cell.height,
        ...cell,
      }));
      context.putImageData(raster, 0, 0);
    }
    this.#nameEnds(axes, window);
    this.#canvas.dataset.count = String(count);
    this.#canvas.dataset.cell = `${cell.width} ${cell.height}`;
    const [across, up] = axes;
    const name = `${count} by ${count} decoded images, ${across} to the right, ${up} upwards.`;
    this.#canvas.setAttribute("aria-label", `${name} Arrow keys choose one, Enter goes there.`);
  }

  #nameEnds([across, up]: readonly string[], [x0, x1, y0, y1]: readonly number[]): void {
    const texts = [y1, up, y0, x0, across, x1].map((each) =>
      typeof each === "number" ? significant(each, 2) : (each ?? ""),
    );
    for (const [index, end] of this.#ends.entries()) say(end, texts[index]);
  }

  #look(at: number): void {
    this.at = at;
    const { count = 1 } = this.#state ?? {};
    const height = this.#canvas.clientHeight / count || this.#side;
    this.#ring.hidden = at < 0;
    if (at >= 0) {
      Object.assign(this.#ring.style, {
        left: `${(at % count) * this.#side}px`,
        top: `${Math.floor(at / count) * height}px`,
        width: `${this.#side}px`,
        height: `${height}px`,
      });
    }
    this.acts.moved();
  }

  #listen(signal: AbortSignal): void {
    const canvas = this.#canvas;
    const cellAt = (event: MouseEvent): number => {
      const { images, count } = this.#state ?? { images: null, count: 1 };
      if (images === null) return -1;
      const box = canvas.getBoundingClientRect();
      const column = Math.floor(((event.clientX - box.left) / box.width) * count);
      const row = Math.floor(((event.clientY - box.top) / box.height) * count);
      const isIn = column >= 0 && row >= 0 && column < count && row < count;
      return isIn ? row * count + column : -1;
    };
    const hover = (event: MouseEvent): void => {
      const at = cellAt(event);
      if (at !== this.at) this.#look(at);
    };
    const click = (event: MouseEvent): void => {
      this.#look(cellAt(event));
      this.#show();
    };
    canvas.addEventListener("pointermove", hover, { signal });
    canvas.addEventListener("pointerleave", () => this.#look(-1), { signal });
    canvas.addEventListener("click", click, { signal });
    canvas.addEventListener("keydown", (event) => this.#press(event), { signal });
  }

  #press(event: KeyboardEvent): void {
    const { count = 1 } = this.#state ?? {};
    const at = Math.max(0, this.at);
    const [row, column] = [Math.floor(at / count), at % count];
    const moves: Record<string, number> = {
      ArrowLeft: column > 0 ? at - 1 : at,
      ArrowRight: column < count - 1 ? at + 1 : at,
      ArrowUp: row > 0 ? at - count : at,
      ArrowDown: row < count - 1 ? at + count : at,
      Enter: at,
    };
    if (!Object.hasOwn(moves, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Enter") this.#show();
    else {
      this.#look(this.at < 0 ? 0 : moves[event.key]);
      this.acts.speak(`row ${Math.floor(this.at / count) + 1}, column ${(this.at % count) + 1}`);
    }
  }

  #show(): void {
    if (this.at >= 0 && this.#state?.enabled) {
      this.acts.send("show", { of: "sheet", index: this.at });
    }
  }
}
