/** The image that the model makes of a place in the latent space. */
import { pixelRatio, sizeCanvas } from "../draw/canvas";
import { readTheme } from "../draw/colours";
import { type Images, paintRow } from "../draw/pictures";
import type { Tensor } from "../wire";
import { element, say } from "./elements";

export interface Decoded {
  image: Tensor | null;
  range: readonly [number, number];
  /** The line above the image. */
  heading: string;
  /** The line below it: waiting, or what went wrong. */
  note: string;
  state: "shown" | "waiting" | "problem";
}

const wantedSide = 96;

function asImages({ shape, data }: Tensor): Images {
  if (shape.length !== 3) throw new RangeError(`a decoded image has 3 dimensions, not [${shape}]`);
  const [height, width, channels] = shape;
  return { data, rows: 1, count: 1, height, width, channels };
}

function sideScale(images: Images, ratio: number): number {
  const side = Math.max(images.height, images.width, 1);
  const whole = Math.floor((wantedSide * ratio) / side);
  return whole >= 1 ? whole / ratio : wantedSide / side;
}

function paint(canvas: HTMLCanvasElement, images: Images, range: readonly [number, number]): void {
  const scale = sideScale(images, pixelRatio());
  sizeCanvas(canvas, images.width * scale, images.height * scale);
  const context = canvas.getContext("2d");
  if (context === null || canvas.width === 0 || canvas.height === 0) return;
  const raster = context.createImageData(canvas.width, canvas.height);
  const whole = { left: 0, top: 0, width: canvas.width, height: canvas.height };
  const style = { kind: "sequential", range } as const;
  paintRow(images, 0, style, readTheme(canvas).dark, raster, () => whole);
  context.putImageData(raster, 0, 0);
}

export function mountDecoded(parent: HTMLElement): (decoded: Decoded | null) => void {
  const panel = element("div", "tl-decoded", { "data-testid": "tl-decoded-panel" });
  const heading = element("div", "tl-decoded-heading", { "aria-live": "polite" });
  const canvas = element("canvas", "tl-canvas", { "data-testid": "tl-decoded", role: "img" });
  const vacant = element("div", "tl-decoded-vacant", { "aria-hidden": "true" });
  const note = element("div", "tl-decoded-note", { "data-testid": "tl-decoded-note" });
  note.setAttribute("role", "status");
  panel.append(heading, canvas, vacant, note);
  parent.append(panel);
  return (decoded) => {
    panel.hidden = decoded === null;
    if (decoded === null) return;
    say(heading, decoded.heading);
    note.textContent = decoded.note;
    panel.dataset.state = decoded.state;
    note.classList.toggle("tl-problem", decoded.state === "problem");
    canvas.hidden = decoded.image === null;
    vacant.hidden = decoded.image !== null;
    canvas.setAttribute("aria-label", decoded.heading);
    if (decoded.image !== null) paint(canvas, asImages(decoded.image), decoded.range);
  };
}
