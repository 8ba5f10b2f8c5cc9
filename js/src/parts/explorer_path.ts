/** A walk from point to point: put down on the plot, decoded, looked at one by one or played. */
import { pixelRatio } from "../draw/canvas";
import { readTheme } from "../draw/colours";
import { drawGrid } from "../draw/image_grid";
import { type GridShape, layImages, placeAt } from "../draw/image_layout";
import type { Images } from "../draw/pictures";
import { wantsStillness } from "../draw/scatter_morph";
import { Choices } from "./choices";
import { element, say } from "./elements";
import { mountNumber, type NumberSlider, wordButton } from "./field";
import { paintThumbnail } from "./thumbnail";

export interface PathState {
  count: number;
  steps: number;
  spherical: boolean;
  images: Images | null;
  range: readonly [number, number];
  moment: string;
  problem: string;
  /** Whether the kernel has not answered yet. */
  isOpen: boolean;
  enabled: boolean;
}

export interface PathActs {
  send(name: string, data: Record<string, unknown>): void;
  /** The image that is looked at changed. */
  moved(): void;
  /** Points are put down by clicks from now on, or no longer. */
  adding(isAdding: boolean): void;
  add(): void;
}

/** How long each image stays while they are played, in milliseconds. */
const pace = 140;
const largeSide = 96;
const ways: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export class PathPanel {
  readonly element = element("div", "tl-panel");
  at = 0;
  isAdding = false;
  readonly #add: HTMLButtonElement;
  readonly #here: HTMLButtonElement;
  readonly #undo: HTMLButtonElement;
  readonly #clear: HTMLButtonElement;
  readonly #play: HTMLButtonElement;
  readonly #kind: Choices<"straight" | "on arcs">;
  readonly #steps: NumberSlider;
  readonly #note = element("div", "tl-quiet", { "data-testid": "tl-path-note", role: "status" });
  readonly #large = element("canvas", "tl-canvas", { "data-testid": "tl-step", role: "img" });
  readonly #strip = element("canvas", "tl-canvas tl-strip", {
    "data-testid": "tl-strip",
    role: "slider",
    tabindex: "0",
    "aria-label": "image of the walk",
    "aria-valuemin": "1",
  });
  readonly #stage = element("div", "tl-walk");
  readonly #film = element("div", "tl-film");
  #state: PathState | null = null;
  #player: ReturnType<typeof setInterval> | undefined;
  #way = 1;

  constructor(
    private readonly acts: PathActs,
    signal: AbortSignal,
  ) {
    this.#add = wordButton("tl-path-add", "click to add points", () => this.#switch(), signal);
    this.#here = wordButton("tl-path-here", "add the crosshair (p)", acts.add, signal);
    const drop = (all: boolean): void => acts.send("unstop", { all });
    this.#undo = wordButton("tl-path-undo", "undo", () => drop(false), signal);
    this.#clear = wordButton("tl-path-clear", "clear", () => drop(true), signal);
    this.#play = wordButton("tl-path-play", "play", () => this.toggle(), signal);
    const kinds = [
      ["straight", "tl-straight"],
      ["on arcs", "tl-arcs"],
    ] as const;
    this.#kind = new Choices(
      "way",
      kinds,
      (name) => this.#walk({ spherical: name === "on arcs" }),
      signal,
    );
    this.#kind.element.title = "on arcs around 0 keeps a normal prior's typical length (slerp)";
    const steps = (count: number): void => this.#walk({ steps: count });
    this.#steps = mountNumber("images", "tl-steps", [2, 64], steps, signal);
    const row = element("div", "tl-row");
    row.append(
      this.#add,
      this.#here,
      this.#undo,
      this.#clear,
      this.#kind.element,
      this.#steps.element,
    );
    this.#film.append(this.#large, this.#play);
    this.#stage.append(this.#film, this.#strip);
    this.element.append(row, this.#stage, this.#note);
    this.#listen(signal);
  }

  draw(state: PathState): void {
    this.#state = state;
    const { count, enabled, images } = state;
    if (!enabled) this.#add.setAttribute("aria-pressed", "false");
    this.#add.setAttribute("aria-pressed", String(this.isAdding));
    for (const button of [this.#add, this.#here]) setEnabled(button, enabled);
    for (const button of [this.#undo, this.#clear]) setEnabled(button, enabled && count > 0);
    this.#kind.draw(state.spherical ? "on arcs" : "straight", {});
    this.#steps.draw(state.steps, enabled);
    this.#stage.hidden = images === null;
    this.#name();
    say(this.#note, this.#words(state));
    this.#note.classList.toggle("tl-problem", state.problem !== "");
    if (images === null) this.halt();
    else this.#paint(images);
  }

  /** Play, or stop; where nothing may move by itself, each press is one image. */
  toggle(): void {
    if (wantsStillness()) this.#step();
    else if (this.#player === undefined) this.#player = setInterval(() => this.#step(), pace);
    else this.halt();
    this.#name();
  }

  halt(): void {
    clearInterval(this.#player);
    this.#player = undefined;
    this.#name();
  }

  get isPlaying(): boolean {
    return this.#player !== undefined;
  }

  stopAdding(): void {
    if (this.isAdding) this.#switch();
  }

  #switch(): void {
    this.isAdding = !this.isAdding;
    this.#add.setAttribute("aria-pressed", String(this.isAdding));
    this.acts.adding(this.isAdding);
  }

  #walk(change: { steps?: number; spherical?: boolean }): void {
    const { steps = 12, spherical = false } = this.#state ?? {};
    this.acts.send("walk", { steps, spherical, ...change });
  }

  #words({ count, images, problem, moment, isOpen }: PathState): string {
    if (problem !== "") return problem;
    if (isOpen && count > 1) return "waiting for the step…";
    if (count < 2) return `${count === 0 ? "two points" : "one more point"} make a path`;
    const when = moment === "" ? "" : ` · decoded at ${moment}`;
    return images === null ? "" : `image ${this.at + 1} of ${images.count}${when}`;
  }

  /** Back and forth. */
  #step(): void {
    const count = this.#state?.images?.count ?? 0;
    if (count < 2) return;
    if (this.at + this.#way < 0 || this.at + this.#way >= count) this.#way *= -1;
    this.#go(this.at + this.#way);
  }

  #go(at: number): void {
    const images = this.#state?.images;
    if (!images || this.#state === null) return;
    this.at = Math.min(images.count - 1, Math.max(0, at));
    say(this.#note, this.#words(this.#state));
    this.#paint(images);
    this.acts.moved();
  }

  #name(): void {
    const text = wantsStillness() ? "next" : this.isPlaying ? "pause" : "play";
    if (this.#play.textContent !== text) this.#play.textContent = text;
  }

  #paint(images: Images): void {
    const range = this.#state?.range ?? [0, 1];
    this.at = Math.min(this.at, images.count - 1);
    const size = images.height * images.width * images.channels;
    const all = images.data as Float32Array<ArrayBuffer>;
    const data = all.subarray(this.at * size, (this.at + 1) * size);
    paintThumbnail(this.#large, { ...images, data }, range, largeSide);
    this.#large.setAttribute("aria-label", `image ${this.at + 1} of ${images.count}`);
    const width = Math.max(120, this.#stage.clientWidth - largeSide - 24);
    const layout = layImages(shapeOf(images), { width, ratio: pixelRatio(), captionHeight: 0 });
    const styles = [{ kind: "sequential", range } as const];
    const selected = new Set([this.at]);
    const picture = { images, styles, captions: [], selected, layout, captionHeight: 0 };
    drawGrid(this.#strip, picture, readTheme(this.#strip));
    const { cellWidth, cellHeight, gap, bandHeight, columns } = layout;
    Object.assign(this.#strip.dataset, { cell: cellWidth, cellHeight, gap, band: bandHeight });
    Object.assign(this.#strip.dataset, { rows: 1, columns, left: 0, top: 0, at: this.at });
    this.#strip.dataset.count = String(images.count);
    this.#strip.setAttribute("aria-valuemax", String(images.count));
    this.#strip.setAttribute("aria-valuenow", String(this.at + 1));
  }

  #listen(signal: AbortSignal): void {
    const strip = this.#strip;
    const click = (event: MouseEvent): void => {
      const images = this.#state?.images;
      if (!images) return;
      const width = Math.max(120, this.#stage.clientWidth - largeSide - 24);
      const layout = layImages(shapeOf(images), { width, ratio: pixelRatio(), captionHeight: 0 });
      const found = placeAt(layout, shapeOf(images), event.offsetX, event.offsetY);
      if (found === null) return;
      this.halt();
      this.#go(found.image);
      this.#show();
    };
    const press = (event: KeyboardEvent): void => {
      if (!this.key(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    strip.addEventListener("click", click, { signal });
    strip.addEventListener("keydown", press, { signal });
    signal.addEventListener("abort", () => clearInterval(this.#player), { once: true });
  }

  /** A key over the strip; true if it meant something. */
  key(name: string): boolean {
    const last = (this.#state?.images?.count ?? 1) - 1;
    const keys: Record<string, () => void> = {
      Home: () => this.#go(0),
      End: () => this.#go(last),
      Enter: () => this.#show(),
      " ": () => this.toggle(),
    };
    if (Object.hasOwn(ways, name)) {
      this.halt();
      this.#go(this.at + ways[name]);
      return true;
    }
    if (!Object.hasOwn(keys, name)) return false;
    keys[name]();
    return true;
  }

  /** Move the crosshair there, and decode it at full size. */
  #show(): void {
    if (this.#state?.enabled) this.acts.send("show", { of: "path", index: this.at });
  }
}

function setEnabled(button: HTMLButtonElement, enabled: boolean): void {
  button.setAttribute("aria-disabled", String(!enabled));
}

function shapeOf({ rows, count, height, width }: Images): GridShape {
  return { rows, count, height, width };
}
