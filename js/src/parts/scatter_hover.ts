/** What is known of the point under the pointer: words at once, its image when the kernel sent it. */
import { grouped, place, significant } from "../draw/numbers";
import type { Stage, ViewTraits } from "../model";
import { type Packed, unpackOptional } from "../wire";
import { element, texts } from "./elements";
import type { CloudReading } from "./scatter_reading";
import { paintThumbnail } from "./thumbnail";

export interface HoverTraits extends ViewTraits {
  bounds: [number, number, number, number];
  codes: Packed | null;
  classes: string[];
  values: Packed | null;
  value_range: [number, number];
  value_name: string;
  has_images: boolean;
  inspected_row: number;
  inspected_image: Packed | null;
  inspected_range: [number, number];
}

/** A pointer that passes over points asks for none of their images. */
const rest = 60;
const offset = 12;
const side = 72;

export class Hover<Traits extends HoverTraits> {
  readonly #box = element("div", "tl-tooltip", { "data-testid": "tl-tooltip" });
  readonly #words = element("div");
  readonly #image = element("canvas", "tl-canvas tl-hover-image", {
    "data-testid": "tl-hover-image",
    role: "img",
  });
  #row = -1;
  #spot: readonly [number, number] = [0, 0];
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #stage: Stage<Traits>;
  readonly #reading: CloudReading;
  readonly #placeOf: (row: number) => [number, number];
  readonly #parent: HTMLElement;

  constructor(
    stage: Stage<Traits>,
    reading: CloudReading,
    placeOf: (row: number) => [number, number],
    parent: HTMLElement,
  ) {
    this.#stage = stage;
    this.#reading = reading;
    this.#placeOf = placeOf;
    this.#parent = parent;
    this.#box.setAttribute("role", "tooltip");
    this.#box.hidden = true;
    this.#image.hidden = true;
    this.#box.append(this.#words, this.#image);
    parent.append(this.#box);
    stage.signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
  }

  describe(row: number): string {
    const { model } = this.#stage;
    const code = this.#reading.cloud?.codes?.[row];
    const label = code === undefined ? "" : (model.get("classes")[code] ?? "");
    const sample = this.#reading.indices?.[row] ?? row;
    const [x0, x1] = model.get("bounds");
    const parts = [label, `sample ${grouped(sample)}`, place(this.#placeOf(row), x1 - x0)];
    return parts.filter((part) => part !== "").join(" · ");
  }

  /** The value as its colour tells it, in digits that a 254th of the range is enough for. */
  value(row: number): string {
    const { model } = this.#stage;
    const code = this.#reading.cloud?.values?.[row];
    if (code === undefined) return "";
    const [low, high] = model.get("value_range");
    const unit = 10 ** Math.ceil(Math.log10((high - low) / 254));
    const told = Math.round((low + (code / 254) * (high - low)) / unit) * unit;
    const text = code === 255 ? "not a number" : `≈ ${significant(told, 9)}`;
    return `${model.get("value_name")} ${text}`;
  }

  show(row: number, left: number, top: number): void {
    this.#spot = [left, top];
    texts(this.#words, "tl-tooltip-line", [this.describe(row), this.value(row)].filter(Boolean));
    this.#box.hidden = false;
    if (row !== this.#row) {
      this.#row = row;
      clearTimeout(this.#timer);
      const asks = this.#stage.model.get("has_images") && this.#stage.connection() === "connected";
      if (asks) this.#timer = setTimeout(() => this.#stage.send("inspect", { row }), rest);
    }
    this.draw();
  }

  /** Take in the frame: the image may have come. */
  draw(): void {
    if (this.#box.hidden) return;
    const { model } = this.#stage;
    const isMine = model.get("inspected_row") === this.#row;
    const image = isMine ? unpackOptional(model.get("inspected_image")) : null;
    this.#image.hidden = image === null;
    this.#image.dataset.row = image === null ? "" : String(this.#row);
    if (image !== null) {
      const [height, width, channels] = image.shape;
      const picture = { data: image.data, height, width, channels };
      paintThumbnail(this.#image, picture, model.get("inspected_range"), side);
      this.#image.setAttribute("aria-label", `sample ${this.#row}`);
    }
    this.#stand();
  }

  hide(): void {
    clearTimeout(this.#timer);
    this.#box.hidden = true;
    this.#row = -1;
  }

  #stand(): void {
    const [x, y] = this.#spot;
    const box = this.#box;
    const parent = this.#parent;
    const overflow = x + offset + box.offsetWidth > parent.clientWidth;
    const left = overflow ? x - offset - box.offsetWidth : x + offset;
    const below = y + offset + box.offsetHeight <= parent.clientHeight;
    const top = below ? y + offset : y - offset - box.offsetHeight;
    box.style.left = `${Math.max(0, Math.round(left))}px`;
    box.style.top = `${Math.round(top)}px`;
  }
}
