/** Rows of small images that belong together by column: input, output, difference. */

import { pixelRatio } from "../draw/canvas";
import { readTheme } from "../draw/colours";
import { drawGrid, type GridPicture } from "../draw/image_grid";
import { cornerOf, layImages, type Place, placeAt } from "../draw/image_layout";
import { grouped, significant } from "../draw/numbers";
import { type Images, pixelValues, type RowStyle } from "../draw/pictures";
import { defineView, type Stage, type View, type ViewTraits } from "../model";
import { element, say } from "../parts/elements";
import { movePlace } from "../parts/image_cursor";
import { mountShell, type Shell } from "../parts/shell";
import { mountSpoken, mountTooltip, type Tooltip } from "../parts/tooltip";
import { type Packed, unpack } from "../wire";

export interface Traits extends ViewTraits {
  images: Packed | null;
  row_names: string[];
  row_kinds: string[];
  row_ranges: [number, number][];
  captions: string[];
  selected: number[];
}

const captionHeight = 15;

function readImages(packed: Packed): Images {
  const { shape, data } = unpack(packed);
  if (shape.length !== 5) throw new RangeError(`images need 5 dimensions, not [${shape}]`);
  const [rows, count, height, width, channels] = shape;
  return { data, rows, count, height, width, channels };
}

function readStyles(model: Stage<Traits>["model"], rows: number): RowStyle[] {
  const [kinds, ranges] = [model.get("row_kinds"), model.get("row_ranges")];
  return Array.from({ length: rows }, (_, row) => ({
    kind: kinds[row] === "diverging" ? "diverging" : "sequential",
    range: ranges[row] ?? [0, 1],
  }));
}

function nameBlock(names: string[]): HTMLElement {
  const block = element("div", "tl-row-block");
  for (const name of names) {
    const item = element("div", "tl-row-name", { title: name });
    item.textContent = name;
    block.append(item);
  }
  return block;
}

class ImageGrid implements View {
  private readonly shell: Shell;
  private readonly names = element("div", "tl-row-names");
  private readonly frame = element("div", "tl-images-frame");
  private readonly canvas = element("canvas", "tl-canvas", {
    "data-testid": "tl-images",
    role: "img",
    tabindex: "0",
  });
  private readonly cursor = element("div", "tl-pixel", { "aria-hidden": "true" });
  private readonly rest = element("div", "tl-note", { "data-testid": "tl-rest" });
  private readonly tooltip: Tooltip;
  private readonly speak: (text: string) => void;
  private packed: Packed | null = null;
  private images: Images | null = null;
  private picture: GridPicture | null = null;
  private place: Place | null = null;

  constructor(private readonly stage: Stage<Traits>) {
    this.shell = mountShell(stage);
    this.cursor.hidden = true;
    this.frame.append(this.canvas, this.cursor);
    const pair = element("div", "tl-images-pair");
    pair.append(this.names, this.frame);
    this.shell.body.append(pair, this.rest);
    this.tooltip = mountTooltip(this.shell.body);
    this.speak = mountSpoken(stage.root);
    this.listen();
  }

  draw(): void {
    const { model, root } = this.stage;
    const packed = model.get("images");
    if (packed !== this.packed) this.images = packed === null ? null : readImages(packed);
    this.packed = packed;
    const absent = this.images === null || this.images.count === 0;
    this.shell.draw(absent ? "No images yet" : "");
    if (this.images === null || absent) return;
    this.drawNames(model.get("row_names"), this.images.rows);
    this.picture = this.compose(this.images);
    drawGrid(this.canvas, this.picture, readTheme(root));
    this.placeNames();
    this.describe(this.images, this.picture);
    if (this.place !== null) this.point(this.place);
  }

  fail(reason: string): void {
    this.shell.fail(reason);
  }

  private compose(images: Images): GridPicture {
    const { model } = this.stage;
    const captions = model.get("captions");
    const height = captions.some((caption) => caption !== "") ? captionHeight : 0;
    const named = this.names.childElementCount > 0 ? this.names.offsetWidth + 10 : 0;
    const width = Math.max(40, this.shell.body.clientWidth - named);
    const space = { width, ratio: pixelRatio(), captionHeight: height };
    const layout = layImages(images, space);
    const styles = readStyles(model, images.rows);
    const selected = new Set(model.get("selected"));
    return { images, styles, captions, selected, layout, captionHeight: height };
  }

  private drawNames(names: string[], rows: number): void {
    const used = names.slice(0, rows).some((name) => name !== "");
    this.names.hidden = !used;
    this.names.replaceChildren(...(used ? [nameBlock(names.slice(0, rows))] : []));
  }

  /** Every band repeats the names, for it repeats the rows. */
  private placeNames(): void {
    const [first] = this.names.children;
    if (this.picture === null || first === undefined) return;
    const { layout } = this.picture;
    this.names.style.setProperty("--tl-cell", `${layout.cellHeight}px`);
    this.names.style.setProperty("--tl-gap", `${layout.gap}px`);
    this.names.style.setProperty("--tl-band", `${layout.bandHeight}px`);
    for (let band = 1; band < layout.bands; band++) this.names.append(first.cloneNode(true));
  }

  private describe(images: Images, { layout }: GridPicture): void {
    const { model } = this.stage;
    Object.assign(this.canvas.dataset, {
      rows: images.rows,
      columns: layout.columns,
      cell: layout.cellWidth,
      cellHeight: layout.cellHeight,
      gap: layout.gap,
      band: layout.bandHeight,
      left: 0,
      top: 0,
      frame: model.get("frame"),
      stepFree: layout.even,
      selected: model.get("selected").length,
    });
    this.canvas.setAttribute("aria-label", `${model.get("title")}: ${model.get("summary")}`);
    const hidden = images.count - layout.shown;
    say(this.rest, hidden > 0 ? `and ${grouped(hidden)} more images than fit here` : "");
  }

  private listen(): void {
    const { signal } = this.stage;
    const follow = (event: PointerEvent): void => {
      const box = this.canvas.getBoundingClientRect();
      this.hover(event.clientX - box.left, event.clientY - box.top);
    };
    this.canvas.addEventListener("pointermove", follow, { signal });
    this.canvas.addEventListener("pointerleave", () => this.unpoint(), { signal });
    this.canvas.addEventListener("blur", () => this.unpoint(), { signal });
    this.canvas.addEventListener("keydown", (event) => this.steer(event), { signal });
  }

  private hover(left: number, top: number): void {
    if (this.picture === null) return;
    const place = placeAt(this.picture.layout, this.picture.images, left, top);
    if (place === null) this.unpoint();
    else this.point(place);
  }

  private steer(event: KeyboardEvent): void {
    if (this.picture === null || this.images === null) return;
    if (event.key === "Escape") this.unpoint();
    const bounds = { ...this.images, count: this.picture.layout.shown };
    const place = movePlace(this.place, bounds, event.key, event.shiftKey);
    if (place === null) return;
    event.preventDefault();
    event.stopPropagation();
    this.point(place);
    this.speak(this.read(place).join(", "));
  }

  private point(place: Place): void {
    if (this.picture === null || this.images === null) return;
    const { layout } = this.picture;
    if (place.image >= layout.shown || place.row >= this.images.rows) {
      this.unpoint();
      return;
    }
    this.place = place;
    const corner = cornerOf(layout, place.row, place.image);
    const [across, down] = [
      layout.cellWidth / this.images.width,
      layout.cellHeight / this.images.height,
    ];
    const [left, top] = [corner.left + place.x * across, corner.top + place.y * down];
    this.cursor.hidden = false;
    this.cursor.style.left = `${left}px`;
    this.cursor.style.top = `${top}px`;
    this.cursor.style.width = `${across}px`;
    this.cursor.style.height = `${down}px`;
    const [offsetX, offsetY] = [this.frame.offsetLeft, this.frame.offsetTop];
    this.tooltip.show(this.read(place), offsetX + left + across / 2, offsetY + top + down / 2);
  }

  private unpoint(): void {
    this.place = null;
    this.cursor.hidden = true;
    this.tooltip.hide();
  }

  private read(place: Place): string[] {
    const { model } = this.stage;
    if (this.images === null) return [];
    const name = model.get("row_names")[place.row] ?? "";
    const caption = model.get("captions")[place.image] ?? "";
    const image = `image ${place.image}${caption === "" ? "" : ` (${caption})`}`;
    const values = pixelValues(this.images, place.row, place.image, place.y, place.x);
    const shown = values.map((value) => significant(value)).join(", ");
    return [
      [name, image].filter((text) => text !== "").join(" · "),
      `pixel (y ${place.y}, x ${place.x}) · ${shown}`,
    ];
  }
}

export default defineView<Traits>("image-grid", (stage) => new ImageGrid(stage));
